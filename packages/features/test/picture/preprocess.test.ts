import { createRandom, image, NumericalError, ParameterError, ShapeError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { maskSky } from '../../src/morphology/mask-sky.ts'
import { toGreyscale } from '../../src/picture/greyscale.ts'
import { preprocess } from '../../src/picture/preprocess.ts'
import type { PreprocessOptions } from '../../src/picture/preprocess-options.ts'
import { sigmaClip } from '../../src/picture/sigma-clip.ts'
import { percentileClip } from '../../src/picture/stretch.ts'
import { zScale } from '../../src/picture/z-scale.ts'
import { disc, draw, galaxy, stack } from '../pictures.ts'

const noisy = galaxy(64, 0.7, 2, createRandom(1, 'preprocess.test'))
const plane = (x: typeof noisy, c: number) => x.data.filter((_, i) => i % 3 === c)

describe('maskSky', () => {
  it('sets to 0 what lies below median + 3 standard deviations of each clipped plane', () => {
    const { image, sky } = maskSky(noisy)
    for (let c = 0; c < 3; c++) {
      const values = plane(noisy, c)
      const { median, std } = sigmaClip(values)
      expect(sky[c]).toEqual({ median, std })
      expect(plane(image, c)).toEqual(values.map((v) => (v >= median + 3 * std ? v : 0)))
    }
  })

  it('takes the sky off when asked', () => {
    const { image, sky } = maskSky(noisy, { subtract: true })
    const brightest = plane(noisy, 0).reduce((a, b) => Math.max(a, b))
    // One f32 rounding of a number near 130.
    expect(Math.max(...plane(image, 0))).toBeCloseTo(brightest - sky[0]!.median, 4)
  })
})

describe('preprocess', () => {
  it('of a survey image gives one grey plane, the mean of the masked bands', () => {
    const { image, warnings } = preprocess(noisy)
    expect(image.shape).toEqual([64, 64, 1])
    expect(warnings).toEqual([])
    const masked = maskSky(noisy).image.data
    const p = 32 * 64 + 32
    // f32 rounding of numbers near 100.
    expect(image.data[p]).toBeCloseTo((masked[3 * p]! + masked[3 * p + 1]! + masked[3 * p + 2]!) / 3, 4)
    expect(image.data[0]).toBe(0)
  })

  it('of a picture for the eye changes nothing but the size', () => {
    const { image, warnings } = preprocess(noisy, { preset: 'rgb' })
    expect(image.data).toEqual(noisy.data)
    expect(warnings).toEqual([])
    expect(preprocess(noisy, { preset: 'rgb', crop: 0.5, size: 24 }).image.shape).toEqual([24, 24, 3])
  })

  it('weighs bands by luma according to which one is red', () => {
    const picture = stack(...[1, 10, 100].map((v) => draw(4, 4, () => v)))
    const grey = (bands: string[]) =>
      preprocess(picture, { preset: 'rgb', greyscale: 'luma', bands }).image.data[0] as number
    // Sums of three products, rounded to f32.
    expect(grey(['r', 'g', 'b'])).toBeCloseTo(0.299 + 5.87 + 11.4, 4)
    expect(grey(['g', 'r', 'z'])).toBeCloseTo(0.114 + 5.87 + 29.9, 4)
  })

  it('keeps only the region at the centre when asked, and says when there is none', () => {
    const apart = draw(32, 32, (x, y) => ((x * y) % 7) / 50 + (Math.hypot(x - 25, y - 25) < 4 ? 20 : 0))
    const { warnings } = preprocess(apart, { central: true })
    expect(warnings).toEqual(['preprocess: no region covers the centre, the nearest one is kept.'])
    const both = draw(32, 32, (x, y) => apart.data[y * 32 + x]! + (Math.hypot(x - 16, y - 16) < 5 ? 20 : 0))
    const { image, warnings: none } = preprocess(both, { central: true })
    expect(none).toEqual([])
    expect(image.data[25 * 32 + 25]).toBe(0)
    expect(image.data[16 * 32 + 16]).toBeGreaterThan(19)
  })

  it('takes the central square of a rectangle, and says so', () => {
    const { image, warnings } = preprocess(
      draw(3, 7, (x, y) => 10 * y + x),
      { preset: 'rgb' },
    )
    expect([...image.data]).toEqual([2, 3, 4, 12, 13, 14, 22, 23, 24])
    expect(warnings).toEqual(['preprocess: picture must be square, the central 3 x 3 of 7 x 3 pixels are used.'])
  })

  it('ignores missing pixels in the statistics, sets them to 0 and counts them', () => {
    const gaps = { ...noisy, data: noisy.data.map((v, i) => (i < 300 ? Number.NaN : v)) }
    const { image, warnings } = preprocess(gaps)
    expect(image.data.every(Number.isFinite)).toBe(true)
    expect(image.data.subarray(0, 100).every((v) => v === 0)).toBe(true)
    expect(warnings).toEqual(['preprocess: 300 of 12288 values are missing (NaN) and set to 0.'])
    const { sky } = maskSky(gaps)
    expect(sky[0]!.median).toBe(sigmaClip(plane(noisy, 0).subarray(100)).median)
  })

  it('shows missing pixels of a picture for the eye as its sky', () => {
    const { image, warnings } = preprocess(
      draw(3, 3, (x, y) => (x + y === 0 ? Number.NaN : x + y)),
      { preset: 'rgb' },
    )
    expect(image.data[0]).toBe(2)
    expect(warnings[0]).toContain('1 of 9 values')
  })

  it('scales to [0, 1] in each way', () => {
    for (const scale of ['min-max', 'asinh', 'log', 'percentile', 'z-scale'] as const) {
      const { image } = preprocess(noisy, { scale, size: 20 })
      expect(Math.min(...image.data), scale).toBeGreaterThanOrEqual(0)
      // asinh and log end at 1 within f32 rounding.
      expect(Math.max(...image.data), scale).toBeCloseTo(1, 6)
    }
  })

  it('scales a clear galaxy by its own light, not by the sky that is 0, in survey images', () => {
    const stream = createRandom(2, 'preprocess.clear')
    const clear = draw(128, 128, (x, y) => 10 + 300 * disc(x - 63.5, y - 63.5, 4, 0.6, 0.4) + stream.normal())
    const masked = maskSky(clear).image.data
    const light = image(
      masked.filter((v) => v > 0),
      1,
      masked.filter((v) => v > 0).length,
      1,
    )
    expect(light.data.length).toBeLessThan(0.1 * masked.length)
    for (const [scale, stretch] of [
      ['percentile', percentileClip],
      ['z-scale', zScale],
    ] as const) {
      const scaled = preprocess(clear, { scale })
      expect(scaled.warnings, scale).toEqual([])
      expect(scaled.image.data.filter((_, p) => masked[p]! > 0)).toEqual(stretch(light).data)
      expect(scaled.image.data.every((v, p) => masked[p]! > 0 || v === 0)).toBe(true)
      expect(scaled.image.data[64 * 128 + 64], scale).toBeGreaterThan(0.9)
    }
    const spot = draw(20, 20, (x, y) => (x === 9 && y === 9 ? 300 : (x + 2 * y) % 3))
    expect(preprocess(spot, { scale: 'z-scale' }).image.data.indexOf(1)).toBe(9 * 20 + 9)
  })

  it('scales the central region by its own light in pictures for the eye', () => {
    const spot = draw(64, 64, (x, y) => ((x * y) % 7) + 100 * Math.exp(-((x - 31.5) ** 2 + (y - 31.5) ** 2) / 50))
    const { image: scaled, warnings } = preprocess(spot, { preset: 'rgb', central: true, scale: 'z-scale' })
    expect(warnings).toEqual([])
    expect(scaled.data[0]).toBe(0)
    expect(new Set(scaled.data).size).toBeGreaterThan(10)
  })

  it('takes planes together after the crop and the resize', () => {
    const steps = { preset: 'rgb', crop: 0.5, size: 20 } as const
    const { image: planes } = preprocess(noisy, steps)
    expect(preprocess(noisy, { ...steps, greyscale: 'mean' }).image.data).toEqual(toGreyscale(planes).data)
  })

  it('gives a blank picture and a warning where nothing stands out', () => {
    const sky = draw(20, 20, (x, y) => Math.sin(12.3 * x + 4.5 * y))
    const { image, warnings } = preprocess(sky, { scale: 'min-max' })
    expect(image.data.every((v) => v === 0)).toBe(true)
    expect(warnings[0]).toBe('preprocess: no pixel is 3 standard deviations above the sky, the picture is blank.')
    expect(warnings[1]).toContain('nothing to scale')
    const nothing = preprocess(draw(4, 4, () => Number.NaN))
    expect(nothing.image.data.every((v) => v === 0)).toBe(true)
    expect(nothing.warnings).toHaveLength(2)
  })

  it('does not change its input', () => {
    const before = noisy.data.slice()
    preprocess(noisy, { central: true, scale: 'asinh', size: 10, crop: 0.5 })
    preprocess(noisy, { preset: 'rgb', scale: 'min-max' })
    expect(noisy.data).toEqual(before)
  })

  it('rejects impossible options and infinite pixels', () => {
    const wrong: object[] = [
      { preset: 'grz' },
      { scale: 'sqrt' },
      { crop: 0 },
      { size: 0 },
      { greyscale: 'red' },
      { sigma: 3 },
    ]
    for (const options of wrong) expect(() => preprocess(noisy, options as PreprocessOptions)).toThrow(ParameterError)
    expect(() => preprocess(draw(2, 2, (x) => 1 / x))).toThrow(NumericalError)
    expect(() => preprocess({ ...noisy, shape: [0, 64, 3] })).toThrow(ShapeError)
  })
})
