import { readFileSync } from 'node:fs'
import { NumericalError, ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { type ZScaleOptions, zScale, zScaleLimits } from '../../src/picture/z-scale.ts'
import { draw } from '../pictures.ts'

interface Case {
  readonly name: string
  readonly options: Record<string, number>
  readonly low: number
  readonly high: number
}

const golden = JSON.parse(readFileSync(new URL('../golden/z-scale.json', import.meta.url), 'utf8')) as {
  samples: Record<string, number[]>
  cases: Case[]
}

function translate(options: Record<string, number>): ZScaleOptions {
  const names: Record<string, keyof ZScaleOptions> = {
    n_samples: 'samples',
    max_reject: 'maxReject',
    krej: 'rejectSigma',
    max_iterations: 'maxIterations',
    contrast: 'contrast',
  }
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [names[name], value]))
}

describe('zScaleLimits', () => {
  for (const { name, options, low, high } of golden.cases) {
    it(`equals astropy's ZScaleInterval on ${name} with ${JSON.stringify(options)}`, () => {
      const result = zScaleLimits(golden.samples[name]!, translate(options))
      // The line is fitted by another formula than numpy's polyfit, good to some 1e-13 of the values.
      expect(Math.abs(result.low - low)).toBeLessThan(1e-9 * (1 + Math.abs(low)))
      expect(Math.abs(result.high - high)).toBeLessThan(1e-9 * (1 + Math.abs(high)))
    })
  }

  it('ignores missing values', () => {
    const values = golden.samples.ramp!
    expect(zScaleLimits([Number.NaN, ...values])).toEqual(zScaleLimits(values))
  })

  it('rejects what has no range', () => {
    expect(() => zScaleLimits([Number.NaN])).toThrow(NumericalError)
    expect(() => zScaleLimits([1, Number.POSITIVE_INFINITY])).toThrow(NumericalError)
    expect(() => zScaleLimits([1], { contrast: 0 })).toThrow(ParameterError)
    expect(() => zScaleLimits([1], { krej: 2 } as ZScaleOptions)).toThrow(ParameterError)
    expect(() => zScale(draw(4, 4, () => 7))).toThrow(NumericalError)
  })
})

describe('zScale', () => {
  it('runs from 0 to 1 between the limits and is cut beyond', () => {
    const picture = draw(40, 40, (x, y) => 40 * y + x + (x === 3 && y === 3 ? 1e6 : 0))
    const { low, high } = zScaleLimits(picture.data)
    const out = zScale(picture)
    expect(out.data[3 * 40 + 3]).toBe(1)
    // f32 rounding of a value in [0, 1].
    expect(out.data[20 * 40]).toBeCloseTo((800 - low) / (high - low), 6)
  })
})
