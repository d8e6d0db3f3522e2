import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TableColumn } from '@astronomaly/core/table'
import { encodeFitsTable } from '@astronomaly/fits'
import { type SqlValue, sqlCondition } from '../selection/sql-condition.ts'

/** What a request meets instead of its answer. */
export type TapFault = 'unavailable' | 'broken' | 'cut' | 'html' | 'refused'

/** How the service behaves. */
export interface TapServerOptions {
  readonly rows: readonly Readonly<Record<string, SqlValue>>[]
  /** Most rows of an answer, whatever is asked for. */
  limit?: number
  /** Whether the limit is kept silent. */
  silent?: boolean
  /** Given a request, what goes wrong. @param count - How often this method and path have been asked for, from 1. */
  fault?: (method: string, path: string, count: number) => TapFault | undefined
  /** Questions after a job until it is done; Infinity for never. */
  polls?: number
  /** Whether the service knows WAIT, and answers when the phase changes. */
  waits?: boolean
  /** Where jobs are: told as a path, an address, or at another service. */
  location?: 'relative' | 'absolute' | { readonly at: string }
  /** Whether results are elsewhere. */
  redirects?: boolean
  /** What jobs end with instead of a result. */
  failure?: { readonly phase: 'ERROR' | 'ABORTED'; readonly as: 'votable' | 'text' }
  /** Whether jobs are deleted by ACTION=DELETE alone. */
  postDeletes?: boolean
}

export interface Job {
  readonly id: string
  readonly query: URLSearchParams
  phase: string
  polls: number
  deleted: boolean
}

/** A TAP service of this machine over a few rows. */
export interface TapServer {
  readonly url: string
  /** Method and path with query of each request, in order. */
  readonly asked: string[]
  /** The ADQL of each query that was run. */
  readonly queries: string[]
  readonly jobs: Job[]
  readonly headers: IncomingMessage['headers'][]
  /** Most queries at the same time so far. */
  readonly mostAtOnce: () => number
  close(): Promise<void>
}

