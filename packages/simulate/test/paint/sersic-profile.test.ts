import { ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sersicProfile } from '../../src/index.ts'
import { elliptical, integratePixels, sumOf } from '../../src/paint/canvas.ts'
import { golden } from '../golden.ts'

describe('sersicProfile', () => {
  it.each(golden.sersic)('agrees with scipy at index $index', ({ b, r, brightness, ...shape }) => {
    const profile = sersicProfile(shape)
    // What the series for b_n leaves, as its doc says.
    const limit = shape.index >= 2 ? 1e-6 : shape.index >= 1 ? 3e-5 : 5e-4
    expect(Math.abs(profile.b / b - 1)).toBeLessThan(limit)
    for (const [i, radius] of r.entries()) {
      const expected = brightness[i]!
      // Brightness is e^(−b r^(1/n)): an error in b_n grows with r^(1/n).
      const growth = 2 + b * (1 + (radius / shape.radius) ** (1 / shape.index))
      if (expected > 0) expect(Math.abs(profile.brightness(radius) / expected - 1)).toBeLessThan(2 * growth * limit)
    }
  })

  it('encloses half of its flux within its half-light radius, and all of it far out', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 8, noNaN: true }),
        fc.double({ min: 0.1, max: 50, noNaN: true }),
        (index, radius) => {
          const profile = sersicProfile({ index, radius, flux: 7 })
          // ∫ 2π r I dr with r = R t^(2n), which makes the integrand smooth at the cusp.
          const within = (limit: number): number => {
            const steps = 4000
            const top = limit ** (1 / (2 * index))
            let sum = 0
            for (let k = 0; k < steps; k++) {
              const t = ((k + 0.5) / steps) * top
              const r = radius * t ** (2 * index)
              sum += 2 * Math.PI * r * profile.brightness(r) * 2 * index * radius * t ** (2 * index - 1) * (top / steps)
            }
            return sum
          }
          // Midpoint rule with 4,000 steps: error far below 1e-4.
          expect(within(1) / 3.5).toBeCloseTo(1, 3)
          expect(within(60 ** index) / 7).toBeCloseTo(1, 3)
        },
      ),
      { seed: 1, numRuns: 40 },
    )
  })

  it.each([
    [1, 4, 1],
    [4, 5, 0.6],
    [4, 8, 1],
    [2.5, 3, 0.8],
  ])('keeps its flux on pixels (index %d, radius %d pixels, axis ratio %d)', (index, radius, axisRatio) => {
    const size = 121
    const at = { x: 60.3, y: 59.8 }
    const profile = sersicProfile({ index, radius, axisRatio })
    const map = integratePixels(
      size,
      size,
      at.x,
      at.y,
      elliptical({ ...at, angle: 0.7, axisRatio }, profile.brightness),
    )
    // What falls outside 60 pixels is computed from the profile itself on a mesh that is four times coarser but twelve times wider.
    const coarse = integratePixels(
      361,
      361,
      180,
      180,
      elliptical({ x: 180, y: 180, angle: 0.7, axisRatio }, (r) => 16 * profile.brightness(4 * r)),
    )
    const inner = integratePixels(361, 361, 180, 180, (dx, dy) => {
      if (Math.abs(dx) > 15.125 || Math.abs(dy) > 15.125) return 0
      return elliptical({ x: 180, y: 180, angle: 0.7, axisRatio }, (r) => 16 * profile.brightness(4 * r))(dx, dy)
    })
    const outside = sumOf(coarse) - sumOf(inner)
    // 0.6 %: cells of a twenty-fourth of a pixel at the cusp, and the light beyond 720 pixels.
    expect(Math.abs(sumOf(map) + outside - 1)).toBeLessThan(0.006)
  })

  it('rejects unknown keys, NaN and sizes that are not positive', () => {
    expect(() => sersicProfile({ n: 4 } as never)).toThrow(ParameterError)
    expect(() => sersicProfile({ radius: Number.NaN })).toThrow(ParameterError)
    expect(() => sersicProfile({ radius: -1 })).toThrow(ParameterError)
    expect(() => sersicProfile({ index: 11 })).toThrow(ParameterError)
    expect(() => sersicProfile({ axisRatio: 0 })).toThrow(/axisRatio must be <= 1 and be > 0. Received 0/)
  })
})
