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
          copyRows(data, rows, columns, copy, count % 2 === 0)
          const expected = Array.from(rows).flatMap((row) => [...data.subarray(row * columns, (row + 1) * columns)])
          expect([...copy]).toEqual(expected)
        },
      ),
      { seed: 1, numRuns: 300 },
    )
  })

  it('keeps signed zeros, denormals, infinities and the missing as what they are, whatever their bits', () => {
    const values = Float32Array.of(0, -0, 1.4e-45, Number.POSITIVE_INFINITY, 1.5, 2.5, 3.5, Number.NEGATIVE_INFINITY)
    const bits = new Uint32Array(values.buffer)
    bits[5] = 0xffffffff
    bits[6] = 0x7fbfffff // A NaN that signals.
    for (const columns of [2, 4]) {
      const copy = new Float32Array(8)
      const rows = Uint32Array.from({ length: 8 / columns }, (_, k) => k)
      copyRows(values, rows, columns, copy, false)
      expect(new Uint32Array(copy.buffer)).toEqual(bits)
    }
  })
})
