import { createRandom, FormatError, matrix, ParameterError } from '@astronomaly/core'
import { type ForeignTree, type ImportTreesOptions, importTrees } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { awkwardRows, foreignPathLength, randomTree } from '../support/plain-forest.ts'

const stump: ForeignTree = {
  left: [1, -1, -1],
  right: [2, -1, -1],
  feature: [0, -2, -2],
  threshold: [0.5, -2, -2],
  size: [3, 2, 1],
}
const options: ImportTreesOptions = { columns: 2, sampleSize: 3 }

describe('importTrees', () => {
  it.each(['<=', '<'] as const)('decides every f32 as the f64 threshold does, with %s', async (split) => {
    for (let seed = 0; seed < 30; seed++) {
      const random = createRandom(seed, 'import-trees')
      const trees = Array.from({ length: 5 }, (_, t) => ({
        ...randomTree(random, 3, 1 + 9 * t, 0.5),
        columns: [4, 0, 2],
      }))
      const rows = awkwardRows(seed, 100, 5)
      const model = importTrees(trees, { columns: 5, sampleSize: 256, split })
      const lengths = await model.pathLengths(matrix(rows, 100, 5))
      for (let k = 0; k < 100; k++) {
        let sum = 0
        for (const tree of trees) sum += foreignPathLength(tree, rows.subarray(5 * k, 5 * k + 5), split)
        expect(lengths[k]).toBe(sum / 5)
      }
    }
  })

  it('sends a row on the threshold left or right as the program did', () => {
    const row = matrix(Float32Array.of(0.5, 0), 1, 2)
    const [ofTwo, ofOne] = [2 ** -(2 / 1.207392357589623), 2 ** -(1 / 1.207392357589623)]
    // Depth 1 and c(2) = 1 on the left, depth 1 alone on the right, over c(3); 1e-15 is the rounding of the division.
    expect(Math.abs(importTrees([stump], options).scoreMatrix(row)[0]! - ofTwo)).toBeLessThan(1e-15)
    expect(Math.abs(importTrees([stump], { ...options, split: '<' }).scoreMatrix(row)[0]! - ofOne)).toBeLessThan(1e-15)
  })

  it.each<[string, Partial<ForeignTree>]>([
    ['a child that does not exist', { right: [3, -1, -1] }],
    ['a child that is the node itself', { left: [0, -1, -1] }],
    ['one node as both children', { left: [2, -1, -1] }],
    ['a node with one child', { left: [-1, -1, -1] }],
    ['a circle', { left: [1, 1, -1], right: [2, 2, -1] }],
    ['nodes out of reach', { left: [-1, -1, -1], right: [-1, -1, -1] }],
    ['a column that does not exist', { feature: [2, -2, -2] }],
    ['a negative column', { feature: [-1, -2, -2] }],
    ['a column outside the subset', { columns: [] }],
    ['a threshold that is not finite', { threshold: [Number.NaN, -2, -2] }],
    ['a threshold beyond 32-bit floats', { threshold: [1e39, -2, -2] }],
    ['a leaf without rows', { size: [3, 0, 1] }],
    ['more rows than a tree was grown on', { size: [3, 2, 100_000] }],
    ['a leaf of half a row', { size: [3, 1.5, 1] }],
    ['arrays of different lengths', { size: [3, 2] }],
    ['an object in place of an array', { left: { length: 1e9 } as number[] }],
    ['an array that is missing', { size: undefined as never }],
    ['columns that are no array', { columns: 'ab' as never }],
    ['a number that no text can be made of', { size: [3, { toString: null } as never, 1] }],
    ['no nodes', { left: [], right: [], feature: [], threshold: [], size: [] }],
  ])('rejects %s', (_, change) => {
    expect(() => importTrees([{ ...stump, ...change }], options)).toThrow(FormatError)
  })

  it('rejects no trees, and options that it does not know or cannot take', () => {
    expect(() => importTrees([], options)).toThrow(FormatError)
    for (const trees of [{ length: 1 }, 'x', null, [null], [1], [[]]]) {
      expect(() => importTrees(trees as never, options)).toThrow(FormatError)
    }
    for (const wrong of [
      { columns: 0 },
      { sampleSize: 0 },
      { split: '>' },
      { pathLength: 'x' },
      { missing: 'x' },
      { offset: Number.NaN },
      { trees: 1 },
    ]) {
      expect(() => importTrees([stump], { ...options, ...wrong } as ImportTreesOptions)).toThrow(ParameterError)
    }
  })
})
