import { RequestError, type RequestFailure } from '../errors.ts'

/** What went wrong in one try; it becomes a `RequestError` once there are no more. */
export class RequestFault extends Error {
  readonly reason: RequestFailure
  readonly retryable: boolean
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined

  /** @param message - The rule and what was received, without the subject. */
  constructor(
    reason: RequestFailure,
    message: string,
    details: {
      readonly retryable?: boolean
      readonly status?: number | undefined
      readonly retryAfterMs?: number | undefined
      readonly cause?: unknown
    } = {},
  ) {
    super(message, { cause: details.cause })
    this.reason = reason
    this.retryable = details.retryable ?? true
    this.status = details.status
    this.retryAfterMs = details.retryAfterMs
  }
}

/** The error of a request that is given up. */
export function requestError(fault: RequestFault, url: string, attempts: number): RequestError {
  const tries = attempts === 1 ? '' : ` The last of ${attempts} tries.`
  return new RequestError(`request: ${fault.message}${tries} (${url})`, {
    url,
    reason: fault.reason,
    status: fault.status,
    attempts,
    retryable: fault.retryable,
    retryAfterMs: fault.retryAfterMs,
    cause: fault.cause,
  })
}

/** Whether a status says that trying again may help. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500
}

/**
 * Tells what an error of `fetch` means.
 *
 * @param within - Whether the answer had begun.
 * @remarks Node gives codes, at the error or its cause; browsers hide all of it, which counts as unreachable and worth another try.
 */
export function faultOf(error: unknown, within: boolean, status?: number): RequestFault {
  if (error instanceof RequestFault) return error
  const code = codeOf(error)
  const text = code ?? messageOf(error)
  const details = { status, cause: error }
  if (within) return new RequestFault('truncated', `the body must be whole. It broke off: ${text}.`, details)
  if (code === 'ECONNREFUSED')
    return new RequestFault('refused', 'the server must accept connections. It refused.', details)
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'ETIMEDOUT') {
    return new RequestFault('timeout', `the server must answer in time. Received ${text}.`, details)
  }
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET') {
    return new RequestFault('reset', `the connection must last until the answer. It broke: ${text}.`, details)
  }
  if (code?.startsWith('HPE_'))
    return new RequestFault('protocol', `the answer must be HTTP. Received ${text}.`, details)
  if (code !== undefined && /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code)) {
    const wanted = 'the server must have a certificate that can be verified.'
    return new RequestFault('certificate', `${wanted} Received ${text}.`, { ...details, retryable: false })
  }
  const retryable = !/bad port|unknown scheme/i.test(text)
  return new RequestFault('unreachable', `the server must be reachable. Received ${text}.`, { ...details, retryable })
}

function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth++) {
    const { code, cause } = at as { readonly code?: unknown; readonly cause?: unknown }
    if (typeof code === 'string') return code
    at = cause
  }
  return undefined
}

function messageOf(error: unknown): string {
  const inner = (error as { readonly cause?: unknown } | undefined)?.cause
  const told = inner instanceof Error ? inner : error
  return told instanceof Error ? told.message : String(told)
}
