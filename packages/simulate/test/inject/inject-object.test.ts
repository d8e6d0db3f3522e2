import { createRandom, type Image, image, ParameterError, ShapeError } from '@astronomaly/core'
import { readImage } from '@astronomaly/io/node'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { addLens, type InjectionOptions, injectObject } from '../../src/index.ts'

function sky(height = 80, width = 90, channels = 3): Image<Float32Array> {
  const random = createRandom(1, 'test.sky')
  return image(
    Float32Array.from({ length: height * width * channels }, () => 0.01 * random.normal()),
    height,
    width,
    channels,
  )
}

/** What was added to each channel. */
function added(before: Image<Float32Array>, after: Image<Float32Array>): number[] {
  const channels = before.shape[2]
  const sums = new Array<number>(channels).fill(0)
  for (let i = 0; i < after.data.length; i++) {
    const difference = after.data[i]! - before.data[i]!
    if (!Number.isNaN(difference)) sums[i % channels] = sums[i % channels]! + difference
  }
  return sums
}

describe('injectObject', () => {
  it.each(['lens', 'merger', 'ring'] as const)(
    'adds exactly the stated flux of a %s and leaves its input unchanged',
    (kind) => {
      const before = sky()
      const copy = before.data.slice()
      const drawn = injectObject(before, kind, { seed: 4, x: 40, y: 45, fluxScale: 3 })
      expect(before.data).toEqual(copy)
      expect(drawn.image.shape).toEqual(before.shape)
      expect(drawn.truth).toMatchObject({ kind, rating: 5 })
      // Pixels are rounded to 24 bits.
      for (const [c, sum] of added(before, drawn.image).entries()) expect(sum / drawn.truth.flux[c]!).toBeCloseTo(1, 4)
      const asked = injectObject(before, kind, { seed: 4, flux: [5, 0, 20] })
      const sums = added(before, asked.image)
      expect(sums[0]).toBeCloseTo(5, 3)
      expect(sums[1]).toBe(0)
      expect(sums[2]).toBeCloseTo(20, 3)
    },
  )

  it('is deterministic and varies with seed and index', () => {
    const before = sky()
    const first = injectObject(before, 'lens', { seed: 1 })
    expect(injectObject(before, 'lens', { seed: 1 })).toEqual(first)
    expect(injectObject(before, 'lens', { seed: 1, index: 1 }).image.data).not.toEqual(first.image.data)
    expect(injectObject(before, 'lens', { seed: 2 }).image.data).not.toEqual(first.image.data)
  })

  it('scales flux with the unit of the image', () => {
    const before = sky()
    const one = injectObject(before, 'ring', { seed: 1 })
    const ten = injectObject(before, 'ring', { seed: 1, fluxScale: [10, 20, 30] })
    for (const [c, factor] of [10, 20, 30].entries())
      expect(ten.truth.flux[c]! / one.truth.flux[c]!).toBeCloseTo(factor, 9)
    // 22.5 mag is one nanomaggie, by definition of the zero point.
    expect(injectObject(before, 'ring', { seed: 1, magnitude: 20 }).truth.flux[1]).toBeCloseTo(10, 6)
  })

  it('adds Poisson noise of the added light alone', () => {
    const blank = image(new Float32Array(100 * 100), 100, 100, 1)
    const options: InjectionOptions = { seed: 3, flux: [40] }
    const clean = injectObject(blank, 'ring', options).image.data
    const gain = 50
    let squares = 0
    let expected = 0
    const noisy = injectObject(blank, 'ring', { ...options, gain }).image.data
    for (let p = 0; p < clean.length; p++) {
      // A pixel holds whole photons, but for rounding to 24 bits.
      expect(Math.abs(noisy[p]! * gain - Math.round(noisy[p]! * gain))).toBeLessThan(1e-4)
      squares += (noisy[p]! - clean[p]!) ** 2
      expected += clean[p]! / gain
    }
    // 2,000 photons: the summed squares scatter by a few per cent.
    expect(Math.abs(squares / expected - 1)).toBeLessThan(0.15)
  })

  it('places the arcs about the given position', () => {
    const blank = image(new Float32Array(120 * 100), 120, 100, 1)
    const lens = { einsteinRadius: 2, source: { radius: 0.1, index: 0.5 } }
    const { image: out, truth } = addLens(blank, lens, { x: 30, y: 70, psfFwhm: 0.3, flux: [100], bands: ['g'] })
    let [sx, sy, sr, sum] = [0, 0, 0, 0]
    for (let p = 0; p < out.data.length; p++) {
      const value = out.data[p]!
      sx += value * (p % 100)
      sy += value * Math.floor(p / 100)
      sr += value * Math.hypot((p % 100) - 30, Math.floor(p / 100) - 70)
      sum += value
    }
    expect(sx / sum).toBeCloseTo(30, 2)
    expect(sy / sum).toBeCloseTo(70, 2)
    // The ring's mean radius; the point-spread function moves it outwards by σ² / 2r = 0.02 pixels and its wings by a little more.
    expect(Math.abs(sr / sum - 2 / 0.262)).toBeLessThan(0.15)
    expect(truth.parameters.magnification as number).toBeGreaterThan(10)
    expect(injectObject(blank, lens, { x: 30, y: 70, psfFwhm: 0.3, flux: [100], bands: ['g'] })).toEqual({
      image: out,
      truth,
    })
  })

  it('keeps missing pixels missing and works at the border and on strided views', () => {
    const before = sky()
    before.data[0] = Number.NaN
    const { image: out } = injectObject(before, 'merger', { x: 0, y: 79 })
    expect(out.data[0]).toBeNaN()
    expect(out.data.filter(Number.isNaN)).toHaveLength(1)
    const flipped: Image<Float32Array> = {
      data: before.data,
      shape: [80, 90, 3],
      stride: [-270, 3, 1],
      offset: 79 * 270,
    }
    expect(injectObject(flipped, 'lens').image.data[79 * 270]).toBeNaN()
  })

  it('rejects bad options, positions outside, infinite pixels and images without pixels', () => {
    const before = sky(40, 40)
    const bad: InjectionOptions[] = [
      { x: 41 },
      { y: Number.NaN },
      { psfFwhm: -1 },
      { psfFwhm: [1, 1] },
      { fluxScale: 0 },
      { flux: [1] },
      { gain: 0 },
      { pixelScale: 1e9 },
      { radius: -3 },
      { bands: ['g', 'r', 'i' as 'z'] },
      { colour: 1 } as never,
    ]
    for (const options of bad) expect(() => injectObject(before, 'lens', options)).toThrow(ParameterError)
    expect(() => injectObject(before, 'comet' as never)).toThrow(ParameterError)
    expect(() => injectObject(before, { einsteinRadius: 1e9 })).toThrow(ParameterError)
    expect(() => injectObject(before, { einsteinRadius: 1, source: { z: 2 } } as never)).toThrow(/unknown option 'z'/)
    expect(() => injectObject(sky(8, 8, 4), 'lens')).toThrow(/bands must name/)
    expect(() => injectObject(image(new Float32Array(0), 0, 8, 3), 'lens')).toThrow(ShapeError)
    const infinite = sky(40, 40)
    infinite.data[7] = Number.POSITIVE_INFINITY
    expect(() => injectObject(infinite, 'lens')).toThrow(/finite or NaN/)
  })

  it.skipIf(!hasShared)('adds a lens to a real cut-out in one call', async () => {
    const real = await readImage(sharedFile('data/B_fits/decals_grz/zoobot_example_b.fits'))
    const { image: out, truth } = injectObject(real.image, 'lens', { seed: 1, gain: 7000 })
    expect(out.shape).toEqual(real.image.shape)
    const sums = added(real.image as Image<Float32Array>, out)
    // Photon noise: a few nanomaggies are tens of thousands of electrons.
    for (const [c, sum] of sums.entries()) expect(Math.abs(sum / truth.flux[c]! - 1)).toBeLessThan(0.05)
  })
})
