import { NumericalError, ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { luptonRgb } from '../../src/picture/lupton-rgb.ts'
import { asinhStretch, logStretch, minMaxScale, percentileClip } from '../../src/picture/stretch.ts'
import { draw, galaxy, stack } from '../pictures.ts'

const ramp = draw(1, 101, (x) => x)

describe('stretches', () => {
  it('follow their formulas', () => {
    // f32 rounding of numbers in [0, 1].
    expect(asinhStretch(ramp).data[30]).toBeCloseTo(Math.asinh(30) / Math.asinh(100), 6)
    expect(logStretch(ramp, { contrast: 9 }).data[50]).toBeCloseTo(Math.log10(5.5), 6)
    expect(minMaxScale(ramp).data[25]).toBeCloseTo(0.25, 6)
    expect(percentileClip(ramp, { low: 10, high: 90 }).data[30]).toBeCloseTo(0.25, 6)
  })

  it('bring 0 to 0 and the maximum to 1, and keep missing pixels', () => {
    const picture = draw(1, 4, (x) => [0, Number.NaN, 3, 7][x]!)
    for (const stretch of [asinhStretch, logStretch, minMaxScale]) {
      const { data } = stretch(picture)
      expect([data[0], data[1], data[3]]).toEqual([0, Number.NaN, 1])
    }
  })

  it('scale all planes together, which keeps colours', () => {
    const picture = stack(
      draw(1, 2, (x) => x),
      draw(1, 2, (x) => 4 * x),
    )
    expect([...minMaxScale(picture).data]).toEqual([0, 0, 0.25, 1])
  })

  it('reject pictures without a range and options that make none', () => {
    const flat = draw(2, 2, () => 0)
    for (const stretch of [asinhStretch, logStretch, minMaxScale, percentileClip]) {
      expect(() => stretch(flat)).toThrow(NumericalError)
      expect(() => stretch(draw(2, 2, () => Number.NaN))).toThrow(NumericalError)
    }
    expect(() => asinhStretch(ramp, { softening: 0 })).toThrow(ParameterError)
    expect(() => logStretch(ramp, { contrast: -1 })).toThrow(ParameterError)
    expect(() => percentileClip(ramp, { low: 50, high: 50 })).toThrow(ParameterError)
  })
})

describe('luptonRgb', () => {
  it('shows survey bands red first, within 0 … 255, and sky black', () => {
    const out = luptonRgb(galaxy(48, 0.3))
    expect(out.shape).toEqual([48, 48, 3])
    expect(Math.min(...out.data)).toBe(0)
    // The brightest plane of a saturated pixel is 255 within f32 rounding.
    expect(Math.max(...out.data)).toBeLessThanOrEqual(255.0001)
    const blue = draw(9, 9, (x, y) => (x === 4 && y === 4 ? 50 : (x + y) % 3))
    const red = draw(9, 9, (x, y) => (x + y) % 3)
    const pixel = luptonRgb(stack(blue, red, red)).data.subarray(3 * 40, 3 * 41)
    expect(pixel[2]).toBeGreaterThan(pixel[0]!)
  })

  it('shows one band grey, missing pixels black and a constant band black', () => {
    const grey = luptonRgb(draw(3, 3, (x, y) => (x === 1 && y === 1 ? Number.NaN : x + y)))
    expect(grey.shape).toEqual([3, 3, 1])
    expect(grey.data[4]).toBe(0)
    expect(luptonRgb(draw(3, 3, () => 5)).data.every((v) => v === 0)).toBe(true)
  })

  it('keeps the hue of pixels too bright to show', () => {
    const band = (peak: number) => draw(9, 9, (x, y) => (x === 4 && y === 4 ? peak : (x + 2 * y) % 5))
    const pixel = luptonRgb(stack(band(1e6), band(2e6), band(4e6))).data.subarray(3 * 40, 3 * 41)
    // Bands keep their ratio: the sky taken off is 2 of millions.
    expect(pixel[0]! / pixel[2]!).toBeCloseTo(4, 4)
    expect(pixel[0]).toBeCloseTo(255, 3)
  })

  it('rejects options that it does not know or that make no sense', () => {
    expect(() => luptonRgb(ramp, { softening: 0 })).toThrow(ParameterError)
    expect(() => luptonRgb(ramp, { q: 8 } as object)).toThrow(ParameterError)
    expect(() => luptonRgb(draw(1, 2, (x) => 1 / x))).toThrow(NumericalError)
  })
})
