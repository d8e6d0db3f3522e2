import { afterEach, describe, expect, it, vi } from 'vitest'
import { FormatError, UnsupportedError } from '../../src/index.ts'
import { TaskFailed } from '../../src/threads/thread.ts'
import { type ThreadGroup, threadGroup } from '../../src/threads/thread-group.ts'
import type { AdderTask } from './support/adder-worker.ts'

interface Answer {
  readonly sum: number
  readonly thread: number
}

const given = { extra: 0 }
const adders = (idle?: number): ThreadGroup<{ readonly extra: number; readonly broken?: boolean }> =>
  threadGroup(() => new URL('./support/adder-worker.js', import.meta.url), idle)
const task = (number: number, more: Partial<AdderTask> = {}): AdderTask => ({ number, ...more })
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

afterEach(() => vi.unstubAllGlobals())

describe('threadGroup', () => {
  it('sends tasks to all threads, with what they are about and what they begin with', async () => {
    const threads = (await adders()(2, { extra: 100 }))!
    expect(threads.count).toBe(2)
    const [ten, twenty] = [{ number: 10 }, { number: 20 }]
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => threads.run<Answer>(i % 2 ? ten : twenty, task(i), [])),
    )
    expect(answers.map(({ sum }) => sum)).toEqual([120, 111, 122, 113, 124, 115, 126, 117])
    expect(new Set(answers.map(({ thread }) => thread)).size).toBe(2)
    threads.release()
  })

  it('keeps threads alive while a call pauses, and ends them some time after the last has gone', async () => {
    const group = adders(10)
    const about = { number: 1 }
    const threads = (await group(1, given))!
    const { thread } = await threads.run<Answer>(about, task(1), [])
    await wait(80)
    expect(await threads.run<Answer>(about, task(2), [])).toEqual({ sum: 3, thread })
    threads.release()
    await wait(80)
    await expect(threads.run(about, task(2), [])).rejects.toBeInstanceOf(UnsupportedError)
    const later = (await group(1, given))!
    const answer = await later.run<Answer>(about, task(4), [])
    expect(answer.sum).toBe(5)
    expect(answer.thread).not.toBe(thread)
    later.release()
  })

  it('leaves threads to a call that begins just before they would be ended', async () => {
    const group = adders(50)
    const about = { number: 1 }
    const first = (await group(2, given))!
    await Promise.all([first.run(about, task(1), []), first.run(about, task(2), [])])
    first.release()
    await wait(20)
    const second = (await group(2, given))!
    await wait(150)
    const answers = await Promise.all([1, 2].map((number) => second.run<Answer>(about, task(number), [])))
    expect(answers.map(({ sum }) => sum)).toEqual([2, 3])
    expect(new Set(answers.map(({ thread }) => thread)).size).toBe(2)
    second.release()
  })

  it('gives a task back that a thread could not do, and goes on', async () => {
    const threads = (await adders()(1, given))!
    const about = { number: 1 }
    for (const [fail, message] of [
      ['no room', 'no room'],
      ['not sent', 'could not be cloned'],
    ] as const) {
      const failing = task(7, { fail })
      const error = await threads.run(about, failing, []).catch((cause: unknown) => cause)
      expect(error).toBeInstanceOf(TaskFailed)
      expect(error).toMatchObject({ task: failing, message: expect.stringContaining(message) })
    }
    const error = await threads.run(about, task(7, { fail: 'format' }), []).catch(({ cause }: Error) => cause)
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({ message: 'adder: must add (a.fits, byte 3)', offset: 3, cause: new TypeError('why') })
    expect(await threads.run<Answer>(about, task(1), [])).toMatchObject({ sum: 2 })
    threads.release()
  })

  it('gives tasks back while a thread cannot take what they are about', async () => {
    const threads = (await adders()(1, given))!
    const error = await threads.run({ number: -1 }, task(7), []).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(TaskFailed)
    expect(error).toMatchObject({ task: { number: 7 }, cause: new RangeError('too large to take') })
    expect(await threads.run<Answer>({ number: 1 }, task(1), [])).toMatchObject({ sum: 2 })
    threads.release()
  })

  it('rejects the tasks of a thread that dies, and leaves the others alone', async () => {
    const group = adders()
    const threads = (await group(2, given))!
    const about = { number: 1 }
    await expect(threads.run(about, task(0, { exit: true }), [])).rejects.toBeInstanceOf(UnsupportedError)
    for (let i = 0; i < 4; i++) expect(await threads.run<Answer>(about, task(i), [])).toMatchObject({ sum: i + 1 })
    threads.release()
    const again = (await group(2, given))!
    expect(again.count).toBe(2)
    expect(await again.run<Answer>(about, task(8), [])).toMatchObject({ sum: 9 })
    again.release()
  })

  it('is none where the program does not begin, is not there, or has no address', async () => {
    expect(await adders()(2, { extra: 0, broken: true })).toBeUndefined()
    expect(await threadGroup(() => new URL('./support/no-worker.js', import.meta.url))(2, given)).toBeUndefined()
    expect(await threadGroup(() => new URL('./x-worker.js', undefined))(2, given)).toBeUndefined()
  })

  it('is none in a page without threads, or that forbids them', async () => {
    vi.stubGlobal('process', undefined)
    vi.stubGlobal('Worker', undefined)
    expect(await adders()(2, given)).toBeUndefined()
    const opened: unknown[] = []
    class Forbidden {
      constructor(url: URL, options: unknown) {
        opened.push(url.pathname.split('/').at(-1), options)
        throw new DOMException('refused', 'SecurityError')
      }
    }
    vi.stubGlobal('Worker', Forbidden)
    expect(await adders()(2, given)).toBeUndefined()
    expect(opened).toEqual(['adder-worker.js', { type: 'module' }])
  })
})
