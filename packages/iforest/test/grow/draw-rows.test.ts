import { createRandom, type Random, toRowSource } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { type DrawOptions, drawRows } from '../../src/grow/draw-rows.ts'
import { chiSquaredSigmas, numberedRows, uncounted } from '../support/data.ts'

const options = (trees: number, sampleSize: number, bootstrap: boolean): DrawOptions => ({
  trees,
  sampleSize,
  bootstrap,
  missing: 'reject',
  seed: 11,
  randomOf: (tree: number): Random => createRandom(11, 'draw-rows', tree),
})

/** For each tree, the numbers of the rows that it drew. */
async function drawn(rows: number, counted: boolean, draw: DrawOptions): Promise<number[][]> {
  const source = counted ? toRowSource(numberedRows(rows)) : uncounted(numberedRows(rows), 7)
  const { data, trees } = await drawRows(source, draw, {})
  return trees.map((tree) => Array.from(tree, (row) => data[row]!))
}

describe.each([
  ['a source that counts its rows', true],
  ['a reservoir', false],
])('rows drawn from %s', (_, counted) => {
  it('are different within a tree, and every row is as likely as any other', async () => {
    const counts = new Array<number>(40).fill(0)
    for (const tree of await drawn(40, counted, options(4000, 10, false))) {
      expect(new Set(tree).size).toBe(10)
      for (const row of tree) counts[row]!++
    }
    // Drawing without replacement makes the counts more even than chi squared expects: never far above, and not far below.
    expect(Math.abs(chiSquaredSigmas(counts, 1000))).toBeLessThan(4)
  })

  it('are with replacement, when asked, as often equal as chance has it', async () => {
    const counts = new Array<number>(40).fill(0)
    let distinct = 0
    for (const tree of await drawn(40, counted, options(4000, 10, true))) {
      distinct += new Set(tree).size
      for (const row of tree) counts[row]!++
    }
    // The mean number of different rows among 10 of 40 is 40 (1 − (39/40)^10), with a deviation of about 0.9 a tree.
    expect(Math.abs(distinct / 4000 - 40 * (1 - (39 / 40) ** 10))).toBeLessThan((4 * 0.9) / Math.sqrt(4000))
    expect(Math.abs(chiSquaredSigmas(counts, 1000))).toBeLessThan(4)
  })

  it('pair up without preference', async () => {
    const pairs = new Array<number>(36).fill(0)
    for (const tree of await drawn(9, counted, options(4000, 2, false))) {
      const [a, b] = tree.sort((x, y) => x - y) as [number, number]
      pairs[(b * (b - 1)) / 2 + a]!++
    }
    // 36 pairs are one multinomial of 4,000 draws: chi squared as it stands.
    expect(Math.abs(chiSquaredSigmas(pairs, 4000 / 36))).toBeLessThan(4)
  })

  it('are all rows when the sample is as large as the source or larger', async () => {
    for (const size of [30, 99]) {
      for (const tree of await drawn(30, counted, options(5, size, false))) {
        expect(tree.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, i) => i))
      }
    }
  })
})

it('holds a row that several trees drew once, when it knows how many rows there are', async () => {
  const { data, trees } = await drawRows(toRowSource(numberedRows(50)), options(100, 25, false), {})
  expect(trees).toHaveLength(100)
  expect(Array.from(data)).toEqual(Array.from({ length: 50 }, (_, i) => i))
})
