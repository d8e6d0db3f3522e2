import { NumericalError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { minimiseAsymmetry, rotationDifference } from '../../src/morphology/asymmetry.ts'
import { blurPlane } from '../../src/morphology/blur-plane.ts'
import { boxMean } from '../../src/morphology/box-mean.ts'
import { gini } from '../../src/morphology/gini.ts'
import { growthCurve } from '../../src/morphology/growth-curve.ts'
import { leastM20, m20 } from '../../src/morphology/m20.ts'
import { draw } from '../pictures.ts'

const plane = (height: number, width: number, value: (x: number, y: number) => number) =>
  Float64Array.from(draw(height, width, value).data)
const every = (n: number) => Array.from({ length: n }, (_, p) => p)

describe('gini', () => {
  it('is 0 when all have the same and 1 when one has everything', () => {
    expect(gini([3, 3, 3, 3])).toBe(0)
    expect(gini([0, 0, 0, 9])).toBe(1)
    expect(gini([])).toBe(0)
    expect(gini([0, 0])).toBe(0)
    expect(gini([5])).toBe(0)
  })

  it('is a third for evenly spread values, and for an exponential distribution a half', () => {
    // Quantiles of the distributions at 2000 points; the sums are good to one part in the number of points.
    expect(gini(every(2000).map((i) => i + 0.5))).toBeCloseTo(1 / 3, 3)
    expect(gini(every(2000).map((i) => -Math.log(1 - (i + 0.5) / 2000)))).toBeCloseTo(1 / 2, 2)
  })

  it('does not depend on order, sign or unit, and leaves out missing values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 2 }), (values) => {
        const g = gini(values)
        expect(g).toBeGreaterThanOrEqual(0)
        // Rounding of sums.
        expect(g).toBeLessThanOrEqual(1 + 1e-12)
        expect(gini([...values.map((v) => -4 * v).reverse(), Number.NaN])).toBeCloseTo(g, 12)
      }),
      { seed: 1, numRuns: 100 },
    )
    expect(() => gini([1, Number.POSITIVE_INFINITY])).toThrow(NumericalError)
  })
})

describe('m20', () => {
  it('of a point is the least', () => {
    const point = plane(9, 9, (x, y) => (x === 4 && y === 4 ? 1 : 0))
    expect(m20(point, 9, every(81))).toBe(leastM20)
    expect(m20(new Float64Array(81), 9, every(81))).toBe(leastM20)
  })

  it('of two points is that of the brighter one', () => {
    // Light 3 at 0 and 1 at 8: the centre is at 2, moments are 3 · 4 and 1 · 36.
    const two = plane(1, 9, (x) => (x === 0 ? 3 : x === 8 ? 1 : 0))
    expect(m20(two, 9, every(9))).toBeCloseTo(Math.log10(12 / 48), 12)
  })

  it('of a Gaussian is its closed form', () => {
    const s = 12
    const light = plane(161, 161, (x, y) => Math.exp(-((x - 80.3) ** 2 + (y - 79.8) ** 2) / (2 * s * s)))
    // Within u = r²/2s² lies the share 1 − e^−u of the light and 1 − (1 + u) e^−u of the second moment; a fifth: u = −ln 0.8.
    const u = -Math.log(0.8)
    // A fifth is reached to within a ring of equal pixels, 1 to 2 % of 200; 0.01 in the logarithm.
    expect(Math.abs(m20(light, 161, every(161 * 161)) - Math.log10(1 - (1 + u) * 0.8))).toBeLessThan(0.01)
  })

  it('is high for bright places far apart', () => {
    const pair = plane(41, 41, (x, y) => Math.exp(-Math.hypot(x - 8, y - 20)) + Math.exp(-Math.hypot(x - 32, y - 20)))
    const single = plane(41, 41, (x, y) => 2 * Math.exp(-Math.hypot(x - 20, y - 20)))
    expect(m20(pair, 41, every(1681))).toBeGreaterThan(-0.75)
    expect(m20(single, 41, every(1681))).toBeLessThan(-1.3)
  })
})

describe('rotationDifference', () => {
  it('is 0 for a symmetric picture and 2 for light on one side', () => {
    const even = plane(11, 12, (x, y) => Math.cos(x - 5.5) * Math.exp(-((y - 5) ** 2)))
    // Cosines of mirrored places, rounded to f32.
    expect(rotationDifference(even, 11, 12, 5.5, 5, 20)).toBeLessThan(1e-6)
    const side = plane(11, 11, (x, y) => (x === 8 && y === 5 ? 1 : 0))
    expect(rotationDifference(side, 11, 11, 5, 5, 20)).toBe(2)
    expect(rotationDifference(side, 11, 11, 5, 5, 2)).toBe(0)
  })

  it('takes for 0 what lies across beyond the edge', () => {
    expect(rotationDifference(Float64Array.from([1, 1, 1]), 1, 3, 0, 0, 9)).toBe(2 / 3)
  })
})

