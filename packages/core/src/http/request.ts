import { concatArrays } from '../concat-arrays.ts'
import { ParameterError } from '../errors.ts'
import { createRandom, type Random } from '../random.ts'
import { type Answer, openAnswer } from './open-answer.ts'
import { readBody } from './read-body.ts'
import { RequestFault, requestError } from './request-fault.ts'
import { type RequestOptions, type RequestPlan, resolveRequest } from './request-plan.ts'
import { wait } from './wait.ts'

/** An answer; its body is read once, by one of `bytes`, `text`, `chunks` and `cancel`, of which one must be called. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Headers
  /** After redirects. */
  readonly url: string
  /** Tries so far. */
  readonly attempts: number
  /** The whole body. When it fails, the request is tried again; then the other fields tell of the last answer. */
  bytes(): Promise<Uint8Array<ArrayBuffer>>
  /** The whole body in the character set that its content type names, else UTF-8. */
  text(): Promise<string>
  /** The body as it arrives. It is tried again only until the first chunk. */
  chunks(): AsyncGenerator<Uint8Array, void, undefined>
  /** Gives the body up. */
  cancel(): Promise<void>
}

/**
 * Sends an HTTP request and waits for an answer that is worth reading, with as many tries as needed.
 *
 * Tried again are refused, broken and silent connections, bodies that break off, pause, drip or lack announced bytes, and the statuses
 * 408, 425, 429 and 5xx. A redirect is followed only to http and https; authorization and cookies stay at their origin.
 *
 * @throws RequestError when there is no such answer, or its body breaks a bound; ParameterError for an address that is not http or https.
 * @remarks Runs in Node and browsers. Node's own fetch gives up after 300 s of silence whatever the options say.
 * @see RFC 9110; M. Brooker (2015), Exponential Backoff And Jitter, AWS Architecture Blog
 */
export async function request(url: string | URL, options: RequestOptions = {}): Promise<HttpResponse> {
  const tries = new Tries(resolveRequest(url, options))
  return new Reply(tries, await tries.open())
}

/** The tries of one request. */
class Tries {
  readonly plan: RequestPlan
  readonly #random: Random
  attempts = 0

  constructor(plan: RequestPlan) {
    this.plan = plan
    this.#random = createRandom(plan.seed, `io.request ${plan.url}`)
  }

  async open(): Promise<Answer> {
    for (;;) {
      this.attempts++
      try {
        return await openAnswer(this.plan)
      } catch (error) {
        await this.pause(error)
      }
    }
  }

  /** Waits until the next try. @throws RequestError when there is none. */
  async pause(fault: unknown): Promise<void> {
    const { plan, attempts } = this
    if (!(fault instanceof RequestFault)) throw fault
    const error = requestError(fault, plan.url, attempts)
    if (attempts > plan.retries || !this.#maySendAgain(fault)) throw error
    const asked = Math.min(fault.retryAfterMs ?? 0, plan.maxRetryAfterMs)
    const jitter = this.#random.uniform() * Math.min(plan.maxDelayMs, plan.baseDelayMs * 2 ** (attempts - 1))
    if (fault.status === 429 && asked > 0) plan.limiter?.pause(asked)
    const delayMs = Math.min(asked + jitter, 2 ** 31 - 1)
    plan.onRetry?.({ url: plan.url, attempt: attempts, delayMs, error })
    await wait(delayMs, plan.signal)
  }

  #maySendAgain({ reason, retryable, status }: RequestFault): boolean {
    if (!retryable || this.plan.idempotent) return retryable
    return reason === 'refused' || reason === 'unreachable' || status === 429 || status === 503
  }
}

class Reply implements HttpResponse {
  readonly #tries: Tries
  #answer: Answer
  #taken = false

  constructor(tries: Tries, answer: Answer) {
    this.#tries = tries
    this.#answer = answer
  }

  get status(): number {
    return this.#answer.response.status
  }

  get headers(): Headers {
    return this.#answer.response.headers
  }

  get url(): string {
    return this.#answer.url
  }

  get attempts(): number {
    return this.#tries.attempts
  }

  async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    this.#take()
    for (;;) {
      try {
        const parts: Uint8Array[] = []
        for await (const part of readBody(this.#tries.plan, this.#answer)) parts.push(part)
        return concatArrays(Uint8Array, parts)
      } catch (error) {
        await this.#again(error)
      }
    }
  }

  async text(): Promise<string> {
    const bytes = await this.bytes()
    return decoderOf(this.headers.get('content-type') ?? '').decode(bytes)
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    this.#take()
    for (;;) {
      let given = false
      try {
        for await (const part of readBody(this.#tries.plan, this.#answer)) {
          given = true
          yield part
        }
        return
      } catch (error) {
        if (given && error instanceof RequestFault) throw requestError(error, this.#tries.plan.url, this.attempts)
        await this.#again(error)
      }
    }
  }

  async cancel(): Promise<void> {
    if (this.#taken) return
    this.#taken = true
    this.#answer.controller.abort(new Error('the body is given up'))
    this.#answer.end()
  }

  async #again(fault: unknown): Promise<void> {
    await this.#tries.pause(fault)
    this.#answer = await this.#tries.open()
  }

  #take(): void {
    if (this.#taken) throw new ParameterError(`request: a body can be read once. It has been (${this.url}).`)
    this.#taken = true
  }
}

function decoderOf(contentType: string): TextDecoder {
  const charset = /;\s*charset="?([^";\s]+)/i.exec(contentType)?.[1]
  try {
    return new TextDecoder(charset)
  } catch {
    return new TextDecoder()
  }
}
