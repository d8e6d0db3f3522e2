import { describeValue } from '../describe-value.ts'
import { ParameterError, type RequestError } from '../errors.ts'
import {
  flagOption,
  numberOption,
  type OptionRules,
  passedOption,
  type ResolvedOptions,
  resolveOptions,
  textOption,
} from '../options.ts'
import type { Seed } from '../random.ts'
import { runRules } from '../run-options.ts'
import type { RateLimiter } from './rate-limiter.ts'

/** A try that failed and is followed by another. */
export interface RetryNotice {
  readonly url: string
  /** The try that failed, from 1. */
  readonly attempt: number
  /** The wait until the next. */
  readonly delayMs: number
  readonly error: RequestError
}

/** How to send a request. */
export interface RequestOptions {
  /** @defaultValue 'GET' */
  readonly method?: string | undefined
  /** Such as `{ range: 'bytes=0-2879' }`. Browsers do not let all of them be set. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Can be sent again, so it is no stream. */
  readonly body?: string | Uint8Array | URLSearchParams | Blob | FormData | undefined
  readonly signal?: AbortSignal | undefined
  /**
   * Longest wait for an answer's headers, each redirect's too.
   * @defaultValue 30000
   */
  readonly timeoutMs?: number | undefined
  /**
   * Longest silence within a body.
   * @defaultValue `timeoutMs`
   */
  readonly idleTimeoutMs?: number | undefined
  /**
   * Slowest body, measured over each `idleTimeoutMs` of waiting; 0 allows any drip.
   * @defaultValue 100
   */
  readonly minBytesPerSecond?: number | undefined
  /**
   * Further tries after the first.
   * @defaultValue 4
   */
  readonly retries?: number | undefined
  /**
   * Wait before try k + 1: uniform from 0 to `baseDelayMs` · 2^(k − 1), at most `maxDelayMs` (exponential backoff with full jitter).
   * @defaultValue 500
   */
  readonly baseDelayMs?: number | undefined
  /** @defaultValue 30000 */
  readonly maxDelayMs?: number | undefined
  /**
   * Longest wait that a server's Retry-After is granted; the jitter comes on top.
   * @defaultValue 120000
   */
  readonly maxRetryAfterMs?: number | undefined
  /**
   * Whether sending it twice does no harm. If not, it is sent again only where the server surely did not act: refused or unreachable,
   * status 429 or 503.
   * @defaultValue true for GET, HEAD, PUT, DELETE and OPTIONS
   */
  readonly idempotent?: boolean | undefined
  /**
   * Most bytes of the body, as unpacked.
   * @defaultValue 2^28
   */
  readonly maxBytes?: number | undefined
  /** @defaultValue 5 */
  readonly maxRedirects?: number | undefined
  /**
   * Whether redirects must stay at the same host and port.
   * @defaultValue false
   */
  readonly sameHost?: boolean | undefined
  /**
   * Which statuses are an answer; others are an error, after their redirects and retries.
   * @defaultValue 200 to 299
   */
  readonly acceptStatus?: ((status: number) => boolean) | undefined
  /** Gives each try its turn, which lasts until its body is read. Share one among requests to a service; status 429 with Retry-After pauses it. */
  readonly limiter?: RateLimiter | undefined
  /**
   * Of the jitter, together with the url.
   * @defaultValue 0
   */
  readonly seed?: Seed | undefined
  /** @defaultValue the global one */
  readonly fetch?: typeof globalThis.fetch | undefined
  readonly onRetry?: ((notice: RetryNotice) => void) | undefined
}

// A timer takes no more than 31 bits.
const longest = 2 ** 31 - 1
const subject = 'request'

const rules = {
  method: methodOption,
  headers: headersOption,
  body: passedOption<NonNullable<RequestOptions['body']>>(),
  signal: runRules.signal,
  timeoutMs: numberOption(30_000, { min: 1, max: longest }),
  idleTimeoutMs: numberOption(undefined, { min: 1, max: longest }),
  minBytesPerSecond: numberOption(100, { min: 0 }),
  retries: numberOption(4, { integer: true, min: 0 }),
  baseDelayMs: numberOption(500, { min: 0, max: longest }),
  maxDelayMs: numberOption(30_000, { min: 0, max: longest }),
  maxRetryAfterMs: numberOption(120_000, { min: 0, max: longest }),
  idempotent: passedOption<boolean>(),
  maxBytes: numberOption(2 ** 28, { integer: true, min: 0 }),
  maxRedirects: numberOption(5, { integer: true, min: 0 }),
  sameHost: flagOption(false),
  acceptStatus: (accept?: (status: number) => boolean) => accept ?? ((status: number) => status >= 200 && status < 300),
  limiter: passedOption<RateLimiter>(),
  seed: (seed?: Seed) => seed ?? 0,
  fetch: (fetch?: typeof globalThis.fetch) => fetch ?? globalThis.fetch,
  onRetry: passedOption<(notice: RetryNotice) => void>(),
} satisfies OptionRules<RequestOptions>

/** Options of a request, checked, with their defaults. */
export interface RequestPlan extends Omit<ResolvedOptions<typeof rules>, 'idleTimeoutMs' | 'idempotent'> {
  readonly url: string
  readonly idleTimeoutMs: number
  readonly idempotent: boolean
}

export function resolveRequest(url: string | URL, options: RequestOptions): RequestPlan {
  const plan = resolveOptions(subject, options, rules)
  const { method, body, timeoutMs } = plan
  if (body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw new ParameterError(`${subject}: body must go with a method such as POST. Received ${method}.`)
  }
  return {
    ...plan,
    url: httpUrl(url).href,
    idleTimeoutMs: plan.idleTimeoutMs ?? timeoutMs,
    idempotent: plan.idempotent ?? ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'].includes(method),
  }
}

const methodText = textOption('GET')

function methodOption(given: string | undefined, name: string): string {
  const method = methodText(given, name).toUpperCase()
  if (/^[A-Z]+$/.test(method) && !['CONNECT', 'TRACE', 'TRACK'].includes(method)) return method
  throw new ParameterError(`${name} must be one such as GET or POST. Received ${describeValue(given)}.`)
}

function headersOption(headers: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  try {
    new Headers(headers)
  } catch (cause) {
    throw new ParameterError(
      `${subject}: headers must be names and values of HTTP. Received ${describeValue(headers)}.`,
      { cause },
    )
  }
  return headers
}

/** @throws ParameterError when it is no address of http or https, or carries a user's name. */
export function httpUrl(url: string | URL): URL {
  let parsed: URL
  try {
    parsed = new URL(url)
  } catch {
    throw new ParameterError(`${subject}: url must be a whole address. Received ${describeValue(url)}.`)
  }
  if (parsed.protocol !== 'http:' && parsed.protocol !== 'https:') {
    throw new ParameterError(`${subject}: url must begin with http: or https:. Received ${describeValue(url)}.`)
  }
  if (parsed.username !== '' || parsed.password !== '') {
    throw new ParameterError(`${subject}: url must hold no user or password; send an authorization header.`)
  }
  parsed.hash = ''
  return parsed
}
