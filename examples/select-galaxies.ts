// The paper's cuts on a catalogue: what each excludes, the rows that are left, and the same as a query for a TAP service.
import assert from 'node:assert/strict'
import { createRandom } from '@astronomaly/core'
import type { TableColumn } from '@astronomaly/core/table'
import {
  arithmetic,
  compare,
  evaluateCuts,
  formatCutReport,
  paperCuts,
  renderAdql,
  selectRows,
} from '@astronomaly/survey'

const random = createRandom('example', 'catalogue')
const rowCount = 2000
const columns = new Map<string, TableColumn>()
const add = (name: string, value: (row: number) => number) =>
  columns.set(name, { values: Float64Array.from({ length: rowCount }, (_, row) => value(row)), width: 1 })

add('ls_id', (row) => 10_000 + row)
columns.set('type', {
  values: Array.from({ length: rowCount }, () => (random.uniform() < 0.4 ? 'PSF ' : 'EXP ')),
  width: 1,
})
for (const band of ['g', 'r', 'z']) {
  add(`flux_${band}`, () => Math.exp(1.5 + random.normal()))
  add(`flux_ivar_${band}`, () => (random.uniform() < 0.03 ? 0 : 25)) // snr is computed, as for the survey's own files
  add(`allmask_${band}`, () => Number(random.uniform() < 0.05))
  add(`rchisq_${band}`, () => 1 + 0.1 * random.normal())
}
add('shapedev_r', () => 0)
add('shapeexp_r', () => 4 * random.uniform())
const table = { rowCount, columns }

// Three known objects are tagged; a cut of one's own is made of the same parts.
const cuts = [
  ...paperCuts,
  { name: 'blue', keep: compare(arithmetic('flux_g', '-', arithmetic('flux_r', '*', 0.2)), '>', 0) },
]
const report = await evaluateCuts(table, cuts, { tag: { column: 'ls_id', ids: [10_007, 10_013, 10_029] } })
console.log(formatCutReport(report))
assert.deepEqual([report.rows.tagged, report.survivors.tagged], [3, 1])

let survivors = 0
for await (const batch of selectRows(table, cuts, { select: ['ls_id', 'flux_r'] })) {
  survivors += batch.rowCount
  console.log(`rows ${batch.rows.subarray(0, 3).join(', ')} … are left`)
}
assert.equal(survivors, report.survivors.all)

const adql = renderAdql({ table: 'ls_dr8.tractor', select: ['ls_id', 'ra', 'dec'], cuts: paperCuts, top: 1000 })
console.log(adql)
assert.match(adql, /^SELECT TOP 1000 ls_id, ra, "dec" FROM ls_dr8\.tractor WHERE type <> 'PSF' AND /)
