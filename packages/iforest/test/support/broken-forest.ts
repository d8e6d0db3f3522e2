import type { Rows } from '@astronomaly/core'
import { IsolationForest, IsolationForestModel } from '@astronomaly/iforest'
import { expect, it } from 'vitest'
import { forestChecks } from './forest-checks.ts'
import type { FittedForest, ForestUnderTest } from './forest-under-test.ts'

/** The package's own forest. */
export const own: ForestUnderTest = {
  fit: (rows, options, run) => new IsolationForest(options).fit(rows, run),
  from: (buffer) => IsolationForestModel.from(buffer),
  fromJSON: (json) => IsolationForestModel.fromJSON(json),
  extend: (model, rows, options) => new IsolationForest(options).extend(model as IsolationForestModel, rows),
  merge: (a, b) => (a as IsolationForestModel).merge(b as IsolationForestModel),
}

/** The package's own forest, but for how it is fitted. */
export function fitWith(fit: ForestUnderTest['fit']): ForestUnderTest {
  return { ...own, fit }
}

/** The package's own forest, but for some of what a fitted one does. */
export function fittedWith(
  change: (model: IsolationForestModel, rows: Rows) => Partial<FittedForest>,
): ForestUnderTest {
  return fitWith(async (rows, options, run) => {
    const model = await new IsolationForest(options).fit(rows, run)
    return changed(model, change(model, rows))
  })
}

/** What a model shows of itself, some of it replaced. */
export function changed(model: IsolationForestModel, change: Partial<FittedForest>): FittedForest {
  return {
    forest: model.forest,
    trees: model.trees,
    sampleSize: model.sampleSize,
    buffer: model.buffer,
    score: (rows) => model.score(rows),
    isAnomaly: (rows) => model.isAnomaly(rows),
    explain: (row) => model.explain(row),
    toJSON: () => model.toJSON(),
    ...change,
  }
}

/** A forest that is wrong on purpose, the check that must catch it, and what that must say. */
export type BrokenForest = [wrong: string, forest: ForestUnderTest, check: string, message: RegExp]

/** One test for each broken forest: its check fails, for the right reason. */
export function expectCaught(broken: readonly BrokenForest[]): void {
  it.each(broken)('%s is caught', async (_, forest, name, message) => {
    const check = forestChecks(forest).find((c) => c.name === `forest ${name}`)
    expect(check, name).toBeDefined()
    await expect(check!.run()).rejects.toThrow(message)
  })
}
