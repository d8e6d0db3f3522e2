import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IdRows } from '../../src/acquire/id-rows.ts'

describe('IdRows', () => {
  it('tells the first row of every id, as a map does', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }), (ids) => {
        const rows = new IdRows(4)
        const map = new Map<string, number>()
        for (const [row, id] of ids.entries()) {
          expect(rows.add(id, row)).toBe(map.get(id))
          if (!map.has(id)) map.set(id, row)
        }
      }),
      { seed: 5, numRuns: 200 },
    )
  })

  it('keeps them while it grows', () => {
    const rows = new IdRows()
    for (let row = 0; row < 20_000; row++) expect(rows.add(`object ${row}`, row)).toBeUndefined()
    for (let row = 0; row < 20_000; row += 37) expect(rows.add(`object ${row}`, 0)).toBe(row)
  })
})
