import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createRandom } from '../../packages/core/src/index.ts'
import { Coverage } from './coverage.ts'
import { mutate } from './mutate.ts'
import { mostBytes, targets } from './targets.ts'

/** What the worker is told to do. */
export interface FuzzTask {
  readonly target: string
  readonly seed: string
  readonly seeds: readonly Uint8Array[]
  /** Ends after this many runs. */
  readonly runs: number
  /** Ends after this many milliseconds. */
  readonly milliseconds: number
  /** Runs so far, and the length of the input at work. */
  readonly state: Int32Array
  /** The input at work, so that another thread can save it when this one hangs. */
  readonly current: Uint8Array
  /** This script, for its coverage. */
  readonly script: string
}

/** What the worker tells. */
export type FuzzMessage =
  | { readonly found: Uint8Array; readonly reached: number }
  | { readonly failed: Uint8Array; readonly reason: string }
  | { readonly done: true; readonly runs: number; readonly reached: number; readonly inputs: number }

/** Inputs between two looks at the coverage, which takes a millisecond. */
const batch = 16

async function fuzz(task: FuzzTask, tell: (message: FuzzMessage) => void): Promise<void> {
  const target = targets[task.target]
  if (!target) throw new Error(`no such target: ${task.target}`)
  const coverage = new Coverage(task.script, readFileSync(new URL(task.script), 'utf8').length)
  const corpus: Uint8Array[] = []
  const known = new Set<string>()
  const random = createRandom(task.seed, `fuzz.${task.target}`)
  const end = performance.now() + task.milliseconds
  let runs = 0
  const run = async (input: Uint8Array): Promise<boolean> => {
    task.current.set(input)
    Atomics.store(task.state, 1, input.length)
    Atomics.store(task.state, 0, ++runs)
    const before = process.memoryUsage().arrayBuffers
    try {
      await target(input)
    } catch (error) {
      tell({ failed: input, reason: error instanceof Error ? `${error.stack}` : String(error) })
      return false
    }
    const taken = process.memoryUsage().arrayBuffers - before
    if (taken <= mostBytes) return true
    tell({ failed: input, reason: `took ${taken} bytes` })
    return false
  }
  const keep = (input: Uint8Array, isSeed: boolean): void => {
    const name = createHash('sha256').update(input).digest('hex')
    if (known.has(name)) return
    known.add(name)
    corpus.push(input)
    if (!isSeed) tell({ found: input, reached: coverage.reached })
  }
  for (const seed of task.seeds) {
    if (!(await run(seed))) return
    coverage.take(true)
    keep(seed, true)
  }
  while (runs < task.runs && performance.now() < end) {
    const inputs = Array.from({ length: batch }, () => {
      const of = (): Uint8Array => corpus[random.integer(corpus.length)] as Uint8Array
      return mutate(of(), of(), random)
    })
    for (const input of inputs) if (!(await run(input))) return
    if (!coverage.take(false)) continue
    for (const input of inputs) {
      await run(input)
      if (coverage.take(true)) keep(input, false)
    }
  }
  tell({ done: true, runs, reached: coverage.reached, inputs: corpus.length })
}

if (parentPort) {
  const port = parentPort
  await fuzz(workerData as FuzzTask, (message) => port.postMessage(message))
}
