import { gzipSync } from 'node:zlib'
import { ParameterError, RequestError } from '@astronomaly/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RateLimiter, type RequestOptions, type RetryNotice, request } from '../../src/http/index.ts'
import { deadUrl, type FaultServer, serve } from './fault-server.ts'

const body = Buffer.from('0123456789'.repeat(20))
let server: FaultServer
let other: FaultServer
beforeAll(async () => {
  other = await serve({ headers: ({ headers }, response) => response.end(JSON.stringify(headers)) })
  server = await serve({
    good: (_, response) => response.end(body),
    range: ({ headers }, response) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
      response.writeHead(206).end(body.subarray(Number(from), Number(to) + 1))
    },
    echo: async (incoming, response) => {
      const parts: Buffer[] = []
      for await (const part of incoming) parts.push(part)
      response.end(`${incoming.method} ${Buffer.concat(parts)}`)
    },
    status: ({ url = '' }, response, count) => {
      const [, , status, times = '1000'] = url.split('/')
      if (count > Number(times)) response.end(body)
      else response.writeHead(Number(status), { 'retry-after': '0' }).end('no')
    },
    later: ({ url = '' }, response, count) => {
      const [, , value = ''] = url.split('/')
      if (count > 1) response.end(body)
      else response.writeHead(429, { 'retry-after': decodeURIComponent(value) }).end()
    },
    reset: ({ socket }, response, count) => (count > 1 ? response.end(body) : socket.resetAndDestroy()),
    closed: ({ socket }, response, count) => (count > 1 ? response.end(body) : socket.destroy()),
    junk: ({ socket }) => socket.end('this is no HTTP\r\n\r\n'),
    hang: () => {},
    pause: (_, response, count) => {
      if (count > 1) response.end(body)
      else response.writeHead(200, { 'content-length': body.length }).write('0')
    },
    drip: (_, response) => {
      response.writeHead(200)
      const timer = setInterval(() => response.write('0'), 5)
      response.on('close', () => clearInterval(timer))
    },
    short: (_, response, count) => {
      if (count > 1) response.end(body)
      else {
        response.writeHead(200, { 'content-length': body.length })
        response.write('0123', () => response.destroy())
      }
    },
    torn: (_, response, count) => {
      if (count > 1) response.end(body)
      else response.write('0123', () => response.destroy())
    },
    gzip: (_, response) => {
      const packed = gzipSync(body)
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': packed.length }).end(packed)
    },
    to: ({ url = '' }, response) => {
      const [, , status, ...target] = url.split('/')
      response.writeHead(Number(status), { location: decodeURIComponent(target.join('/')) }).end()
    },
    loop: (_, response) => response.writeHead(302, { location: '/loop' }).end(),
    latin: (_, response) => {
      response.writeHead(200, { 'content-type': 'text/plain; charset=ISO-8859-1' }).end(Buffer.of(0xe9))
    },
    headers: ({ headers }, response) => response.end(JSON.stringify(headers)),
  })
})
afterAll(async () => {
  await server.close()
  await other.close()
})

const quick: RequestOptions = { baseDelayMs: 1, timeoutMs: 20_000 }
const get = (path: string, options: RequestOptions = {}) => request(`${server.url}${path}`, { ...quick, ...options })
const read = async (path: string, options: RequestOptions = {}) => (await get(path, options)).bytes()
const failure = async (work: Promise<unknown>): Promise<RequestError> => {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  )
  expect(error).toBeInstanceOf(RequestError)
  return error as RequestError
}
const times = (path: string): number => server.asked.filter((one) => one === path).length

