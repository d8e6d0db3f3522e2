// A stream of alerts whose ordinary rows drift: score each as it comes, forget the past, go on after a crash.
import assert from 'node:assert/strict'
import { createRandom, matrix } from '@astronomaly/core'
import { IsolationForest, SlidingIsolationForest } from '@astronomaly/iforest'

const random = createRandom('example', 'alerts')
const columns = 3
/** A night of alerts around `centre`, the last of them odd. */
const night = (centre: number) => {
  const data = Float32Array.from({ length: 1000 * columns }, () => centre + random.normal())
  data.set([centre + 7, centre - 7, centre], 999 * columns)
  return matrix(data, 1000, columns)
}

const nights = Array.from({ length: 12 }, (_, n) => night(n < 4 ? 0 : 5))
let forest = new SlidingIsolationForest(columns, { window: 3000, seed: 1 })
for (const [n, alerts] of nights.entries()) {
  const scores = forest.scoreAndUpdate(alerts)
  const alarms = scores.reduce((sum, score) => sum + Number(score > 0.65), 0)
  console.log(`night ${n}: ${alarms} alarms, the odd one scores ${scores[999]?.toFixed(2)}`)
  // Night 4 is unlike all before it; three nights later nothing is left of them in the forest.
  if (n === 4) assert.ok(alarms > 100)
  if (n > 0 && (n < 4 || n > 6)) assert.ok(alarms >= 1 && alarms <= 10 && (scores[999] ?? 0) > 0.65)
  forest = SlidingIsolationForest.from(forest.buffer) // as after a crash: the same bits as if nothing had happened
}
const today = forest.model() // an ordinary model, which no longer changes
assert.equal(today.trees, 100)

// Where nothing drifts: one forest of all rows in one pass, here in two parts that could be two machines.
const still = new IsolationForest({ seed: 1 })
const parts = [0, 1].map((part) => still.start(columns, { part }))
for (const [n, alerts] of nights.entries()) still.partialFit(parts[n % 2]!, alerts)
const [all, other] = parts as [(typeof parts)[0], (typeof parts)[0]]
all.merge(other)
const model = await still.solve(all)
console.log(`one forest of ${all.count} alerts: ${model.scoreMatrix(night(0))[999]?.toFixed(2)}`)
assert.equal(all.count, 12_000)
