import { checkCutout, downloadCutouts } from '../src/node.ts'

/** What the test asks of its child process. */
export interface ChildTask {
  readonly folder: string
  readonly url: string
  readonly count: number
  readonly concurrency: number
}

const { folder, url, count, concurrency }: ChildTask = JSON.parse(process.argv[2] ?? '{}')

function* requests() {
  for (let i = 0; i < count; i++) yield { id: `object ${i}`, url: `${url}/${i}` }
}

const summary = await downloadCutouts(requests(), {
  ...{ folder, concurrency, retries: 3, baseDelayMs: 2, maxDelayMs: 20, maxRetryAfterMs: 2 },
  ...{ timeoutMs: 3000, minBytesPerSecond: 1000, maxBytes: 100_000 },
  check: (bytes) => checkCutout(bytes, { formats: ['fits'] }),
})
process.stdout.write(JSON.stringify(summary))
