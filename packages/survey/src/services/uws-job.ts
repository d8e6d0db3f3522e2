import { FormatError, RequestError } from '@astronomaly/core'
import { type HttpResponse, type RequestOptions, request, wait, withoutCredentials } from '@astronomaly/core/http'
import { XmlReader } from '@astronomaly/io'
import { acceptAnswer, refusal, refused } from './service-answer.ts'
import { childUrl, type TapPlan } from './service-options.ts'

/** Longest time in seconds that a service is asked to hold its answer until a job's phase changes. */
const longestWait = 60
const longestDelete = 10_000

/**
 * Runs a job and hands its result to `read`; the job is deleted whatever happens.
 *
 * @param parameters - Of the job, such as the query.
 * @throws RequestError with the service's words when the job fails or is aborted, or with reason `'timeout'`; the signal's reason.
 * @remarks Where the service knows WAIT (UWS 1.1), it answers when the phase changes; else it is asked again after growing waits.
 * @see https://www.ivoa.net/documents/UWS/20161024/
 */
export async function runUwsJob<T>(
  plan: TapPlan,
  parameters: Readonly<Record<string, string>>,
  read: (response: HttpResponse) => Promise<T>,
): Promise<T> {
  const job = new UwsJob(plan, await createJob(plan, parameters))
  try {
    await job.start()
    await job.finish()
    return await read(await job.result())
  } finally {
    await job.delete()
  }
}

async function createJob(plan: TapPlan, parameters: Readonly<Record<string, string>>): Promise<string> {
  const isAnswer = acceptAnswer(plan.request.retries)
  const response = await request(childUrl(plan.url, 'async'), {
    ...requestOptions(plan),
    method: 'POST',
    body: new URLSearchParams(parameters),
    // Followed, a redirect whose end fails would be sent from the start, and make a second job.
    acceptStatus: (status) => isAnswer(status) || [301, 302, 303, 307].includes(status),
  })
  const { status, url, attempts } = response
  if (status >= 400) throw await refusal(plan.subject, await response.bytes(), { status, url, attempts })
  const location = response.headers.get('location')
  await response.cancel()
  // A browser shows no redirects and follows them: then the address is the job's.
  const job = location === null ? url : URL.canParse(location, url) ? new URL(location, url).href : ''
  if (!/^https?:/.test(job) || job === childUrl(plan.url, 'async')) {
    throw new FormatError(`${plan.subject}: service must tell the address of the job. Received ${location}`, {
      source: url,
      keyword: 'Location',
    })
  }
  return job
}

function requestOptions(plan: TapPlan): RequestOptions {
  return { ...plan.request, signal: plan.signal }
}

class UwsJob {
  private readonly plan: TapPlan
  private readonly url: string
  private readonly options: RequestOptions

  constructor(plan: TapPlan, url: string) {
    this.plan = plan
    this.url = url
    const options = requestOptions(plan)
    // What proves who is asking goes to the service's own origin only.
    const isSame = new URL(url).origin === new URL(plan.url).origin
    this.options = isSame ? options : { ...options, headers: withoutCredentials(options.headers ?? {}) }
  }

  async start(): Promise<void> {
    const response = await request(childUrl(this.url, 'phase'), {
      ...this.options,
      method: 'POST',
      body: new URLSearchParams({ PHASE: 'RUN' }),
      // A job that runs already says so, and stays as it is.
      idempotent: true,
      acceptStatus: (status) => status >= 200 && status < 500 && ![408, 425, 429].includes(status),
    })
    const { status, url, attempts } = response
    if (status < 400) return await response.cancel()
    const bytes = await response.bytes()
    if ((await this.phase()) === 'PENDING') throw await refusal(this.plan.subject, bytes, { status, url, attempts })
  }

