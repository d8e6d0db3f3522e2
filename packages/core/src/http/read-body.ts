import type { Answer } from './open-answer.ts'
import { faultOf, RequestFault } from './request-fault.ts'
import type { RequestPlan } from './request-plan.ts'
import { withDeadline } from './wait.ts'

/**
 * The body of an answer, piece by piece, within its bounds; leaving early frees the connection.
 *
 * @throws RequestFault, or the reason of the caller's abort.
 * @remarks Only the time spent waiting for the server counts: whoever takes long over a chunk does not make it late.
 */
export async function* readBody(plan: RequestPlan, answer: Answer): AsyncGenerator<Uint8Array, void, undefined> {
  const { response, controller } = answer
  const { status } = response
  const reader = response.body?.getReader()
  const announced = announcedLength(plan, response)
  const tooLarge = (size: string): RequestFault =>
    new RequestFault('too-large', `the body must have at most ${plan.maxBytes} bytes. ${size}.`, {
      status,
      retryable: false,
    })
  const pace = new Pace(plan, status)
  let total = 0
  let whole = false
  try {
    if (announced !== undefined && announced > plan.maxBytes) throw tooLarge(`The server announces ${announced}`)
    while (reader) {
      const begun = performance.now()
      const { done, value } = await withDeadline(
        reader.read(),
        plan.idleTimeoutMs,
        controller,
        () => new RequestFault('timeout', `the body must not pause for ${plan.idleTimeoutMs} ms. It does.`, { status }),
      )
      if (done) break
      total += value.length
      if (total > plan.maxBytes) throw tooLarge('It goes on beyond')
      pace.add(value.length, performance.now() - begun)
      yield value
    }
    if (announced !== undefined && total !== announced) {
      throw new RequestFault('truncated', `the body must have the announced ${announced} bytes. Received ${total}.`, {
        status,
      })
    }
    whole = true
  } catch (error) {
    if (plan.signal?.aborted) throw plan.signal.reason
    throw faultOf(error, true, status)
  } finally {
    if (!whole) controller.abort(new Error('the body is given up'))
    answer.end()
  }
}

/** Ends bodies that drip: in each stretch of waiting as long as the idle time, enough bytes must come. */
class Pace {
  readonly #plan: RequestPlan
  readonly #status: number
  #bytes = 0
  #waited = 0

  constructor(plan: RequestPlan, status: number) {
    this.#plan = plan
    this.#status = status
  }

  add(bytes: number, waited: number): void {
    const { idleTimeoutMs, minBytesPerSecond } = this.#plan
    this.#bytes += bytes
    this.#waited += waited
    if (this.#waited < idleTimeoutMs) return
    const rate = (1000 * this.#bytes) / this.#waited
    if (rate < minBytesPerSecond) {
      throw new RequestFault(
        'timeout',
        `the body must come at ${minBytesPerSecond} bytes a second. Received ${rate.toFixed(1)}.`,
        { status: this.#status },
      )
    }
    this.#bytes = 0
    this.#waited = 0
  }
}

/** The body's length, where it can be compared with the bytes that arrive. */
function announcedLength(plan: RequestPlan, { headers, type, body }: Response): number | undefined {
  // Packed bodies arrive unpacked; across origins a browser shows the length but not the packing, and compares by itself.
  if (plan.method === 'HEAD' || body === null || type === 'cors') return undefined
  if ((headers.get('content-encoding') ?? 'identity') !== 'identity') return undefined
  const text = headers.get('content-length')
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined
}
