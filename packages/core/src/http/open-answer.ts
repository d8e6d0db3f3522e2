import { faultOf, isTransientStatus, RequestFault } from './request-fault.ts'
import { httpUrl, type RequestPlan } from './request-plan.ts'
import { parseRetryAfter } from './retry-after.ts'
import { withDeadline } from './wait.ts'

/** An answer whose headers have come; `end` must be called once its body is read or given up. */
export interface Answer {
  readonly response: Response
  /** After redirects. */
  readonly url: string
  readonly controller: AbortController
  readonly end: () => void
}

/** One try, with its redirects. @throws RequestFault, or the reason of the caller's abort. */
export async function openAnswer(plan: RequestPlan): Promise<Answer> {
  plan.signal?.throwIfAborted()
  const release = await plan.limiter?.acquire(plan.signal)
  const controller = new AbortController()
  const abort = (): void => controller.abort(plan.signal?.reason)
  plan.signal?.addEventListener('abort', abort, { once: true })
  const end = (): void => {
    plan.signal?.removeEventListener('abort', abort)
    release?.()
  }
  try {
    return { ...(await follow(plan, controller)), controller, end }
  } catch (error) {
    controller.abort(error)
    end()
    if (plan.signal?.aborted) throw plan.signal.reason
    throw faultOf(error, false)
  }
}

async function follow(
  plan: RequestPlan,
  controller: AbortController,
): Promise<{ readonly response: Response; readonly url: string }> {
  const { fetch } = plan
  const first = new URL(plan.url)
  let url = first
  let redirect: 'manual' | 'follow' = 'manual'
  const init: RequestInit = { method: plan.method, headers: { ...plan.headers } }
  if (plan.body !== undefined) init.body = plan.body as BodyInit
  for (let hops = 0; ; ) {
    const response = await withDeadline(
      fetch(url.href, { ...init, redirect, signal: controller.signal }),
      plan.timeoutMs,
      controller,
      () => new RequestFault('timeout', `the server must answer within ${plan.timeoutMs} ms. It is silent.`),
    )
    // Browsers tell nothing of a redirect unless they follow it themselves, to http and https only and 20 times at most.
    if (response.type === 'opaqueredirect') {
      redirect = 'follow'
      continue
    }
    const { status } = response
    if (redirect === 'follow') checkHop(new URL(response.url || url.href), first, plan, status)
    if (plan.acceptStatus(status)) return { response, url: response.url || url.href }
    const location = [301, 302, 303, 307, 308].includes(status) ? response.headers.get('location') : null
    await discard(response)
    if (location === null) throw refusal(response)
    if (++hops > plan.maxRedirects) {
      throw new RequestFault('redirect', `redirects must be at most ${plan.maxRedirects}. There are more.`, {
        status,
        retryable: false,
      })
    }
    const next = nextHop(location, url, status)
    checkHop(next, first, plan, status)
    if (next.origin !== url.origin) init.headers = withoutCredentials(init.headers as Record<string, string>)
    if ((status === 303 && init.method !== 'HEAD') || (status < 303 && init.method === 'POST')) {
      init.method = 'GET'
      delete init.body
    }
    url = next
  }
}

function nextHop(location: string, from: URL, status: number): URL {
  try {
    return httpUrl(new URL(location, from))
  } catch (cause) {
    throw new RequestFault('redirect', `redirects must lead to http or https. Received ${JSON.stringify(location)}.`, {
      status,
      retryable: false,
      cause,
    })
  }
}

function checkHop(next: URL, first: URL, plan: RequestPlan, status: number): void {
  if (!plan.sameHost || next.host === first.host) return
  throw new RequestFault('redirect', `redirects must stay at ${first.host}. Received ${next.host}.`, {
    status,
    retryable: false,
  })
}

/** Headers that may go to another origin. */
export function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const secret = ['authorization', 'cookie', 'proxy-authorization']
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.includes(name.toLowerCase())))
}

function refusal({ status, statusText, headers }: Response): RequestFault {
  const words = statusText === '' ? '' : ` ${statusText.slice(0, 80)}`
  return new RequestFault('status', `the server must deliver. Received status ${status}${words}.`, {
    status,
    retryable: isTransientStatus(status),
    retryAfterMs: parseRetryAfter(headers.get('retry-after'), Date.now()),
  })
}

/** Frees the connection of an answer whose body is of no use. */
async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => {})
}