  /** Waits until the job is complete. */
  async finish(): Promise<void> {
    const { jobTimeoutMs, maxPollMs, signal, subject } = this.plan
    const end = performance.now() + jobTimeoutMs
    let delay = this.plan.pollMs
    let last: string | undefined
    for (let polls = 1; ; polls++) {
      const begun = performance.now()
      const phase = await this.phase(last, Math.max(0, end - begun))
      this.plan.onProgress?.({ stage: `job ${phase.toLowerCase()}`, done: polls })
      if (phase === 'COMPLETED') return
      if (phase === 'ERROR') throw await this.failure()
      if (phase === 'ABORTED' || phase === 'ARCHIVED') {
        throw refused(subject, `the job is ${phase.toLowerCase()}`, { status: 200, url: this.url, attempts: 1 })
      }
      const now = performance.now()
      if (now >= end) {
        const message = `${subject}: the job must end within ${jobTimeoutMs} ms. It is ${phase} (${this.url}).`
        throw new RequestError(message, { url: this.url, reason: 'timeout', attempts: polls, retryable: true })
      }
      await wait(Math.max(0, Math.min(delay - (now - begun), end - now)), signal)
      delay = Math.min(maxPollMs, delay * 1.5)
      last = phase
    }
  }

  /** The phase; with one given, the service may wait until it is another. */
  private async phase(last?: string, leftMs = 0): Promise<string> {
    const url = new URL(this.url)
    const patience = Math.min(this.options.timeoutMs ?? 30_000, 2 * leftMs)
    const seconds = Math.min(longestWait, Math.floor(patience / 2000))
    if (last !== undefined && seconds > 0) {
      url.searchParams.set('WAIT', String(seconds))
      url.searchParams.set('PHASE', last)
    }
    const response = await request(url, this.options)
    return readPhase(await response.bytes(), this.url)
  }

  private async failure(): Promise<RequestError> {
    const { subject, request: options } = this.plan
    const isAnswer = acceptAnswer(options.retries)
    const response = await request(childUrl(this.url, 'error'), { ...this.options, acceptStatus: isAnswer })
    const { url, attempts } = response
    // The query has failed, whatever the status of the answer that tells why.
    return refusal(subject, await response.bytes(), { status: 200, url, attempts })
  }

  async result(): Promise<HttpResponse> {
    const { retries } = this.plan.request
    return request(childUrl(this.url, 'results/result'), { ...this.options, acceptStatus: acceptAnswer(retries) })
  }

  /** Deletes the job, also after an abort; a failure is a warning. */
  async delete(): Promise<void> {
    const { signal: _, ...options } = this.options
    const gentle = { ...options, retries: 1, timeoutMs: Math.min(options.timeoutMs ?? longestDelete, longestDelete) }
    try {
      const response = await request(this.url, {
        ...gentle,
        method: 'DELETE',
        acceptStatus: (status) => (status >= 200 && status < 400) || [404, 405, 410].includes(status),
      })
      await response.cancel()
      if (response.status !== 405) return
      const other = await request(this.url, {
        ...gentle,
        method: 'POST',
        body: new URLSearchParams({ ACTION: 'DELETE' }),
        acceptStatus: (status) => status >= 200 && status < 400,
      })
      await other.cancel()
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      this.plan.onWarning?.({ message: `${this.plan.subject}: the job ${this.url} could not be deleted. ${reason}` })
    }
  }
}

const phases = [
  ...['PENDING', 'QUEUED', 'EXECUTING', 'COMPLETED', 'ERROR', 'ABORTED'],
  ...['UNKNOWN', 'HELD', 'SUSPENDED', 'ARCHIVED'],
]

/** The phase in a job's description. @throws FormatError when it is none. */
export function readPhase(bytes: Uint8Array, source: string): string {
  const path: string[] = []
  let phase = ''
  const handler = {
    start: (name: string) => void path.push(name),
    text: (text: string) => {
      if (path.length === 2 && path[0] === 'job' && path[1] === 'phase') phase += text
    },
    end: () => void path.pop(),
  }
  try {
    const reader = new XmlReader(handler, source, (text) => text.length)
    const text = new TextDecoder().decode(bytes)
    reader.write(text, text.length)
    reader.finish()
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    throw new FormatError('uws: description of a job must be XML', { source, cause })
  }
  const found = phase.trim().toUpperCase()
  if (phases.includes(found)) return found
  throw new FormatError(`uws: phase must be one of ${phases.join(', ')}. Received ${JSON.stringify(found)}`, {
    source,
    keyword: 'phase',
  })
}
