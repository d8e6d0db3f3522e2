import { inferColumn } from './csv-cells.ts'

/** The lines that begin with `#` before a table, and the table. */
export interface SplitText {
  /** Without the `#` and the spaces round the line. */
  readonly preamble: readonly string[]
  readonly body: string
  /** Number of the first line of `body`, 1-based. */
  readonly firstLine: number
}

/** Splits comments from the table that follows. */
export function splitPreamble(text: string): SplitText {
  const preamble: string[] = []
  let start = 0
  while (text.charAt(start) === '#') {
    const line = firstLineOf(text, start)
    preamble.push(line.slice(1).trim())
    start += line.length
    start += text.startsWith('\r\n', start) ? 2 : 1
  }
  return { preamble, body: text.slice(start), firstLine: preamble.length + 1 }
}

/** The line of `text` that begins at `start`, without its end. */
export function firstLineOf(text: string, start = 0): string {
  const end = /[\r\n]/g
  end.lastIndex = start
  return text.slice(start, end.exec(text)?.index ?? text.length)
}

/** Far more than a header has: where a delimiter is looked for. */
export const headerReach: number = 2 ** 16

/** Tab when the header has one outside quotes, else the one of comma and semicolon that it has more of; comma when equal. */
export function guessDelimiter(body: string): string {
  const bare = firstLineOf(body.slice(0, headerReach).replace(/"[^"]*"/g, ''))
  if (bare.includes('\t')) return '\t'
  return bare.split(';').length > bare.split(',').length ? ';' : ','
}

/** The header that stands in the last comment, when the line after it has numbers and as many cells; else undefined. */
export function commentedHeader(preamble: readonly string[], body: string, separator: string): string[] | undefined {
  const names = preamble.at(-1)?.split(separator)
  const cells = firstLineOf(body).split(separator)
  const isData = cells.some((cell) => inferColumn('', [cell]) instanceof Float64Array)
  return names && names.length > 1 && names.length === cells.length && isData ? names : undefined
}

/** What the comments of an ECSV file say of its columns. */
export interface EcsvHeader {
  readonly delimiter: string
  readonly columns: ReadonlyMap<string, { readonly unit?: string; readonly text: boolean }>
}

/** Reads the comments of an ECSV file; undefined when they are not. */
export function readEcsvHeader(preamble: readonly string[]): EcsvHeader | undefined {
  if (!/^%ECSV \d/.test(preamble[0] ?? '')) return undefined
  const yaml = preamble.join('\n')
  const delimiter = /^delimiter: *(['"])(.)\1/m.exec(yaml)?.[2] ?? ' '
  const columns = new Map<string, { unit?: string; text: boolean }>()
  const scalar = String.raw`('(?:[^']|'')*'|"[^"]*"|[^,}\n]+)`
  const entry = new RegExp(String.raw`^- \{name: ${scalar}, *(?:unit: ${scalar}, *)?datatype: (\w+)`, 'gm')
  for (const [, name = '', unit, type] of yaml.matchAll(entry)) {
    columns.set(bareScalar(name), { text: type === 'string', ...(unit ? { unit: bareScalar(unit) } : {}) })
  }
  return { delimiter, columns }
}

function bareScalar(text: string): string {
  const trimmed = text.trim()
  if (trimmed.startsWith("'")) return trimmed.slice(1, -1).replaceAll("''", "'")
  return trimmed.startsWith('"') ? trimmed.slice(1, -1) : trimmed
}
