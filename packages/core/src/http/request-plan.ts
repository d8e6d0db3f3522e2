import { describeValue } from '../describe-value.ts'
import { ParameterError } from '../errors.ts'
import { assertKnownKeys, checkNumber } from '../options.ts'
import type { Seed } from '../random.ts'
import type { RateLimiter } from './rate-limiter.ts'
import type { RequestOptions, RetryNotice } from './request.ts'

/** Options of a request, checked, with their defaults. */
export interface RequestPlan {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: NonNullable<RequestOptions['body']> | undefined
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
  readonly idleTimeoutMs: number
  readonly minBytesPerSecond: number
  readonly retries: number
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  readonly maxRetryAfterMs: number
  readonly idempotent: boolean
  readonly maxBytes: number
  readonly maxRedirects: number
  readonly sameHost: boolean
  readonly acceptStatus: (status: number) => boolean
  readonly limiter: RateLimiter | undefined
  readonly seed: Seed
  readonly fetch: typeof globalThis.fetch
  readonly onRetry: ((notice: RetryNotice) => void) | undefined
}

const subject = 'request'
const known = [
  ...['method', 'headers', 'body', 'signal', 'timeoutMs', 'idleTimeoutMs', 'minBytesPerSecond', 'retries'],
  ...['baseDelayMs', 'maxDelayMs', 'maxRetryAfterMs', 'idempotent', 'maxBytes', 'maxRedirects', 'sameHost'],
  ...['acceptStatus', 'limiter', 'seed', 'fetch', 'onRetry'],
]
// A timer takes no more than 31 bits.
const longest = 2 ** 31 - 1

export function resolveRequest(url: string | URL, options: RequestOptions): RequestPlan {
  assertKnownKeys(subject, options, known)
  const method = (options.method ?? 'GET').toUpperCase()
  if (!/^[A-Z]+$/.test(method) || ['CONNECT', 'TRACE', 'TRACK'].includes(method)) {
    throw new ParameterError(
      `${subject}: method must be one such as GET or POST. Received ${describeValue(options.method)}.`,
    )
  }
  if (options.body !== undefined && (method === 'GET' || method === 'HEAD')) {
    throw new ParameterError(`${subject}: body must go with a method such as POST. Received ${method}.`)
  }
  const duration = (name: 'timeoutMs' | 'baseDelayMs' | 'maxDelayMs' | 'maxRetryAfterMs', otherwise: number) =>
    checkNumber(`${subject}: ${name}`, options[name] ?? otherwise, { min: name === 'timeoutMs' ? 1 : 0, max: longest })
  const timeoutMs = duration('timeoutMs', 30_000)
  return {
    url: httpUrl(url).href,
    method,
    headers: checkHeaders(options.headers ?? {}),
    body: options.body,
    signal: options.signal,
    timeoutMs,
    idleTimeoutMs: checkNumber(`${subject}: idleTimeoutMs`, options.idleTimeoutMs ?? timeoutMs, {
      min: 1,
      max: longest,
    }),
    minBytesPerSecond: checkNumber(`${subject}: minBytesPerSecond`, options.minBytesPerSecond ?? 100, { min: 0 }),
    retries: checkNumber(`${subject}: retries`, options.retries ?? 4, { integer: true, min: 0 }),
    baseDelayMs: duration('baseDelayMs', 500),
    maxDelayMs: duration('maxDelayMs', 30_000),
    maxRetryAfterMs: duration('maxRetryAfterMs', 120_000),
    idempotent: options.idempotent ?? ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'].includes(method),
    maxBytes: checkNumber(`${subject}: maxBytes`, options.maxBytes ?? 2 ** 28, { integer: true, min: 0 }),
    maxRedirects: checkNumber(`${subject}: maxRedirects`, options.maxRedirects ?? 5, { integer: true, min: 0 }),
    sameHost: options.sameHost ?? false,
    acceptStatus: options.acceptStatus ?? ((status) => status >= 200 && status < 300),
    limiter: options.limiter,
    seed: options.seed ?? 0,
    fetch: options.fetch ?? globalThis.fetch,
    onRetry: options.onRetry,
  }
}

function checkHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  try {
    new Headers(headers)
  } catch (cause) {
    throw new ParameterError(
      `${subject}: headers must be names and values of HTTP. Received ${describeValue(headers)}.`,
      {
        cause,
      },
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
