import {
  assertKnownKeys,
  checkNumber,
  checkOneOf,
  ParameterError,
  type Progress,
  type Warning,
} from '@astronomaly/core'
import type { RequestOptions } from '@astronomaly/core/http'

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

const requestKeys = [
  ...['headers', 'timeoutMs', 'idleTimeoutMs', 'minBytesPerSecond', 'retries', 'baseDelayMs', 'maxDelayMs'],
  ...['maxRetryAfterMs', 'maxBytes', 'maxRedirects', 'limiter', 'seed', 'fetch', 'onRetry'],
]

export function checkRequestOptions(
  subject: string,
  options: ServiceRequestOptions | undefined,
): ServiceRequestOptions {
  assertKnownKeys(`${subject}: request`, options ?? {}, requestKeys)
  return options ?? {}
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

/** Options of a query, checked, with their defaults. */
export interface TapPlan {
  readonly subject: string
  readonly url: string
  readonly mode: 'sync' | 'async'
  readonly format: TapFormat
  readonly maxRows: number | undefined
  readonly jobTimeoutMs: number
  readonly pollMs: number
  readonly maxPollMs: number
  readonly request: ServiceRequestOptions
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: Progress) => void) | undefined
  readonly onWarning: ((warning: Warning) => void) | undefined
}

const tapKeys: readonly string[] = [
  ...[
    'mode',
    'format',
    'maxRows',
    'jobTimeoutMs',
    'pollMs',
    'maxPollMs',
    'request',
    'signal',
    'onProgress',
    'onWarning',
  ],
]

/** @param more - Further options that the call knows. */
export function resolveTap(
  subject: string,
  url: string | URL,
  options: TapOptions,
  more: readonly string[] = [],
): TapPlan {
  assertKnownKeys(subject, options, [...tapKeys, ...more])
  const duration = (name: 'jobTimeoutMs' | 'pollMs' | 'maxPollMs', otherwise: number): number =>
    checkNumber(`${subject}: ${name}`, options[name] ?? otherwise, { min: 1 })
  const { maxRows } = options
  if (maxRows !== undefined) {
    checkNumber(`${subject}: maxRows`, maxRows, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true })
  }
  return {
    subject,
    url: serviceUrl(subject, url),
    mode: checkOneOf(`${subject}: mode`, options.mode ?? 'sync', ['sync', 'async'] as const),
    format: checkOneOf(`${subject}: format`, options.format ?? 'votable', ['votable', 'csv', 'fits'] as const),
    maxRows,
    jobTimeoutMs: duration('jobTimeoutMs', 7_200_000),
    pollMs: duration('pollMs', 1000),
    maxPollMs: duration('maxPollMs', 30_000),
    request: checkRequestOptions(subject, options.request),
    signal: options.signal,
    onProgress: options.onProgress,
    onWarning: options.onWarning,
  }
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
