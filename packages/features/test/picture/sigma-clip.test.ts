import { readFileSync } from 'node:fs'
import { NumericalError, ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { type SigmaClipOptions, sigmaClip } from '../../src/picture/sigma-clip.ts'

interface Case {
  readonly name: string
  readonly sigma: number
  readonly maxIterations: number | 'converge'
  readonly centre: 'median' | 'mean'
  readonly lower: number
  readonly upper: number
  readonly mask: number[]
  readonly median: number
  readonly mean: number
  readonly std: number
}

const golden = JSON.parse(readFileSync(new URL('../golden/sigma-clip.json', import.meta.url), 'utf8')) as {
  samples: Record<string, number[]>
  cases: Case[]
}

describe('sigmaClip', () => {
  for (const { name, sigma, maxIterations, centre, ...wanted } of golden.cases) {
    it(`equals astropy's SigmaClip on ${name}, sigma ${sigma}, rounds ${maxIterations}, about the ${centre}`, () => {
      const result = sigmaClip(golden.samples[name]!, { sigma, maxIterations, centre })
      expect([...result.mask]).toEqual(wanted.mask)
      for (const key of ['lower', 'upper', 'median', 'mean', 'std'] as const) {
        // Sums of a few hundred doubles in another order.
        expect(Math.abs(result[key] - wanted[key])).toBeLessThan(1e-11 * (1 + Math.abs(wanted[key])))
      }
    })
  }

  it('ignores missing values and masks them', () => {
    const values = [1, 2, 3, 2, 1, 2, 3, 2, 100, 2, 2]
    const plain = sigmaClip(values, { sigma: 2 })
    const gaps = sigmaClip([Number.NaN, ...values, Number.NaN], { sigma: 2 })
    expect(gaps.mask).toEqual(Uint8Array.from([1, ...plain.mask, 1]))
    expect(gaps).toMatchObject({ median: plain.median, mean: plain.mean, std: plain.std, kept: plain.kept })
  })

  it('knows nothing of no values', () => {
    for (const values of [[], [Number.NaN]]) {
      expect(sigmaClip(values)).toMatchObject({ median: Number.NaN, std: Number.NaN, kept: 0 })
    }
  })

  it('keeps every value of a constant and has no scatter there', () => {
    expect(sigmaClip(new Float32Array(9).fill(0.1))).toMatchObject({ kept: 9, std: 0, iterations: 1 })
  })

  it('does not change its input', () => {
    const values = Float64Array.from([5, 1, 4, 100, 2])
    sigmaClip(values, { sigma: 1 })
    expect([...values]).toEqual([5, 1, 4, 100, 2])
  })

  it('rejects infinite values and impossible options', () => {
    expect(() => sigmaClip([1, Number.NEGATIVE_INFINITY])).toThrow(NumericalError)
    expect(() => sigmaClip([1], { sigma: 0 })).toThrow(ParameterError)
    expect(() => sigmaClip([1], { maxIterations: 0 })).toThrow(ParameterError)
    expect(() => sigmaClip([1], { centre: 'mode' } as unknown as SigmaClipOptions)).toThrow(ParameterError)
    expect(() => sigmaClip([1], { maxiters: 5 } as SigmaClipOptions)).toThrow("unknown option 'maxiters'")
  })
})
