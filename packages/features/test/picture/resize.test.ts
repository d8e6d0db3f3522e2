import { readFileSync } from 'node:fs'
import { createRandom, image, meanAndStd, NumericalError, ParameterError, ShapeError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ResizeMethod, resize, resizedNoise } from '../../src/picture/resize.ts'
import { draw } from '../pictures.ts'

interface Case {
  readonly shape: [number, number, number]
  readonly data: number[]
  readonly to: [number, number]
  readonly method: ResizeMethod
  readonly antialias: boolean
  readonly out: number[]
}

const golden = JSON.parse(readFileSync(new URL('../golden/resize.json', import.meta.url), 'utf8')) as { cases: Case[] }

describe('resizedNoise', () => {
  it('is the scatter of resized noise', () => {
    const random = createRandom(1, 'resize.noise')
    const noise = draw(192, 192, () => random.normal())
    for (const method of ['bilinear', 'bicubic', 'area'] as const) {
      for (const size of [48, 100, 192, 300]) {
        const { data } = resize(noise, size, size, { method })
        const { std } = meanAndStd(data)
        // The mean over pixels of the scatter, against that of all pixels: less where it differs among them, 3 % at most. Area and
        // bilinear samples fall on centres and between them.
        expect(resizedNoise(192, size, method) / std, `${method} ${size}`).toBeGreaterThan(0.94)
        expect(resizedNoise(192, size, method) / std, `${method} ${size}`).toBeLessThan(1.06)
      }
    }
  })
})

describe('resize', () => {
  for (const { shape, data, to, method, antialias, out } of golden.cases) {
    const name = `${method}${antialias ? ' with antialias' : ''}`
    it(`equals scikit-image, ${name}, from ${shape.join(' × ')} to ${to.join(' × ')}`, () => {
      const result = resize(image(Float64Array.from(data), ...shape), ...to, { method, antialias })
      expect(result.shape).toEqual([...to, shape[2]])
      const range = Math.max(...data) - Math.min(...data)
      for (const [i, wanted] of out.entries()) {
        // The promise is 1e-5 of the range; f32 results are good to 6e-8 of their size.
        expect(Math.abs(result.data[i]! - wanted)).toBeLessThan(1e-5 * range)
      }
    })
  }

  it('leaves a picture of the right size as it is, in other memory', () => {
    const picture = draw(5, 4, (x, y) => x * y)
    const result = resize(picture, 5, 4)
    expect(result.data).toEqual(picture.data)
    expect(result.data.buffer).not.toBe(picture.data.buffer)
  })

  it('keeps the mean when areas are averaged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), (height, width) => {
        const picture = draw(12, 9, (x, y) => Math.sin(3 * x + y) + 0.1 * x)
        const result = resize(picture, height, width, { method: 'area' })
        const mean = (values: Float32Array): number => values.reduce((a, b) => a + b, 0) / values.length
        // Rounding of 108 numbers of about 1 to f32.
        expect(mean(result.data)).toBeCloseTo(mean(picture.data), 6)
      }),
      { seed: 1, numRuns: 60 },
    )
  })

  it('stays within the range of the pixels and keeps a constant picture', () => {
    for (const method of ['bilinear', 'bicubic', 'area'] as const) {
      const step = resize(
        draw(10, 10, (x) => (x < 5 ? 0 : 1)),
        23,
        17,
        { method },
      )
      expect(Math.min(...step.data)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...step.data)).toBeLessThanOrEqual(1)
      // Weights add up to 1 within rounding.
      for (const v of resize(
        draw(6, 6, () => 3),
        4,
        9,
        { method },
      ).data)
        expect(v).toBeCloseTo(3, 6)
    }
  })

  it('rejects sizes, options and pixels that make no sense', () => {
    const picture = draw(3, 3, () => 1)
    expect(() => resize(picture, 0, 3)).toThrow(ParameterError)
    expect(() => resize(picture, 3, 2.5)).toThrow(ParameterError)
    expect(() => resize(picture, 3, 3, { method: 'nearest' as ResizeMethod })).toThrow(ParameterError)
    expect(() => resize(picture, 3, 3, { order: 3 } as object)).toThrow(ParameterError)
    expect(() => resize(image(new Float32Array(0), 0, 3, 1), 3, 3)).toThrow(ShapeError)
    expect(() =>
      resize(
        draw(3, 3, (x) => 1 / x),
        2,
        2,
      ),
    ).toThrow(NumericalError)
  })
})
