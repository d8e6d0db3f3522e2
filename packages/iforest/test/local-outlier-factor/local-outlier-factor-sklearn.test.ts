import { readFileSync } from 'node:fs'
import { matrix } from '@astronomaly/core'
import { LocalOutlierFactor } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'

interface Golden {
  readonly cases: {
    readonly name: string
    readonly neighbours: number
    readonly columns: number
    readonly rows: number[]
    readonly newRows: number[]
    readonly trainingScores: number[]
    readonly scores: number[]
    readonly offsetOfATenth: number
  }[]
}

const golden = JSON.parse(readFileSync(new URL('../golden/sklearn-lof.json', import.meta.url), 'utf8')) as Golden

function largestRelativeDifference(ours: ArrayLike<number>, theirs: readonly number[]): number {
  expect(ours.length).toBe(theirs.length)
  return theirs.reduce((most, score, i) => Math.max(most, Math.abs(ours[i]! / score - 1)), 0)
}

describe.each(golden.cases)('local outlier factors like scikit-learn’s: $name', (theirs) => {
  const { columns, neighbours } = theirs
  const table = matrix(Float32Array.from(theirs.rows), theirs.rows.length / columns, columns)
  const fresh = matrix(Float32Array.from(theirs.newRows), theirs.newRows.length / columns, columns)

  it('for fitted and for new rows', async () => {
    const model = await new LocalOutlierFactor({ neighbours }).fit(table)
    expect(model.offset).toBe(1.5)
    // Both sum squares of the same f32 values in f64, in another order: 1e-14. Where a row lies among more duplicates than neighbours
    // its reachability distance is 1e-10 alone; the golden file's ties are parted by 1e-11 at most.
    expect(largestRelativeDifference(model.trainingScores, theirs.trainingScores)).toBeLessThan(1e-9)
    expect(largestRelativeDifference(await model.score(fresh), theirs.scores)).toBeLessThan(1e-9)
  })

  it('and the offset of a contamination', async () => {
    const model = await new LocalOutlierFactor({ neighbours, contamination: 0.1 }).fit(table)
    // As above; interpolated between two scores as theirs.
    expect(Math.abs(model.offset / theirs.offsetOfATenth - 1)).toBeLessThan(1e-9)
  })
})
