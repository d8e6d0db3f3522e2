import { FormatError, RequestError, type Warning } from '@astronomaly/core'
import type { HttpResponse } from '@astronomaly/core/http'
import type { Table } from '@astronomaly/core/table'
import { withSafeIntegers } from '@astronomaly/core/table'
import { isFits } from '@astronomaly/fits'
import { parseCsvTable, parseVoTable, readFitsCatalogue, type VoTable } from '@astronomaly/io'
import type { TapFormat } from './service-options.ts'

/** The table that a service gave. */
export interface ServiceTable extends Table {
  /** Whether the service says that there are more rows; undefined when the format cannot say it. */
  readonly overflow: boolean | undefined
}

/**
 * Which answers are read: success, and those refusals that say in their body what is wrong with the query.
 *
 * @remarks Some services answer a bad query with status 500, which may as well be a passing failure: it is tried again, and the last
 * answer is read.
 */
export function acceptAnswer(retries = 4): (status: number) => boolean {
  let failures = 0
  return (status) => {
    if (status === 500) return ++failures > retries
    return (status >= 200 && status < 300) || (status >= 400 && status < 500 && ![408, 425, 429].includes(status))
  }
}

/**
 * The table in an answer.
 *
 * @throws RequestError with the service's words when it refuses; FormatError when the answer is no such table.
 */
export async function tableOfAnswer(
  subject: string,
  response: HttpResponse,
  format: TapFormat,
  onWarning: ((warning: Warning) => void) | undefined,
): Promise<ServiceTable> {
  return (await bytesAndTable(subject, response, format, onWarning)).table
}

/** {@link tableOfAnswer} with the bytes as they came. */
export async function bytesAndTable(
  subject: string,
  response: HttpResponse,
  format: TapFormat,
  onWarning: ((warning: Warning) => void) | undefined,
): Promise<{ bytes: Uint8Array; table: ServiceTable }> {
  const bytes = await response.bytes()
  const { status, url, attempts } = response
  if (status >= 300) throw await refusal(subject, bytes, { status, url, attempts })
  if (format !== 'votable' && looksLikeMarkup(bytes)) {
    // Whatever the format, a service may tell of an error in a VOTable.
    const said = await wordsOf(bytes, url)
    if (said.isError) throw refused(subject, said.words, { status, url, attempts })
    throw new FormatError(`${subject}: answer must be ${format}. Received markup: ${said.words}`, { source: url })
  }
  try {
    const table = await decodeTable(bytes, format, url, onWarning)
    return { bytes, table }
  } catch (error) {
    if (!(error instanceof QueryFailed)) throw error
    throw refused(subject, error.words, { status, url, attempts })
  }
}

/** The service's own word that a query failed. */
class QueryFailed extends FormatError {
  readonly words: string

  constructor(words: string, source: string) {
    super(`service: query must not fail. The service says: ${words}`, { source })
    this.words = words
  }
}

/**
 * The table in a service's file. 64-bit integers are the same in all formats: float64 when every one of a column lies within
 * ±(2^53 - 1), else text.
 */
export async function decodeTable(
  bytes: Uint8Array,
  format: TapFormat,
  source: string,
  onWarning?: (warning: Warning) => void,
): Promise<ServiceTable> {
  if (format === 'csv') {
    return { ...parseCsvTable(textOf(bytes, source), source, { delimiter: 'comma', onWarning }), overflow: undefined }
  }
  if (format === 'fits') {
    if (!isFits(bytes)) throw new FormatError('service: answer must be FITS', { source, offset: 0 })
    return { ...(await readFitsCatalogue(bytes, { source, onWarning })), overflow: undefined }
  }
  if (!looksLikeMarkup(bytes)) throw new FormatError('service: answer must be a VOTable', { source, offset: 0 })
  const table = await parseVoTable(bytes, { source, onWarning })
  const failure = failureOf(table)
  if (failure !== undefined) throw new QueryFailed(failure, source)
  const overflow = statusesOf(table).includes('OVERFLOW')
  return { rowCount: table.rowCount, columns: withSafeIntegers(table).columns, overflow }
}

function statusesOf({ infos }: VoTable): string[] {
  return infos.filter(({ name }) => name.toUpperCase() === 'QUERY_STATUS').map(({ value }) => value.toUpperCase())
}

/** What a document says when it tells of an error: as TAP has it (QUERY_STATUS), or as cone search (Error). */
function failureOf(table: VoTable): string | undefined {
  for (const { name, value, text } of table.infos) {
    if (name.toUpperCase() === 'QUERY_STATUS' && value.toUpperCase() === 'ERROR') return tidy(text)
    if (name.toLowerCase() === 'error') return tidy(value || text)
  }
  const told = table.params.find(({ name }) => name.toLowerCase() === 'error')
  return told && tidy(told.value)
}

/** The error that an answer tells of, whatever its form. */
export async function refusal(
  subject: string,
  bytes: Uint8Array,
  answer: { readonly status: number; readonly url: string; readonly attempts: number },
): Promise<RequestError> {
  const { words } = await wordsOf(bytes, answer.url)
  return refused(subject, words, answer)
}

/** An error in the service's words. */
export function refused(
  subject: string,
  words: string,
  { url, status, attempts }: { readonly status: number; readonly url: string; readonly attempts: number },
): RequestError {
  const message = `${subject}: the service must carry out the query. It says: ${words} (status ${status}, ${url})`
  const retryable = status >= 500 && status !== 501
  return new RequestError(message, { url, reason: 'status', status, attempts, retryable })
}

/** What a service says in a document: of a VOTable the error, else its text without markup. */
async function wordsOf(bytes: Uint8Array, source: string): Promise<{ words: string; isError: boolean }> {
  const text = new TextDecoder().decode(bytes.subarray(0, 2 ** 16))
  if (looksLikeMarkup(bytes)) {
    const failure = await parseVoTable(bytes, { source, maxBytes: 2 ** 24 }).then(failureOf, () => undefined)
    if (failure !== undefined) return { words: failure, isError: true }
  }
  return { words: tidy(text.replace(/<(style|script)\b.*?<\/\1>/gis, ' ').replace(/<[^<>]*>/g, ' ')), isError: false }
}

const longest = 1000

function tidy(text: string): string {
  const plain = text.replace(/\s+/g, ' ').trim()
  if (plain === '') return 'nothing'
  return plain.length > longest ? `${plain.slice(0, longest)}…` : plain
}

/** Whether bytes begin as XML or HTML does. */
function looksLikeMarkup(bytes: Uint8Array): boolean {
  const isWide = (bytes[0] === 0xfe && bytes[1] === 0xff) || (bytes[0] === 0xff && bytes[1] === 0xfe)
  return isWide || /^\uFEFF?\s*</.test(new TextDecoder().decode(bytes.subarray(0, 256)))
}

function textOf(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new FormatError('service: CSV must be UTF-8', { source, cause })
  }
}
