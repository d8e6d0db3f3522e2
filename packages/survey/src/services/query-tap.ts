import { FormatError, ParameterError, resolveOptions } from '@astronomaly/core'
import { request } from '@astronomaly/core/http'
import type { Table } from '@astronomaly/core/table'
import { acceptAnswer, bytesAndTable } from './service-answer.ts'
import { childUrl, serviceUrl, type TapOptions, type TapPlan, tapRules } from './service-options.ts'
import { runUwsJob } from './uws-job.ts'

/** The result of a query. */
export interface TapTable extends Table {
  /**
   * Whether rows are missing because of a limit. Of CSV and FITS, which cannot say it: true when there are as many rows as `maxRows`,
   * undefined without `maxRows`, because the service's own limit is not known.
   */
  readonly overflow: boolean | undefined
}

/**
 * Runs a query at a service of the Table Access Protocol.
 *
 * @param url - The service's base address, without `/sync` and `/async`.
 * @param adql - The query.
 * @returns The whole result in memory, as the readers of VOTable, CSV and FITS give it; 64-bit integers are float64 when every one
 * of a column lies within ±(2^53 - 1), else text.
 * @throws RequestError with the service's words when it refuses the query (reason `'status'`), when a job takes too long
 * (`'timeout'`), and when there is no answer; FormatError when the answer is not what was asked for; the signal's reason.
 * @remarks A job is deleted at the end, also after an error or an abort. Requests are tried again as `request` says; the answer
 * is bounded by `request.maxBytes` (2^28).
 * @see https://www.ivoa.net/documents/TAP/20190927/; https://www.ivoa.net/documents/UWS/20161024/
 */
export async function queryTap(url: string | URL, adql: string, options: TapOptions = {}): Promise<TapTable> {
  const subject = 'queryTap'
  const plan = { ...resolveOptions(subject, options, tapRules), subject, url: serviceUrl(subject, url) }
  return (await runQuery(plan, adql)).table
}

/** {@link queryTap} with the bytes of the answer. */
export async function runQuery(plan: TapPlan, adql: string): Promise<{ bytes: Uint8Array; table: TapTable }> {
  const { subject, format, maxRows, signal } = plan
  if (typeof adql !== 'string' || adql.trim() === '') {
    throw new ParameterError(`${subject}: query must be text. Received ${JSON.stringify(adql)}.`)
  }
  signal?.throwIfAborted()
  const parameters = {
    REQUEST: 'doQuery',
    LANG: 'ADQL',
    // TAP 1.1, and 1.0.
    RESPONSEFORMAT: format,
    FORMAT: format,
    ...(maxRows !== undefined && { MAXREC: String(maxRows) }),
    QUERY: adql,
  }
  const { bytes, table } =
    plan.mode === 'async'
      ? await runUwsJob(plan, parameters, (response) => bytesAndTable(subject, response, format, plan.onWarning))
      : await runSync(plan, parameters)
  if (table.columns.size === 0) throw new FormatError(`${subject}: answer must have a table`, { source: plan.url })
  const overflow = table.overflow ?? (maxRows === undefined ? undefined : table.rowCount >= maxRows)
  return { bytes, table: { ...table, overflow } }
}

async function runSync(plan: TapPlan, parameters: Readonly<Record<string, string>>): ReturnType<typeof bytesAndTable> {
  const response = await request(childUrl(plan.url, 'sync'), {
    ...plan.request,
    signal: plan.signal,
    method: 'POST',
    body: new URLSearchParams(parameters),
    idempotent: true,
    acceptStatus: acceptAnswer(plan.request.retries),
  })
  return bytesAndTable(plan.subject, response, plan.format, plan.onWarning)
}
