import { ShapeError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillHoles, labelRegions } from '../../src/morphology/label-regions.ts'
import { centralRegion } from '../../src/picture/central-region.ts'
import { draw, stack } from '../pictures.ts'

const mask = (...rows: string[]) => Uint8Array.from(rows.join(''), (c) => (c === '#' ? 1 : 0))

/** Sky of two levels, none of which is a standard deviation above the median, and light where `lit` says so. */
const field = (side: number, lit: (x: number, y: number) => boolean) =>
  draw(side, side, (x, y) => ((x + y) % 3 === 0 ? 0 : 0.01) + (lit(x, y) ? 10 : 0))

describe('labelRegions', () => {
  it('joins pixels by edges and corners', () => {
    const { labels, count, areas } = labelRegions(mask('#..#', '.#..', '...#'), 3, 4)
    expect(count).toBe(3)
    expect([...labels]).toEqual([1, 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 3])
    expect([...areas]).toEqual([0, 2, 1, 1])
  })

  it('puts each lit pixel into one region and no two regions beside each other', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 60, maxLength: 60, max: 1 }), (pixels) => {
        const { labels, count, areas } = labelRegions(pixels, 6, 10)
        const seen = new Int32Array(count + 1)
        for (let p = 0; p < 60; p++) {
          expect(labels[p]! > 0).toBe(pixels[p] === 1)
          if (labels[p]! > 0) seen[labels[p]!]!++
          for (const q of [p + 1, p + 9, p + 10, p + 11]) {
            const beside = q < 60 && Math.abs((q % 10) - (p % 10)) <= 1
            if (beside && pixels[p] === 1 && pixels[q] === 1) expect(labels[q]).toBe(labels[p])
          }
        }
        expect([...seen]).toEqual([...areas])
      }),
      { seed: 1, numRuns: 100 },
    )
  })
})

describe('fillHoles', () => {
  it('fills what does not reach the edge of the picture by edges of pixels', () => {
    const ring = mask('.###.', '.#.#.', '.##..', '.....')
    expect(fillHoles(ring, 4, 5)).toEqual(mask('.###.', '.###.', '.##..', '.....'))
    const open = mask('.###.', '.#.#.', '.#.#.', '.#.#.')
    expect(fillHoles(open, 4, 5)).toEqual(open)
  })

  it('agrees with a slow search from every pixel', () => {
    const reaches = (pixels: Uint8Array, start: number): boolean => {
      const seen = new Set([start])
      for (const p of seen) {
        const x = p % 8
        const y = Math.floor(p / 8)
        if (x === 0 || x === 7 || y === 0 || y === 5) return true
        for (const q of [p - 1, p + 1, p - 8, p + 8]) if (pixels[q] === 0) seen.add(q)
      }
      return false
    }
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 48, maxLength: 48, max: 1 }), (pixels) => {
        const filled = fillHoles(pixels, 6, 8)
        for (let p = 0; p < 48; p++) expect(filled[p]).toBe(pixels[p] === 1 || !reaches(pixels, p) ? 1 : 0)
      }),
      { seed: 2, numRuns: 100 },
    )
  })
})

describe('centralRegion', () => {
  it('keeps the region that covers the centre and nothing else', () => {
    const picture = field(21, (x, y) => Math.hypot(x - 10, y - 10) < 3 || Math.hypot(x - 3, y - 3) < 2)
    const { inside, image: kept, found } = centralRegion(picture)
    expect(found).toBe('centre')
    expect(inside[10 * 21 + 10]).toBe(1)
    expect(inside[3 * 21 + 3]).toBe(0)
    expect(kept.data[10 * 21 + 10]).toBe(picture.data[10 * 21 + 10])
    expect(kept.data[3 * 21 + 3]).toBe(0)
  })

  it('counts the hole of a ring to the ring', () => {
    const { inside, found } = centralRegion(field(21, (x, y) => Math.abs(Math.hypot(x - 10, y - 10) - 6) < 1.2))
    expect(found).toBe('centre')
    expect(inside[10 * 21 + 10]).toBe(1)
  })

  it('takes the nearest region when none covers the centre, and says so', () => {
    const { inside, found } = centralRegion(field(21, (x, y) => (x > 14 && y > 14) || (x < 4 && y < 2)))
    expect(found).toBe('nearest')
    expect(inside[16 * 21 + 16]).toBe(1)
    expect(inside[0]).toBe(0)
  })

  it('finds nothing in a constant picture', () => {
    const { image: kept, found } = centralRegion(draw(5, 5, () => 3))
    expect(found).toBe('none')
    expect(kept.data.every((v) => v === 0)).toBe(true)
  })

  it('takes missing pixels for sky', () => {
    const picture = field(21, (x, y) => Math.hypot(x - 10, y - 10) < 4)
    picture.data[0] = Number.NaN
    const { image: kept } = centralRegion(picture)
    expect(kept.data.every(Number.isFinite)).toBe(true)
  })

  it('rejects pictures of several planes', () => {
    const plane = draw(3, 3, () => 1)
    expect(() => centralRegion(stack(plane, plane))).toThrow(ShapeError)
  })
})