describe('minimiseAsymmetry', () => {
  it('finds the centre of a symmetric picture from nearby', () => {
    const light = plane(40, 40, (x, y) => Math.exp(-Math.hypot(x - 17.5, (y - 21) / 0.6) / 4))
    const { x, y, value } = minimiseAsymmetry(light, 40, 40, 19.2, 20.1, 12)
    expect([x, y]).toEqual([17.5, 21])
    // The circle about the centre holds whole pairs of pixels; values are rounded to f32.
    expect(value).toBeLessThan(1e-6)
  })
})

describe('growthCurve', () => {
  const s = 9
  const gauss = plane(150, 150, (x, y) => Math.exp(-((x - 74.5) ** 2 + (y - 74.5) ** 2) / (2 * s * s)))
  const curve = growthCurve(gauss, 150, 150, 74.5, 74.5, 74)
  const total = 2 * Math.PI * s * s

  it('holds the light of a Gaussian within each radius', () => {
    for (const r of [2, 5, 9, 20, 40]) {
      // Pixels of a ninth of s are spread over squares.
      expect(curve.within(r) / total).toBeCloseTo(1 - Math.exp(-(r * r) / (2 * s * s)), 2)
    }
  })

  it('gives the concentration of a Gaussian', () => {
    const wanted = 2.5 * Math.log10(Math.log(0.2) / Math.log(0.8))
    // 5 log10 of a ratio of radii that are good to 0.5 %.
    expect(5 * Math.log10(curve.radiusOf(0.8 * total) / curve.radiusOf(0.2 * total))).toBeCloseTo(wanted, 1.5)
  })

  it('gives the concentration of an exponential disc', () => {
    const h = 7
    const light = plane(201, 201, (x, y) => Math.exp(-Math.hypot(x - 100, y - 100) / h))
    const grown = growthCurve(light, 201, 201, 100, 100, 100)
    const all = 2 * Math.PI * h * h
    // Radii of 0.8244 h and 2.9943 h hold a fifth and four fifths: 1 − (1 + x) e^−x; 0.5 % each.
    expect(grown.radiusOf(0.2 * all) / h).toBeCloseTo(0.8244, 1.9)
    expect(grown.radiusOf(0.8 * all) / h).toBeCloseTo(2.9943, 1.5)
  })

  it('finds the Petrosian radius of a Gaussian', () => {
    // u / (eᵘ − 1) = 0.2 at u = 2.6604, u = r² / 2s²; read off at quarter pixels from rings of one pixel.
    expect(Math.abs(curve.petrosian(0.2)! - s * Math.sqrt(2 * 2.6604))).toBeLessThan(0.4)
    expect(growthCurve(new Float64Array(100).fill(1), 10, 10, 4.5, 4.5, 5).petrosian(0.2)).toBeUndefined()
  })

  it('holds nothing of no light', () => {
    const nothing = growthCurve(new Float64Array(9), 3, 3, 1, 1, 2)
    expect(nothing.within(2)).toBe(0)
    expect(nothing.radiusOf(1)).toBe(nothing.radius)
  })
})

describe('boxMean', () => {
  it('equals the plain mean of what lies in the box', () => {
    const values = plane(7, 5, (x, y) => Math.sin(3 * x + 5 * y))
    const means = boxMean(values, 7, 5, 2)
    for (let y = 0; y < 7; y++) {
      for (let x = 0; x < 5; x++) {
        const box = every(35).filter((p) => Math.abs((p % 5) - x) <= 2 && Math.abs(Math.floor(p / 5) - y) <= 2)
        // Differences of sums of up to 35 numbers.
        expect(means[y * 5 + x]).toBeCloseTo(box.reduce((a, p) => a + values[p]!, 0) / box.length, 12)
      }
    }
  })
})

describe('blurPlane', () => {
  it('spreads a point as a Gaussian and keeps a constant', () => {
    const point = plane(31, 31, (x, y) => (x === 15 && y === 15 ? 1 : 0))
    const blurred = blurPlane(point, 31, 1.5)
    // Cut at 3 sigma, 0.3 % of the light is missing before normalisation, along each axis.
    expect(blurred[15 * 31 + 17]! / blurred[15 * 31 + 15]!).toBeCloseTo(Math.exp(-4 / 4.5), 9)
    expect(blurred.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9)
    for (const v of blurPlane(new Float64Array(16).fill(2), 4, 2)) expect(v).toBeCloseTo(2, 12)
  })
})
