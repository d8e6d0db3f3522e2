import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

/** Scores with 0 and with 2 workers by what is built; prints whether the bits agree, and how many threads began. */
const program = `
import { createRandom, matrix } from '@astronomaly/core'
import { IsolationForest, LocalOutlierFactor } from '@astronomaly/iforest'
let begun = 0
process.on('worker', (worker) => worker.on('message', (message) => { if (message.ready) begun++ }))
const random = createRandom(1, 'threads', 0)
const rows = matrix(Float32Array.from({ length: 20_000 * 4 }, () => random.normal()), 20_000, 4)
const results = []
for (const Estimator of [IsolationForest, LocalOutlierFactor]) {
  const model = await new Estimator(Estimator === IsolationForest ? { trees: 20, seed: 1 } : {}).fit(rows)
  const [alone, together] = [await model.score(rows), await model.score(rows, { workers: 2 })]
  results.push(Buffer.from(alone.buffer).equals(Buffer.from(together.buffer)), begun)
}
console.log(JSON.stringify(results))
`

describe('the built packages', () => {
  it('have the threads of their kernels', async () => {
    const cwd = fileURLToPath(new URL('../../pipeline', import.meta.url))
    const run = promisify(execFile)
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd })
    expect(JSON.parse(stdout)).toEqual([true, 2, true, 4])
  })
})
