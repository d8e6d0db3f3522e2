import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { ParameterError, UnsupportedError } from '../../src/index.ts'
import { createPool, type Pool } from '../../src/node.ts'

const folder = await mkdtemp(join(tmpdir(), 'astronomaly-pool-'))
afterAll(() => rm(folder, { recursive: true, force: true }))
const file = join(folder, 'task.mjs')
await writeFile(
  file,
  `import { threadId } from 'node:worker_threads'
export function square(x) { if (x < 0) throw new RangeError("negative"); return x * x }
export const thread = async (ms) => { await new Promise((resolve) => setTimeout(resolve, ms)); return threadId }
export const leave = (code) => process.exit(code)
export const untilAborted = (_, { signal }) => new Promise((_, reject) => {
  signal.addEventListener('abort', () => reject(signal.reason))
})
export const forever = () => { for (;;); }
`,
)
const pool = (exportName: string, workers = 2, filename = pathToFileURL(file).href): Pool =>
  createPool({ workers, filename, exportName })

describe('createPool', () => {
  it('runs tasks in threads, passes failures on with their class and ends', async () => {
    const squares = pool('square')
    expect(await Promise.all([1, 2, 3, 4].map((x) => squares.run<number, number>(x)))).toEqual([1, 4, 9, 16])
    const error = await squares.run(-1).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RangeError)
    expect(error).toMatchObject({ message: 'negative' })
    await squares.close()
    await expect(squares.run(1)).rejects.toBeInstanceOf(UnsupportedError)
  })

  it('gives each thread one task at a time, and the next to whoever is free', async () => {
    const threads = pool('thread')
    const [long, ...short] = await Promise.all([500, 1, 1, 1].map((ms) => threads.run<number, number>(ms)))
    expect(new Set(short).size).toBe(1)
    expect(short).not.toContain(long)
    await threads.close()
  })

  it('rejects with the reason of an abort, of tasks that wait and of those that run, and goes on', async () => {
    const waiting = pool('untilAborted', 1)
    const [first, second] = [new AbortController(), new AbortController()]
    const runs = [first, second].map(({ signal }) => waiting.run(1, { signal }).catch((reason: unknown) => reason))
    const reasons = [new Error('second'), { any: 'first' }] as const
    second.abort(reasons[0])
    expect(await runs[1]).toBe(reasons[0])
    first.abort(reasons[1])
    expect(await runs[0]).toBe(reasons[1])
    const third = new AbortController()
    const run = waiting.run(1, { signal: third.signal })
    setTimeout(() => third.abort('third'), 50)
    await expect(run).rejects.toBe('third')
    await expect(waiting.run(1, { signal: AbortSignal.abort('before') })).rejects.toBe('before')
    await waiting.close()
  })

  it('survives the end of a thread', async () => {
    const leaving = pool('leave', 1)
    await expect(leaving.run(3)).rejects.toBeInstanceOf(UnsupportedError)
    await expect(leaving.run(4)).rejects.toMatchObject({ cause: new Error('thread ended with code 4') })
    await leaving.close()
  })

  it('says why the function cannot be had', async () => {
    const nothing = pool('cube')
    await expect(nothing.run(1)).rejects.toThrow('must export a function cube')
    await nothing.close()
    const nowhere = pool('square', 1, pathToFileURL(join(folder, 'nowhere.mjs')).href)
    await expect(nowhere.run(1)).rejects.toThrow('Cannot find module')
    await nowhere.close()
    expect(() => pool('square', 0)).toThrow(ParameterError)
  })

  it('gives up what runs and what waits when it is closed', async () => {
    const endless = pool('forever', 1)
    const runs = [1, 2].map(() => endless.run(1).catch((error: unknown) => error))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await endless.close()
    for (const run of runs) expect(await run).toBeInstanceOf(UnsupportedError)
  })
})
