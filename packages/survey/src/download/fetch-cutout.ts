import { createRandom, RequestError, type Seed } from '@astronomaly/core'
import { type RequestOptions, request, wait } from '@astronomaly/core/http'
import type { CutoutVerdict } from './check-cutout.ts'
import { type CutoutRequest, subject } from './cutout-request.ts'

/** How to fetch. */
export interface FetchPlan {
  readonly request: RequestOptions & {
    readonly retries: number
    readonly baseDelayMs: number
    readonly maxDelayMs: number
    readonly seed: Seed
    readonly signal: AbortSignal
  }
  readonly check: (bytes: Uint8Array, request: CutoutRequest) => CutoutVerdict | Promise<CutoutVerdict>
}

/** A sound file. */
export interface FetchedCutout {
  readonly bytes: Uint8Array
  readonly extension: string
  readonly attempts: number
}

/** Why there is none. */
export interface CutoutFailure {
  readonly reason: string
  readonly message: string
  readonly status?: number | undefined
  readonly permanent: boolean
  readonly attempts: number
  /** When it was the network or the service, and not the object. */
  readonly error?: RequestError
}

/**
 * Fetches one object and checks it; a file that fails its check is fetched again, as are requests that fail, with the same number of tries
 * in all.
 *
 * @throws The reason of an abort, or what `check` throws.
 */
export async function fetchCutout(object: CutoutRequest, plan: FetchPlan): Promise<FetchedCutout | CutoutFailure> {
  const { retries, baseDelayMs, maxDelayMs, seed, signal } = plan.request
  const random = createRandom(seed, `io.download ${object.url}`)
  for (let attempts = 0; ; ) {
    let bytes: Uint8Array
    let status: number
    try {
      const response = await request(object.url, { ...plan.request, retries: retries - attempts })
      bytes = await response.bytes()
      status = response.status
      attempts += response.attempts
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      return {
        reason: error.reason,
        message: error.message,
        status: error.status,
        permanent: isPermanent(error),
        attempts: attempts + error.attempts,
        error,
      }
    }
    const verdict = await plan.check(bytes, object)
    if ('extension' in verdict) return { bytes, extension: verdict.extension, attempts }
    if (attempts > retries) {
      const { reason, message, transient = false } = verdict
      const failed = { reason, message, status, permanent: !transient, attempts }
      return transient ? { ...failed, error: uselessAnswer(object.url, message, status, attempts) } : failed
    }
    await wait(random.uniform() * Math.min(maxDelayMs, baseDelayMs * 2 ** (attempts - 1)), signal)
  }
}

/** The error of a service that answers, but with no file. */
function uselessAnswer(url: string, message: string, status: number, attempts: number): RequestError {
  const details = { url, reason: 'protocol', status, attempts, retryable: true } as const
  return new RequestError(`${subject}: the service must send whole files. Received ${message} (${url})`, details)
}

/** Whether a later run would meet the same. Bans and expired certificates pass. */
function isPermanent({ reason, status = 0, retryable }: RequestError): boolean {
  if (retryable || reason === 'certificate') return false
  return reason !== 'status' || ![401, 402, 403, 407, 423].includes(status)
}
