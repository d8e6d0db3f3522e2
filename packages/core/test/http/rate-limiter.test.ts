import { ParameterError } from '@astronomaly/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { RateLimiter } from '../../src/http/index.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('RateLimiter', () => {
  it('gives turns in order, at most so many at once', async () => {
    const limiter = new RateLimiter({ concurrency: 2 })
    const order: number[] = []
    const releases: (() => void)[] = []
    const all = [0, 1, 2, 3, 4].map((k) => limiter.acquire().then((release) => releases.push(release) && order.push(k)))
    await vi.advanceTimersByTimeAsync(0)
    expect([order, limiter.active, limiter.waiting]).toEqual([[0, 1], 2, 3])
    releases[0]!()
    releases[0]!()
    await vi.advanceTimersByTimeAsync(0)
    expect([order, limiter.active, limiter.waiting]).toEqual([[0, 1, 2], 2, 2])
    for (let k = 1; k < 5; k++) {
      releases[k]!()
      await vi.advanceTimersByTimeAsync(0)
    }
    await Promise.all(all)
    expect([order, limiter.active, limiter.waiting]).toEqual([[0, 1, 2, 3, 4], 0, 0])
  })

  it('spaces starts evenly and saves none up', async () => {
    const limiter = new RateLimiter({ requestsPerSecond: 4 })
    const starts: number[] = []
    const begin = performance.now()
    const ask = (): unknown => limiter.acquire().then(() => starts.push(performance.now() - begin))
    for (let k = 0; k < 5; k++) ask()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(starts).toEqual([0, 250, 500, 750, 1000])
    for (let k = 0; k < 3; k++) ask()
    await vi.advanceTimersByTimeAsync(10_000)
    expect(starts.slice(5)).toEqual([10_000, 10_250, 10_500])
  })

  it('never exceeds a rate that its timers cannot hit exactly', async () => {
    const limiter = new RateLimiter({ requestsPerSecond: 300 })
    const starts: number[] = []
    for (let k = 0; k < 1000; k++) void limiter.acquire().then(() => starts.push(performance.now()))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(starts).toHaveLength(1000)
    for (let k = 300; k < 1000; k++) expect(starts[k]! - starts[k - 300]!).toBeGreaterThanOrEqual(1000)
  })

  it('pauses, and keeps the longer of two pauses', async () => {
    const limiter = new RateLimiter()
    limiter.pause(500)
    limiter.pause(100)
    let gone = false
    void limiter.acquire().then(() => (gone = true))
    await vi.advanceTimersByTimeAsync(499)
    expect(gone).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(gone).toBe(true)
  })

  it('gives up the place of whoever aborts', async () => {
    const limiter = new RateLimiter({ concurrency: 1 })
    const release = await limiter.acquire()
    const controller = new AbortController()
    const reason = new Error('enough')
    const given = limiter.acquire(controller.signal)
    const next = limiter.acquire()
    controller.abort(reason)
    await expect(given).rejects.toBe(reason)
    await expect(limiter.acquire(controller.signal)).rejects.toBe(reason)
    expect(limiter.waiting).toBe(1)
    release()
    ;(await next)()
    expect([limiter.active, limiter.waiting]).toEqual([0, 0])
  })

  it('leaves no timer behind when all who waited have aborted, and goes on with the next', async () => {
    const limiter = new RateLimiter()
    limiter.pause(60_000)
    const controller = new AbortController()
    const waiting = [limiter.acquire(controller.signal), limiter.acquire(controller.signal)]
    expect(vi.getTimerCount()).toBe(1)
    controller.abort(new Error('enough'))
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(vi.getTimerCount()).toBe(0)
    let gone = false
    void limiter.acquire().then(() => (gone = true))
    await vi.advanceTimersByTimeAsync(59_999)
    expect(gone).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(gone).toBe(true)
  })

  it.each([
    { requestsPerSecond: 0 },
    { requestsPerSecond: Number.NaN },
    { concurrency: 0 },
    { concurrency: 1.5 },
    { rate: 1 },
  ])('refuses %o', (options) => {
    expect(() => new RateLimiter(options)).toThrow(ParameterError)
  })
})
