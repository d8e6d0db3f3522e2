// npm run fuzz -- [target …] [--seconds N | --runs N] [--seed S]: looks for inputs that break a reader, led by the code that they reach.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { FuzzMessage, FuzzTask } from './fuzz-worker.ts'
import { seedsOf } from './seeds.ts'
import { targets } from './targets.ts'

/** A run that takes longer hangs. */
const longestMilliseconds = 10_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { seconds: { type: 'string' }, runs: { type: 'string' }, seed: { type: 'string', default: '1' } },
})
const folder = process.env.ASTRONOMALY_FUZZ_FOLDER as string
const script = process.env.ASTRONOMALY_FUZZ_WORKER as string
const milliseconds = 1000 * Number(values.seconds ?? (values.runs ? 3600 : 60))
const runs = Number(values.runs ?? Number.MAX_SAFE_INTEGER)

function save(kind: string, target: string, input: Uint8Array): string {
  const place = join(folder, kind, target)
  mkdirSync(place, { recursive: true })
  const file = join(place, `${createHash('sha256').update(input).digest('hex').slice(0, 16)}.gz`)
  writeFileSync(file, gzipSync(input, { level: 9 }))
  return file
}

function corpusOf(target: string): Uint8Array[] {
  const place = join(folder, 'corpus', target)
  if (!existsSync(place)) return []
  return readdirSync(place)
    .sort()
    .map((name) => new Uint8Array(gunzipSync(readFileSync(join(place, name)))))
}

/** Fuzzes one target. @returns Whether it held. */
function fuzz(target: string): Promise<boolean> {
  const state = new Int32Array(new SharedArrayBuffer(8))
  const current = new Uint8Array(new SharedArrayBuffer(1 << 20))
  const seeds = [...seedsOf(target, join(folder, '..', '..', 'packages')), ...corpusOf(target)]
  const task: FuzzTask = {
    target,
    seed: values.seed,
    seeds,
    runs,
    milliseconds,
    state,
    current,
    script: pathToFileURL(script).href,
  }
  const worker = new Worker(script, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: 1024 } })
  return new Promise((resolve) => {
    let last = -1
    const stop = (held: boolean): void => {
      clearInterval(watch)
      void worker.terminate()
      resolve(held)
    }
    const fail = (input: Uint8Array, reason: string): void => {
      console.error(`${target}: ${save('failures', target, input)}\n${reason}`)
      stop(false)
    }
    const atWork = (): Uint8Array => current.slice(0, Atomics.load(state, 1))
    const watch = setInterval(() => {
      const now = Atomics.load(state, 0)
      if (now === last) fail(atWork(), `took longer than ${longestMilliseconds / 1000} s`)
      last = now
    }, longestMilliseconds)
    worker.on('message', (message: FuzzMessage) => {
      if ('found' in message) {
        // A check of so many runs leaves the corpus as it is, and so is the same each time.
        if (values.runs === undefined) save('corpus', target, message.found)
      } else if ('failed' in message) fail(message.failed, message.reason)
      else {
        console.log(
          `${target}: ${message.runs} runs, ${message.inputs} inputs reach ${message.reached} characters of code`,
        )
        stop(true)
      }
    })
    worker.on('error', (error) => fail(atWork(), String(error.stack)))
  })
}

for (const target of positionals.length > 0 ? positionals : Object.keys(targets)) {
  if (!(await fuzz(target))) process.exitCode = 1
}