export async function serveTap(options: TapServerOptions): Promise<TapServer> {
  const asked: string[] = []
  const queries: string[] = []
  const jobs: Job[] = []
  const headers: IncomingMessage['headers'][] = []
  const counts = new Map<string, number>()
  let active = 0
  let most = 0

  const run = async (response: ServerResponse, query: URLSearchParams, cut: boolean): Promise<void> => {
    active++
    most = Math.max(most, active)
    queries.push(query.get('QUERY') ?? '')
    // The other requests of the same moment come in.
    await new Promise((resolve) => setTimeout(resolve, 2))
    active--
    const { status, type, body } = answerQuery(options, query)
    if (!cut) return void response.writeHead(status, { 'content-type': type }).end(body)
    response.writeHead(200, { 'content-type': type, 'content-length': body.length })
    response.write(body.subarray(0, body.length >> 1), () => response.destroy())
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const method = request.method ?? 'GET'
    const url = new URL(request.url ?? '/', 'http://localhost')
    const body = new URLSearchParams(await textOf(request))
    asked.push(`${method} ${request.url}`)
    headers.push(request.headers)
    const key = `${method} ${url.pathname}`
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    const fault = options.fault?.(method, url.pathname, count)
    if (fault === 'unavailable') return void response.writeHead(503, { 'retry-after': '0' }).end('busy')
    if (fault === 'broken') return void response.writeHead(500).end('<html><p>Stack  trace</p></html>')
    if (fault === 'refused') return void response.writeHead(403).end('not for you')
    if (fault === 'html') {
      return void response.writeHead(200, { 'content-type': 'text/html' }).end('<!DOCTYPE html><title>Down</title>')
    }
    const [, base, kind, id, child, rest] = url.pathname.split('/')
    if (base !== 'tap') return void response.writeHead(404).end()
    if (kind === 'sync' && method === 'POST') return run(response, body, fault === 'cut')
    if (kind === 'files') return run(response, (jobs[Number(id)] as Job).query, fault === 'cut')
    if (kind !== 'async') return void response.writeHead(404).end()
    if (id === undefined) {
      const job: Job = { id: String(jobs.length), query: body, phase: 'PENDING', polls: 0, deleted: false }
      jobs.push(job)
      const place = `/tap/async/${job.id}`
      const own = options.location === 'absolute' ? `http://${request.headers.host}${place}` : place
      const location = typeof options.location === 'object' ? options.location.at : own
      return void response.writeHead(303, { location }).end()
    }
    const job = jobs[Number(id)]
    if (!job || job.deleted) return void response.writeHead(404).end('no such job')
    if (child === undefined && (method === 'DELETE' || body.get('ACTION') === 'DELETE')) {
      if (method === 'DELETE' && options.postDeletes) return void response.writeHead(405).end()
      job.deleted = true
      return void response.writeHead(303, { location: '/tap/async' }).end()
    }
    if (child === undefined) {
      const wait =
        options.waits && url.searchParams.get('PHASE') === job.phase ? Number(url.searchParams.get('WAIT')) : 0
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, 10))
      advance(options, job)
      return void response.writeHead(200, { 'content-type': 'text/xml' }).end(jobXml(job))
    }
    if (child === 'phase' && method === 'POST') {
      if (job.phase !== 'PENDING') return void response.writeHead(400).end('the job is not pending')
      job.phase = 'QUEUED'
      return void response.writeHead(303, { location: `/tap/async/${job.id}` }).end()
    }
    if (child === 'error') {
      const isText = options.failure?.as === 'text'
      const text = isText ? 'out of\n memory' : voTable('ERROR', [], [], 'out of memory & <time>')
      return void response.writeHead(200, { 'content-type': isText ? 'text/plain' : 'text/xml' }).end(text)
    }
    if (child === 'results' && rest === 'result') {
      if (job.phase !== 'COMPLETED') return void response.writeHead(404).end('no result')
      if (options.redirects) return void response.writeHead(303, { location: `../../../files/${job.id}` }).end()
      return run(response, job.query, fault === 'cut')
    }
    response.writeHead(404).end()
  }

  const server = createServer((request, response) => void handle(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/tap`,
    asked,
    queries,
    jobs,
    headers,
    mostAtOnce: () => most,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

function advance(options: TapServerOptions, job: Job): void {
  if (job.phase !== 'QUEUED' && job.phase !== 'EXECUTING') return
  job.polls++
  job.phase = job.polls > (options.polls ?? 1) ? (options.failure?.phase ?? 'COMPLETED') : 'EXECUTING'
}

function jobXml({ id, phase }: Job): string {
  return [
    '<?xml version="1.0"?>',
    '<uws:job xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" version="1.1">',
    `<!-- <uws:phase>ABORTED</uws:phase> --><uws:jobId>${id}</uws:jobId>`,
    '<uws:parameters><uws:parameter id="phase">ERROR</uws:parameter></uws:parameters>',
    `<uws:phase>${phase}</uws:phase></uws:job>`,
  ].join('\n')
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

function answerQuery(options: TapServerOptions, query: URLSearchParams): Answer {
  const format = query.get('RESPONSEFORMAT') ?? ''
  const wrong = (status: number, text: string): Answer => {
    return { status, type: 'application/x-votable+xml', body: Buffer.from(voTable('ERROR', [], [], text)) }
  }
  if (query.get('REQUEST') !== 'doQuery' || query.get('LANG') !== 'ADQL') return wrong(400, 'not a query')
  const parsed = /^SELECT (?:TOP (\d+) )?(.+?) FROM (\S+)(?: WHERE (.+))?$/s.exec(query.get('QUERY') ?? '')
  if (!parsed) return wrong(query.get('QUERY') === 'BAD 200' ? 200 : 400, 'Encountered "BAD". Was expecting: SELECT')
  const [, top, list = '', , where] = parsed
  const condition = where === undefined ? () => true : sqlCondition(where)
  const kept = options.rows.filter((row) => condition(row) === true)
  const all = Object.keys(options.rows[0] ?? {})
  const isCount = list === 'COUNT(*) AS row_count'
  const names = isCount ? ['row_count'] : list === '*' ? all : list.split(', ').map((name) => name.replaceAll('"', ''))
  const unknown = names.find((name) => !isCount && !all.includes(name))
  if (unknown !== undefined) return wrong(400, `unknown column ${unknown}`)
  const found = isCount
    ? [{ row_count: BigInt(kept.length) }]
    : kept.slice(0, top === undefined ? undefined : Number(top))
  const limit = Math.min(options.limit ?? Infinity, Number(query.get('MAXREC') ?? Infinity))
  const given = found.slice(0, limit)
  const status = found.length > limit && !options.silent ? 'OVERFLOW' : 'OK'
  if (format === 'csv') return { status: 200, type: 'text/csv', body: Buffer.from(csvOf(names, given)) }
  if (format === 'fits') return { status: 200, type: 'application/fits', body: Buffer.from(fitsOf(names, given)) }
  return { status: 200, type: 'application/x-votable+xml', body: Buffer.from(voTable(status, names, given)) }
}

type Rows = readonly Readonly<Record<string, SqlValue>>[]

function csvOf(names: readonly string[], rows: Rows): string {
  const lines = rows.map((row) => names.map((name) => row[name] ?? '').join(','))
  return `${[names.join(','), ...lines].join('\n')}\n`
}

function fitsOf(names: readonly string[], rows: Rows): Uint8Array {
  const columns = names.map((name): readonly [string, TableColumn] => {
    const values = rows.map((row) => row[name] ?? null)
    const isText = values.some((value) => typeof value === 'string')
    const isWhole = values.length > 0 && values.every((value) => typeof value === 'bigint')
    if (isWhole) return [name, { values: BigInt64Array.from(values as bigint[]), width: 1 }]
    if (isText) return [name, { values: values.map((value) => String(value ?? '')), width: 1 }]
    return [
      name,
      { values: Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value))), width: 1 },
    ]
  })
  return encodeFitsTable({ rowCount: rows.length, columns: new Map(columns) })
}

/** The types of a column are those of all rows of the service, as a database has them. */
const datatypes: Readonly<Record<string, string>> = {
  id: 'datatype="long"',
  row_count: 'datatype="long"',
  name: 'datatype="char" arraysize="*"',
  count: 'datatype="int"',
}

export function voTable(status: string, names: readonly string[], rows: Rows, message = ''): string {
  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  const overflow = status === 'OVERFLOW'
  const cell = (value: SqlValue | undefined): string => `<TD>${escaped(String(value ?? ''))}</TD>`
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results">',
    `<INFO name="QUERY_STATUS" value="${overflow ? 'OK' : status}">${escaped(message)}</INFO>`,
    names.length === 0 ? '' : '<TABLE>',
    ...names.map((name) => `<FIELD name="${name}" ${datatypes[name] ?? 'datatype="double"'}/>`),
    names.length === 0 ? '' : '<DATA><TABLEDATA>',
    ...rows.map((row) => `<TR>${names.map((name) => cell(row[name])).join('')}</TR>`),
    names.length === 0 ? '' : '</TABLEDATA></DATA></TABLE>',
    overflow ? '<INFO name="QUERY_STATUS" value="OVERFLOW"/>' : '',
    '</RESOURCE></VOTABLE>',
  ].join('\n')
}
