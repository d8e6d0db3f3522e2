import { describe, expect, it } from 'vitest'
import { UnsupportedError } from '../../src/index.ts'
import { TaskFailed, threadGroup } from '../../src/kernels/kernel-threads.ts'

const module = new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))
/** Adds what is held to the task; may fail or end the thread. Says which thread it is. */
const adder = `() => {
  let held = 0
  return {
    load: ({ number }) => { held = number },
    work(task) {
      if (task.fail) throw new RangeError('no room')
      if (task.exit) process.exit(3)
      return { result: { sum: held + task.number, thread: require('worker_threads').threadId }, transfer: [] }
    },
  }
}`
interface Answer {
  readonly sum: number
  readonly thread: number
}
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('threadGroup', () => {
  it('sends tasks to all threads, with what they are about', async () => {
    const threads = (await threadGroup(adder)(2, module))!
    expect(threads.count).toBe(2)
    const [ten, twenty] = [{ number: 10 }, { number: 20 }]
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) => threads.run<Answer>(i % 2 ? ten : twenty, { number: i }, [])),
    )
    expect(answers.map(({ sum }) => sum)).toEqual([20, 11, 22, 13, 24, 15, 26, 17])
    expect(new Set(answers.map(({ thread }) => thread)).size).toBe(2)
    threads.release()
  })

  it('keeps threads alive while a call pauses, and ends them some time after the last has gone', async () => {
    const group = threadGroup(adder, 10)
    const held = { number: 1 }
    const threads = (await group(1, module))!
    const { thread } = await threads.run<Answer>(held, { number: 1 }, [])
    await wait(80)
    expect(await threads.run<Answer>(held, { number: 2 }, [])).toEqual({ sum: 3, thread })
    threads.release()
    await wait(80)
    await expect(threads.run(held, { number: 2 }, [])).rejects.toBeInstanceOf(UnsupportedError)
    const later = (await group(1, module))!
    const answer = await later.run<Answer>(held, { number: 4 }, [])
    expect(answer.sum).toBe(5)
    expect(answer.thread).not.toBe(thread)
    later.release()
  })

  it('gives a task back that a thread could not do, and goes on', async () => {
    const threads = (await threadGroup(adder)(1, module))!
    const task = { fail: true, number: 7 }
    const error = await threads.run({ number: 1 }, task, []).catch((cause: unknown) => cause)
    expect(error).toBeInstanceOf(TaskFailed)
    expect(error).toMatchObject({ task, message: expect.stringContaining('no room') })
    expect(await threads.run<Answer>({ number: 1 }, { number: 1 }, [])).toMatchObject({ sum: 2 })
    threads.release()
  })

  it('rejects the tasks of a thread that dies, and leaves the others alone', async () => {
    const group = threadGroup(adder)
    const threads = (await group(2, module))!
    const held = { number: 1 }
    await expect(threads.run(held, { exit: true }, [])).rejects.toBeInstanceOf(UnsupportedError)
    for (let i = 0; i < 4; i++) expect(await threads.run<Answer>(held, { number: i }, [])).toMatchObject({ sum: i + 1 })
    threads.release()
    const again = (await group(2, module))!
    expect(again.count).toBe(2)
    expect(await again.run<Answer>(held, { number: 8 }, [])).toMatchObject({ sum: 9 })
    again.release()
  })

  it('is none where the program does not begin, and does begin when its functions carry names', async () => {
    expect(await threadGroup('() => nowhere.to.be.found')(2, module)).toBeUndefined()
    const named = await threadGroup(`__name(${adder}, 'adder')`)(1, module)
    expect(await named!.run<Answer>({ number: 1 }, { number: 1 }, [])).toMatchObject({ sum: 2 })
    named!.release()
  })
})
