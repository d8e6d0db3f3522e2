import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { copyRows } from '../../src/grow/copy-rows.ts'

describe('copyRows', () => {
  it('copies rows of any width, wherever the table begins in its buffer, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 30 }),
        fc.nat(3),
        fc.array(fc.nat(), { maxLength: 20 }),
        (columns, count, skip, picks) => {
          const data = Float32Array.from({ length: skip + columns * count }, (_, i) => i + 0.5).subarray(skip)
          const rows = Uint32Array.from(picks, (pick) => pick % count)
          const copy = new Float32Array(columns * rows.length)
          copyRows(data, rows, columns, copy)
          const expected = Array.from(rows).flatMap((row) => [...data.subarray(row * columns, (row + 1) * columns)])
          expect([...copy]).toEqual(expected)
        },
      ),
      { seed: 1, numRuns: 300 },
    )
  })

  it('keeps signed zeros, denormals, infinities and the missing as what they are', () => {
    const values = Float32Array.of(0, -0, 1.4e-45, Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY)
    for (const columns of [2, 3]) {
      const copy = new Float32Array(6)
      copyRows(
        values,
        Uint32Array.from({ length: 6 / columns }, (_, k) => k),
        columns,
        copy,
      )
      expect(copy).toEqual(values)
    }
  })
})
