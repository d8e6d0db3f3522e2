import {
  choiceOption,
  numberOption,
  ParameterError,
  type Progress,
  passedOption,
  type ResolvedOptions,
  resolveOptions,
  runRules,
  type Seed,
  type Warning,
} from '@astronomaly/core'
import type { RateLimiter, RequestOptions, RetryNotice } from '@astronomaly/core/http'

/** How requests to a service are sent; all share the defaults of `request`. */
export type ServiceRequestOptions = Pick<
  RequestOptions,
  | 'headers'
  | 'timeoutMs'
  | 'idleTimeoutMs'
  | 'minBytesPerSecond'
  | 'retries'
  | 'baseDelayMs'
  | 'maxDelayMs'
  | 'maxRetryAfterMs'
  | 'maxBytes'
  | 'maxRedirects'
  | 'limiter'
  | 'seed'
  | 'fetch'
  | 'onRetry'
>

/** Checked by each request. */
const requestRules = {
  headers: passedOption<Readonly<Record<string, string>>>(),
  timeoutMs: passedOption<number>(),
  idleTimeoutMs: passedOption<number>(),
  minBytesPerSecond: passedOption<number>(),
  retries: passedOption<number>(),
  baseDelayMs: passedOption<number>(),
  maxDelayMs: passedOption<number>(),
  maxRetryAfterMs: passedOption<number>(),
  maxBytes: passedOption<number>(),
  maxRedirects: passedOption<number>(),
  limiter: passedOption<RateLimiter>(),
  seed: passedOption<Seed>(),
  fetch: passedOption<typeof globalThis.fetch>(),
  onRetry: passedOption<(notice: RetryNotice) => void>(),
}

/** The rule of an option that says how requests are sent. */
export function requestOption(value: ServiceRequestOptions | undefined, subject: string): ServiceRequestOptions {
  return resolveOptions(subject, value, requestRules)
}

/** How a service writes a table. */
export type TapFormat = 'votable' | 'csv' | 'fits'

/** How a query is run. */
export interface TapOptions {
  /**
   * Whether to wait for the answer to one request, or to have the service run a job that is asked after (UWS).
   * @defaultValue 'sync'
   */
  readonly mode?: 'sync' | 'async' | undefined
  /**
   * What the service is asked to write. VOTable alone says whether the result is whole.
   * @defaultValue 'votable'
   */
  readonly format?: TapFormat | undefined
  /**
   * Most rows that the service may give (MAXREC).
   * @defaultValue the service's own limit
   */
  readonly maxRows?: number | undefined
  /**
   * Longest that a job may take, queued and running; then it is deleted.
   * @defaultValue 7200000
   */
  readonly jobTimeoutMs?: number | undefined
  /**
   * First wait between two questions after a job; it grows by half each time.
   * @defaultValue 1000
   */
  readonly pollMs?: number | undefined
  /** @defaultValue 30000 */
  readonly maxPollMs?: number | undefined
  /** How requests are sent. */
  readonly request?: ServiceRequestOptions | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Told of a job that could not be deleted, and of columns of an answer that are left out or had a name twice. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/** Rules of the options of all queries. */
export const tapRules = {
  mode: choiceOption(['sync', 'async'], 'sync'),
  format: choiceOption(['votable', 'csv', 'fits'], 'votable'),
  maxRows: numberOption(undefined, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }),
  jobTimeoutMs: numberOption(7_200_000, { min: 1 }),
  pollMs: numberOption(1000, { min: 1 }),
  maxPollMs: numberOption(30_000, { min: 1 }),
  request: requestOption,
  signal: runRules.signal,
  onProgress: runRules.onProgress,
  onWarning: runRules.onWarning,
}

/** Options of a query, checked, with their defaults. */
export interface TapPlan extends ResolvedOptions<typeof tapRules> {
  readonly subject: string
  readonly url: string
}

/** @throws ParameterError when it is no address of http or https. */
export function serviceUrl(subject: string, url: string | URL): string {
  const parsed = URL.canParse(String(url)) ? new URL(url) : undefined
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:') {
    throw new ParameterError(`${subject}: url must be an address of http or https. Received ${String(url)}.`)
  }
  return parsed.href
}

/** The address of a resource below another: its path grows, its query stays. */
export function childUrl(url: string, path: string): string {
  const child = new URL(url)
  child.pathname = `${child.pathname.replace(/\/+$/, '')}/${path}`
  return child.href
}
