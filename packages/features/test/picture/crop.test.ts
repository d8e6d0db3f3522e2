import { ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { centreCrop, centreSquare, zoom } from '../../src/picture/crop.ts'
import { draw } from '../pictures.ts'

describe('centreCrop', () => {
  it('takes as many pixels off one edge as off the other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (height, width, fraction) => {
          const { data, shape } = centreCrop(
            draw(height, width, (x, y) => 100 * y + x),
            fraction,
          )
          expect(data[0]! + data[data.length - 1]!).toBe(100 * (height - 1) + width - 1)
          // Rounding to the parity of the side moves it by at most one pixel.
          expect(Math.abs(shape[0] - height * fraction)).toBeLessThanOrEqual(2)
        },
      ),
      { seed: 1, numRuns: 100 },
    )
  })

  it('rejects a share outside of (0, 1]', () => {
    for (const fraction of [0, 1.1, Number.NaN]) {
      expect(() =>
        centreCrop(
          draw(4, 4, () => 1),
          fraction,
        ),
      ).toThrow(ParameterError)
    }
  })
})

describe('centreSquare', () => {
  it('cuts the longer sides, the far edge first', () => {
    const picture = draw(2, 5, (x, y) => 10 * y + x)
    expect([...centreSquare(picture).data]).toEqual([1, 2, 11, 12])
    expect(centreSquare(draw(300, 2, () => 1)).shape).toEqual([2, 2, 1])
  })
})

describe('zoom', () => {
  it('enlarges about the centre and keeps the size', () => {
    const picture = draw(12, 12, (x, y) => x + y)
    const out = zoom(picture, 1.5)
    expect(out.shape).toEqual([12, 12, 1])
    // The centre of a linear ramp stays where it was; f32 rounding of numbers up to 22.
    expect((out.data[5 * 12 + 5]! + out.data[6 * 12 + 6]!) / 2).toBeCloseTo(11, 5)
    expect(out.data[0]).toBeGreaterThan(picture.data[0]!)
    expect(() => zoom(picture, 0.9)).toThrow(ParameterError)
  })
})
