import { createRandom, ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { convolve, psfMixture } from '../../src/index.ts'
import { addBlob, createCanvas, sumOf } from '../../src/paint/canvas.ts'
import { golden } from '../golden.ts'

describe('psfMixture', () => {
  it('has unit flux', () => {
    for (const beta of [1.5, 2.5, 3.5, 10, 20]) {
      const sum = psfMixture({ fwhm: 4, beta }).reduce((total, term) => total + term.weight, 0)
      expect(sum).toBeCloseTo(1, 12)
    }
    expect(psfMixture({ fwhm: 4, profile: 'gaussian' })).toEqual([{ sigma: 4 / Math.sqrt(8 * Math.LN2), weight: 1 }])
  })

  it.each(golden.moffat)('is a Moffat profile to 1 % of its peak (beta $beta)', ({ fwhm, beta, r, value }) => {
    const mixture = psfMixture({ fwhm, beta })
    const at = (radius: number): number =>
      mixture.reduce(
        (sum, { sigma, weight }) =>
          sum + (weight * Math.exp((-0.5 * radius ** 2) / sigma ** 2)) / (2 * Math.PI * sigma ** 2),
        0,
      )
    // Quadrature with three nodes is exact at the centre and within 1 % of the peak elsewhere.
    expect(at(0) / value[0]!).toBeCloseTo(1, 10)
    for (const [i, radius] of r.entries()) expect(Math.abs(at(radius) - value[i]!) / value[0]!).toBeLessThan(0.01)
  })

  it('rejects what it cannot be', () => {
    expect(() => psfMixture({ fwhm: 0 })).toThrow(ParameterError)
    expect(() => psfMixture({ fwhm: Number.NaN })).toThrow(ParameterError)
    expect(() => psfMixture({ fwhm: 4, beta: 1 })).toThrow(ParameterError)
    expect(() => psfMixture({ fwhm: 4, profile: 'airy' as never })).toThrow(ParameterError)
  })
})

describe('convolve', () => {
  it('conserves flux, also of light at the border, and makes a new plane', () => {
    const random = createRandom(1, 'test.plane')
    const plane = Float64Array.from({ length: 40 * 30 }, () => random.uniform())
    const before = plane.slice()
    const seen = convolve(plane, 40, 30, psfMixture({ fwhm: 9 }))
    // Rounding of a thousand additions.
    expect(sumOf(seen) / sumOf(plane)).toBeCloseTo(1, 12)
    expect(plane).toEqual(before)
  })

  it('equals the direct sum over a reflected plane', () => {
    const random = createRandom(2, 'test.plane')
    const [width, height, sigma] = [9, 7, 1.3]
    const plane = Float64Array.from({ length: width * height }, () => random.normal())
    const radius = Math.ceil(3.5 * sigma)
    const mirror = (i: number, n: number): number => (i < 0 ? -1 - i : i >= n ? 2 * n - 1 - i : i)
    let norm = 0
    for (let k = -radius; k <= radius; k++) norm += Math.exp((-0.5 * k * k) / sigma ** 2)
    const seen = convolve(plane, width, height, [{ sigma, weight: 2 }])
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0
        for (let j = -radius; j <= radius; j++) {
          for (let i = -radius; i <= radius; i++) {
            const value = plane[mirror(y + j, height) * width + mirror(x + i, width)]!
            sum += (2 * value * Math.exp((-0.5 * (i * i + j * j)) / sigma ** 2)) / norm ** 2
          }
        }
        expect(seen[y * width + x]).toBeCloseTo(sum, 12)
      }
    }
  })

  it('gives a point the stated width', () => {
    const canvas = createCanvas(81, 81)
    addBlob(canvas, 40, 40, 0.05, [1, 1, 1])
    const seen = convolve(canvas.planes[0]!, 81, 81, psfMixture({ fwhm: 8, beta: 3 }))
    const profile = (r: number): number => seen[40 * 81 + 40 + r]! / seen[40 * 81 + 40]!
    // Half of the peak lies at 4 pixels, within the mixture's 1 %.
    expect(Math.abs(profile(4) - 0.5)).toBeLessThan(0.015)
  })
})
