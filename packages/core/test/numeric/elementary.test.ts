import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ceilLog2, exp, expm1, ln, ln1p } from '../../src/numeric/index.ts'

/** The relative difference in units of the last place. */
const units = (ours: number, theirs: number): number =>
  ours === theirs ? 0 : Math.abs(ours - theirs) / (Math.abs(theirs) * 2 ** -52)

describe('elementary functions', () => {
  // Two or three units here, and one of the engine's.
  it.each([
    ['ln', ln, Math.log, fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true }), 3],
    ['ln near 1', ln, Math.log, fc.double({ min: 0.4, max: 2.5, noNaN: true }), 3],
    ['ln1p', ln1p, Math.log1p, fc.double({ min: -0.9999, max: 1e6, noNaN: true }), 4],
    ['exp', exp, Math.exp, fc.double({ min: -700, max: 709, noNaN: true }), 3],
    ['expm1', expm1, Math.expm1, fc.double({ min: -50, max: 700, noNaN: true }), 4],
  ] as const)('%s agrees with the engine’s', (_, ours, theirs, numbers, most) => {
    fc.assert(
      fc.property(numbers, (x) => {
        expect(units(ours(x), theirs(x)), String(x)).toBeLessThanOrEqual(most)
      }),
      { seed: 1, numRuns: 5000 },
    )
  })

  it('keep their bits from release to release', () => {
    expect([0.2, 3, 255, 1e-300, 5e-324].map(ln)).toEqual([
      -1.6094379124341003, 1.0986122886681098, 5.541263545158426, -690.7755278982137, -744.4400719213812,
    ])
    expect([-0.01, 1e-9, 2].map(ln1p)).toEqual([-0.010050335853501442, 9.999999995e-10, 1.0986122886681098])
    expect([-700, -0.3, 1.5, 30].map(exp)).toEqual([
      9.85967654375977e-305, 0.7408182206817179, 4.4816890703380645, 10686474581524.46,
    ])
    expect([-0.3, 1e-12, 3].map(expm1)).toEqual([-0.2591817793182821, 1.0000000000005e-12, 19.085536923187668])
  })

  it('go to the right ends', () => {
    expect([ln(0), ln(-0), ln(Number.POSITIVE_INFINITY), ln(1)]).toEqual([
      Number.NEGATIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      0,
    ])
    expect(ln(-1)).toBeNaN()
    expect(ln(Number.NaN)).toBeNaN()
    expect([ln1p(-1), ln1p(0)]).toEqual([Number.NEGATIVE_INFINITY, 0])
    expect([exp(710), exp(-746), exp(Number.NEGATIVE_INFINITY), exp(0)]).toEqual([Number.POSITIVE_INFINITY, 0, 0, 1])
    expect(exp(-745)).toBe(Number.MIN_VALUE)
    expect(exp(709.7)).toBeLessThan(Number.MAX_VALUE)
    expect(exp(Number.NaN)).toBeNaN()
    expect([expm1(0), expm1(Number.NEGATIVE_INFINITY)]).toEqual([0, -1])
  })

  it('round logarithms of integers up', () => {
    expect([1, 2, 3, 4, 5, 255, 256, 257, 2 ** 30, 2 ** 31].map(ceilLog2)).toEqual([0, 1, 2, 2, 3, 8, 8, 9, 30, 31])
  })
})
