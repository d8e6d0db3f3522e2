import { createRandom, matrix } from '@astronomaly/core'
import { IsolationForest, importTrees } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { normalRows } from '../support/data.ts'
import { awkwardRows, plainPathLength, randomTree } from '../support/plain-forest.ts'

describe('the walk through flat trees', () => {
  it.each([
    ['bushy trees', 0.5, [0, 1, 2, 7, 30, 255]],
    ['chains', 1, [1, 5, 40, 700]],
    ['bushy trees beside chains', 0.8, [0, 3, 50, 200]],
  ])('equals a plain recursion bit for bit on %s', async (_, lean, splits) => {
    for (let seed = 0; seed < 12; seed++) {
      const random = createRandom(seed, 'walk')
      const columns = 1 + random.integer(5)
      const trees = splits.map((s, i) => randomTree(random, columns, s, lean === 0.8 && i % 2 ? 1 : lean))
      for (const missing of ['reject', 'both-ways'] as const) {
        const model = importTrees(trees, { columns, sampleSize: 4096, missing })
        // 259 rows: a whole block of 256 and three more, so that groups of four are left over too.
        const rows = awkwardRows(seed, 259, columns, missing === 'reject' ? 0 : 0.1)
        const lengths = await model.pathLengths(matrix(rows, 259, columns))
        for (let k = 0; k < 259; k++) {
          let sum = 0
          for (let t = 0; t < trees.length; t++) {
            sum += plainPathLength(model.forest, model.forest.roots[t]!, rows.subarray(k * columns, (k + 1) * columns))
          }
          expect(lengths[k]).toBe(sum / trees.length)
        }
      }
    }
  })

  it('equals a plain recursion bit for bit on fitted trees of any depth', async () => {
    const rows = normalRows(600, 4)
    for (const maxDepth of ['auto', 'unlimited', 0, 1, 3] as const) {
      const model = await new IsolationForest({ maxDepth, trees: 10, seed: 3 }).fit(rows)
      const lengths = await model.pathLengths(rows)
      for (let k = 0; k < 600; k++) {
        let sum = 0
        for (let t = 0; t < 10; t++) {
          sum += plainPathLength(model.forest, model.forest.roots[t]!, rows.data.subarray(k * 4, k * 4 + 4))
        }
        expect(lengths[k]).toBe(sum / 10)
      }
    }
  })
})
