import { createRandom } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { WeightedRows } from '../../src/grow/weighted-rows.ts'

const draws = 20_000

/** How often each sequence of rows is drawn. */
function sequences(weights: readonly number[], count: number): Map<string, number> {
  const rows = new WeightedRows(weights, weights.length)
  const random = createRandom(3, 'weighted-rows')
  const found = new Map<string, number>()
  for (let i = 0; i < draws; i++) {
    const key = rows.sample(count, random).join(' ')
    found.set(key, (found.get(key) ?? 0) + 1)
  }
  return found
}

/** The probability that one row after another is drawn, each by its share of what is left. */
function probability(weights: readonly number[], rows: readonly number[]): number {
  let left = weights.reduce((a, b) => a + b, 0)
  let product = 1
  for (const row of rows) {
    product *= weights[row]! / left
    left -= weights[row]!
  }
  return product
}

function expectSequences(found: ReadonlyMap<string, number>, of: (rows: number[]) => number, kinds: number): void {
  expect(found.size).toBe(kinds)
  for (const [key, count] of found) {
    const p = of(key.split(' ').map(Number))
    // 4.5 standard errors of a binomial count.
    expect(Math.abs(count - draws * p), key).toBeLessThan(4.5 * Math.sqrt(draws * p * (1 - p)))
  }
}

describe('WeightedRows', () => {
  it('draws one row after another, each by its share of the weight that is left', () => {
    const weights = [1, 0, 2, 3, 6]
    expectSequences(sequences(weights, 3), (rows) => probability(weights, rows), 24)
    expectSequences(sequences(weights, 4), (rows) => probability(weights, rows), 24)
  })

  it('gives equal weights no preference: any order of any rows', () => {
    const weights = [5, 5, 5, 5]
    expectSequences(sequences(weights, 2), () => 1 / 12, 12)
  })

  it.each([
    ['a giant', 1e20],
    ['the largest number', 1.7e308],
  ])('draws the small by their shares when %s is gone', (_, giant) => {
    // After row 0 nothing new is hit by chance any more: the others are drawn by keys.
    const weights = [giant, 1, 2, 3]
    expectSequences(sequences(weights, 3), ([first, ...rest]) => (first === 0 ? probability([0, 1, 2, 3], rest) : 0), 6)
  })

  it('draws denormal weights by their shares', () => {
    const unit = 5e-324
    const weights = [1e300, unit, 2 * unit, 3 * unit]
    expectSequences(sequences(weights, 2), ([, second]) => second! / 6, 3)
  })

  it('draws with replacement by the shares of all', () => {
    const weights = [0, 1, 0, 3, 4, 0]
    const rows = new WeightedRows(weights, 6)
    expect(rows.positive).toBe(3)
    const random = createRandom(4, 'weighted-rows')
    const counts = new Float64Array(6)
    for (let i = 0; i < draws; i++) counts[rows.draw(random)]!++
    for (const [row, count] of counts.entries()) {
      const p = weights[row]! / 8
      // 4.5 standard errors of a binomial count.
      expect(Math.abs(count - draws * p)).toBeLessThanOrEqual(4.5 * Math.sqrt(draws * p * (1 - p)))
    }
  })

  it('draws all rows of weight when as many are asked for', () => {
    const random = createRandom(5, 'weighted-rows')
    const weights = Float64Array.from({ length: 500 }, (_, i) => (i % 5 === 0 ? 0 : 10 ** (i % 40)))
    const rows = new WeightedRows(weights, 500).sample(400, random)
    expect([...rows].sort((a, b) => a - b)).toEqual([...weights.keys()].filter((i) => i % 5 !== 0))
  })
})