describe('request', () => {
  it('gives status, headers, address and body', async () => {
    const answer = await get('/good')
    expect(answer).toMatchObject({ status: 200, url: `${server.url}/good`, attempts: 1 })
    expect(answer.headers.get('content-length')).toBe('200')
    expect(Buffer.from(await answer.bytes())).toEqual(body)
    await expect(answer.bytes()).rejects.toThrow('a body can be read once')
    const parts: Uint8Array[] = []
    for await (const part of (await get('/good?chunks')).chunks()) parts.push(part)
    expect(Buffer.concat(parts)).toEqual(body)
    expect(await (await get('/latin')).text()).toBe('é')
  })

  it('asks for ranges and sends bodies', async () => {
    const answer = await get('/range', { headers: { range: 'bytes=8-12' } })
    expect(answer.status).toBe(206)
    expect(await answer.text()).toBe('89012')
    expect(await (await get('/echo', { method: 'post', body: new URLSearchParams({ a: 'b c' }) })).text()).toBe(
      'POST a=b+c',
    )
  })

  it.each([408, 425, 429, 500, 502, 503, 504])('tries again after status %i', async (status) => {
    const notices: RetryNotice[] = []
    const answer = await get(`/status/${status}/2`, { onRetry: (notice) => notices.push(notice) })
    expect(answer.attempts).toBe(3)
    expect(Buffer.from(await answer.bytes())).toEqual(body)
    expect(notices.map(({ attempt, error }) => [attempt, error.status, error.retryable])).toEqual([
      [1, status, true],
      [2, status, true],
    ])
  })

  it('gives up after its retries, and at once for other statuses', async () => {
    expect(await failure(get('/status/503/99', { retries: 2 }))).toMatchObject({
      kind: 'request',
      name: 'RequestError',
      reason: 'status',
      status: 503,
      attempts: 3,
      retryable: true,
      url: `${server.url}/status/503/99`,
      message: `request: the server must deliver. Received status 503 Service Unavailable. The last of 3 tries. (${server.url}/status/503/99)`,
    })
    for (const status of [400, 401, 403, 404, 410]) {
      expect(await failure(get(`/status/${status}`))).toMatchObject({ status, attempts: 1, retryable: false })
    }
  })

  it('gives a status as an answer where it is wanted', async () => {
    const answer = await get('/status/400', { acceptStatus: (status) => status === 400 })
    expect([answer.status, await answer.text()]).toEqual([400, 'no'])
    const moved = await get('/to/303/%2Fgood', { acceptStatus: (status) => status === 303 })
    expect(moved.headers.get('location')).toBe('/good')
    await moved.cancel()
  })

  it.each([
    ['reset', 'reset'],
    ['closed', 'reset'],
    ['pause', 'timeout'],
    ['short', 'truncated'],
    ['torn', 'truncated'],
  ])('tries again after a body or connection that is %s', async (path, reason) => {
    const notices: RetryNotice[] = []
    const onRetry = (notice: RetryNotice): unknown => notices.push(notice)
    expect(Buffer.from(await read(`/${path}`, { onRetry, idleTimeoutMs: 1000 }))).toEqual(body)
    expect(notices.map(({ error }) => error.reason)).toEqual([reason])
  })

  it('tells refused connections, silence, drips and junk apart', async () => {
    const refused = await failure(request(await deadUrl(), { ...quick, retries: 1 }))
    expect(refused).toMatchObject({ reason: 'refused', attempts: 2, retryable: true })
    const one = { retries: 0 }
    expect(await failure(get('/hang', { ...one, timeoutMs: 30 }))).toMatchObject({ reason: 'timeout', attempts: 1 })
    const drip = await failure(read('/drip', { ...one, idleTimeoutMs: 800, minBytesPerSecond: 1e6 }))
    expect(drip.reason).toBe('timeout')
    expect(drip.message).toContain('bytes a second')
    expect(await failure(get('/junk', one))).toMatchObject({ reason: 'protocol' })
    expect(await failure(request('http://127.0.0.1:1/', one))).toMatchObject({
      reason: 'unreachable',
      retryable: false,
    })
  })

  it.each([
    [{ code: 'ENOTFOUND' }, 'unreachable', true],
    [{ code: 'EAI_AGAIN' }, 'unreachable', true],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }, 'timeout', true],
    [{ code: 'CERT_HAS_EXPIRED' }, 'certificate', false],
    [{ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'certificate', false],
    [undefined, 'unreachable', true],
  ])('understands a fetch that fails because of %o', async (cause, reason, retryable) => {
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }))
    const error = await failure(get('/good', { fetch, retries: 1 }))
    expect(error).toMatchObject({ reason, retryable, attempts: retryable ? 2 : 1 })
    expect((error.cause as Error).message).toBe('fetch failed')
  })

  it('does not hang on a fetch that heeds no signal', async () => {
    const fetch = (): Promise<Response> => new Promise(() => {})
    expect(await failure(get('/good', { fetch, timeoutMs: 10, retries: 1 }))).toMatchObject({ attempts: 2 })
  })

  it('compares the announced length with what arrives, whatever the fetch lets pass', async () => {
    const fetch = async (): Promise<Response> => new Response('abc', { headers: { 'content-length': '4' } })
    const error = await failure(get('/good', { fetch, retries: 0 }).then((answer) => answer.bytes()))
    expect(error.message).toContain('must have the announced 4 bytes. Received 3.')
    expect(Buffer.from(await read('/gzip'))).toEqual(body)
    expect((await read('/good', { method: 'HEAD' })).length).toBe(0)
  })

  it('bounds a body, announced or not', async () => {
    expect(await failure(read('/good', { maxBytes: 199 }))).toMatchObject({ reason: 'too-large', retryable: false })
    expect(await failure(read('/gzip', { maxBytes: 199 }))).toMatchObject({ reason: 'too-large', attempts: 1 })
    expect((await read('/good', { maxBytes: 200 })).length).toBe(200)
  })

  it('does not try a stream again once it has given something', async () => {
    const error = await failure(
      (async () => {
        for await (const part of (await get('/short/stream')).chunks()) expect(part.length).toBe(4)
      })(),
    )
    expect(error).toMatchObject({ reason: 'truncated', retryable: true })
  })

  it('follows redirects, within bounds and to http alone', async () => {
    const answer = await get(`/to/302/${encodeURIComponent('/to/307/%2Fgood')}`)
    expect(answer.url).toBe(`${server.url}/good`)
    expect(Buffer.from(await answer.bytes())).toEqual(body)
    expect(await failure(get('/loop', { maxRedirects: 3 }))).toMatchObject({ reason: 'redirect', retryable: false })
    expect(times('/loop')).toBe(4)
    for (const target of ['ftp://127.0.0.1/a', 'file:///etc/passwd', 'data:,x', 'http://']) {
      const error = await failure(get(`/to/302/${encodeURIComponent(target)}`))
      expect(error).toMatchObject({ reason: 'redirect', status: 302, attempts: 1 })
    }
    const away = `/to/302/${encodeURIComponent(`${other.url}/headers`)}`
    expect((await failure(get(away, { sameHost: true }))).message).toContain('redirects must stay at')
  })

  it('keeps secrets at their origin', async () => {
    const headers = { Authorization: 'Bearer x', cookie: 'a=b', 'x-mine': '1' }
    const here = JSON.parse(await (await get(`/to/302/%2Fheaders`, { headers })).text())
    expect(here).toMatchObject({ authorization: 'Bearer x', cookie: 'a=b', 'x-mine': '1' })
    const away = await get(`/to/302/${encodeURIComponent(`${other.url}/headers`)}`, { headers })
    const there = JSON.parse(await away.text())
    expect(there).toMatchObject({ 'x-mine': '1' })
    expect(there).not.toHaveProperty('authorization')
    expect(there).not.toHaveProperty('cookie')
  })

  it('turns POST into GET as redirects ask', async () => {
    const post = { method: 'POST', body: 'hello' }
    expect(await (await get('/to/303/%2Fecho', post)).text()).toBe('GET ')
    expect(await (await get('/to/302/%2Fecho', post)).text()).toBe('GET ')
    expect(await (await get('/to/307/%2Fecho', post)).text()).toBe('POST hello')
  })

  it('sends a POST again only where the server did not act', async () => {
    const post = { method: 'POST', body: 'x' }
    expect((await failure(get('/status/500/1/post', post))).attempts).toBe(1)
    expect((await get('/status/503/1/post', post)).attempts).toBe(2)
    expect((await get('/status/500/1/again', { ...post, idempotent: true })).attempts).toBe(2)
  })

  it('waits as Retry-After asks, within its bound, and by seeded jitter', async () => {
    const delays = async (path: string, options: RequestOptions = {}): Promise<number[]> => {
      const seen: number[] = []
      await get(path, { onRetry: ({ delayMs }) => seen.push(delayMs), maxRetryAfterMs: 5, ...options }).then(
        (answer) => answer.cancel(),
        () => {},
      )
      return seen
    }
    const asked = (await delays('/later/60/a'))[0]!
    expect(asked).toBeGreaterThanOrEqual(5)
    expect(asked).toBeLessThanOrEqual(6) // The bound and at most baseDelayMs of jitter.
    const date = encodeURIComponent(new Date(Date.now() + 3_600_000).toUTCString())
    expect((await delays(`/later/${date}/a`))[0]).toBeGreaterThanOrEqual(5)
    const jitter = { baseDelayMs: 2, maxDelayMs: 6, retries: 5 }
    const first = await delays('/status/503/99/jitter', jitter)
    expect(first).toHaveLength(5)
    for (const [k, delay] of first.entries()) expect(delay).toBeLessThanOrEqual(Math.min(6, 2 * 2 ** k))
    expect(new Set(first).size).toBe(5)
    expect(await delays('/status/503/99/jitter', jitter)).toEqual(first)
    expect(await delays('/status/503/99/jitter', { ...jitter, seed: 1 })).not.toEqual(first)
  })

  it('rejects with the reason of an abort, wherever it is', async () => {
    const reason = { stop: true }
    const abortAfter = async (path: string, options: RequestOptions, when: (stop: () => void) => RequestOptions) => {
      const controller = new AbortController()
      const more = when(() => controller.abort(reason))
      return read(path, { ...options, ...more, signal: controller.signal }).catch((error: unknown) => error)
    }
    expect(await read('/good', { signal: AbortSignal.abort(reason) }).catch((error: unknown) => error)).toBe(reason)
    expect(
      await abortAfter('/hang', {}, (stop) => {
        setTimeout(stop, 10)
        return {}
      }),
    ).toBe(reason)
    expect(
      await abortAfter('/status/503/9/abort', { baseDelayMs: 1e6, maxDelayMs: 1e6 }, (stop) => ({
        onRetry: () => setTimeout(stop, 1),
      })),
    ).toBe(reason)
    const controller = new AbortController()
    const stream = (await get('/drip', { signal: controller.signal })).chunks()
    await stream.next()
    controller.abort(reason)
    await expect(
      (async () => {
        for await (const _ of stream);
      })(),
    ).rejects.toBe(reason)
  })

  it('holds a turn of the limiter until the body is read or given up, and none while it waits', async () => {
    const limiter = new RateLimiter({ concurrency: 1 })
    const answer = await get('/good', { limiter })
    expect(limiter.active).toBe(1)
    await answer.bytes()
    expect(limiter.active).toBe(0)
    let during = -1
    await read('/short/limited', { limiter, onRetry: () => (during = limiter.active) })
    expect([during, limiter.active]).toEqual([0, 0])
    await failure(get('/status/404', { limiter }))
    await (await get('/good', { limiter })).cancel()
    for await (const _ of (await get('/good', { limiter })).chunks()) break
    expect(limiter.active).toBe(0)
  })

  it('follows what a browser hides', async () => {
    const modes: unknown[] = []
    const hidden = { type: 'opaqueredirect', status: 0, headers: new Headers(), body: null, url: '' }
    const fetch = async (_: unknown, init?: RequestInit): Promise<Response> => {
      modes.push(init?.redirect)
      if (init?.redirect === 'manual') return hidden as unknown as Response
      return Object.defineProperty(new Response('there'), 'url', { value: 'https://b.example/x' })
    }
    const answer = await request('https://a.example/', { fetch })
    expect([modes, answer.url, await answer.text()]).toEqual([['manual', 'follow'], 'https://b.example/x', 'there'])
    expect(await failure(request('https://a.example/', { fetch, sameHost: true }))).toMatchObject({
      reason: 'redirect',
    })
  })

  it.each([
    ['nowhere', {}],
    ['file:///etc/passwd', {}],
    ['http://user:password@127.0.0.1/', {}],
    ['http://127.0.0.1/', { method: 'TRACE' }],
    ['http://127.0.0.1/', { method: null }],
    ['http://127.0.0.1/', { method: 3 }],
    ['http://127.0.0.1/', { headers: null }],
    ['http://127.0.0.1/', { body: 'x' }],
    ['http://127.0.0.1/', { timeoutMs: 0 }],
    ['http://127.0.0.1/', { retries: -1 }],
    ['http://127.0.0.1/', { maxBytes: 0.5 }],
    ['http://127.0.0.1/', { timeout: 1 }],
    ['http://127.0.0.1/', { headers: { 'a b': 'c' } }],
    ['http://127.0.0.1/', { headers: { a: 'b\nc' } }],
  ])('refuses %s with %o', async (url, options) => {
    await expect(request(url, options as RequestOptions)).rejects.toBeInstanceOf(ParameterError)
  })
})
