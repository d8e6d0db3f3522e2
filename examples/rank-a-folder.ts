// The whole way as a program: simulate a small survey, rank it, label as a person who knows the truth would, rank again, report.
import assert from 'node:assert/strict'
import { currentOrder, label, openRun, rank, readTruth, simulateLabels, writeReport } from '@astronomaly/pipeline'
import { writeSurvey } from '@astronomaly/simulate/node'

await writeSurvey('survey', { count: 300, seed: 1, size: 80, fractions: { anomaly: 0.08 } })
const summary = await rank({
  folder: 'survey/images',
  out: 'run',
  catalogue: 'survey/catalogue.fits',
  seed: 1,
  workers: 2,
})
console.log(`${summary.objects} objects, ${summary.featureColumns} features, ${summary.components} components`)

const truth = await readTruth(await openRun('run'), 'survey/truth.csv')
const anomalies = new Set(truth.rows.filter((_, i) => (truth.ratings[i] as number) >= 3))
const inTop = async (): Promise<number> =>
  Array.from(currentOrder(await openRun('run'), { top: 30 })).filter((row) => anomalies.has(row)).length

const before = await inTop()
const ratings = await simulateLabels({
  run: 'run',
  truth: 'survey/truth.csv',
  learner: 'forest-gp',
  labels: 60,
  batch: 20,
})
await label({ run: 'run', labels: ratings, learner: 'forest-gp' })
const after = await inTop()
console.log(
  `anomalies among the first 30: ${before} before, ${after} after 60 labels (${Math.min(30, anomalies.size)} possible)`,
)
assert.ok(after > before)
console.log(await writeReport({ run: 'run' }))
