import { createRandom, type Image, image, NumericalError, ParameterError, ShapeError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMorphologyExtractor, type MorphologyOptions } from '../../src/morphology/morphology-extractor.ts'
import { disc, draw, galaxy, stack, turn } from '../pictures.ts'

const paper = createMorphologyExtractor()
const rgb = createMorphologyExtractor({ preprocess: { preset: 'rgb' } })
const both = [
  ['paper', paper],
  ['rgb', rgb],
] as const

function named(extractor: typeof rgb, picture: Image): Record<string, number> {
  const { features } = extractor.extract(picture)
  return Object.fromEntries(extractor.featureNames.map((name, i) => [name, features[i]!]))
}

const random = createRandom(1, 'morphology.test')
const noisy = (side: number, angle: number): Image => galaxy(side, angle, 1.5, random)

describe('createMorphologyExtractor', () => {
  it('has sixty different names, the thirty of the ellipses first, whatever the options', () => {
    expect(new Set(rgb.featureNames).size).toBe(60)
    expect(rgb.featureNames.filter((name) => name.startsWith('ellipse_'))).toEqual(rgb.featureNames.slice(0, 30))
    expect(rgb.featureNames).toEqual(paper.featureNames)
    expect([rgb.id, paper.id]).toEqual(['morphology-2', 'morphology-2'])
    expect(rgb.extract(noisy(40, 1)).features).toHaveLength(60)
  })

  it('gives the same bits for the same picture and leaves it as it is', () => {
    const picture = noisy(50, 2)
    const before = picture.data.slice()
    expect(rgb.extract(picture).features).toEqual(rgb.extract(picture).features)
    paper.extract(picture)
    expect(picture.data).toEqual(before)
  })

  it('does not see whether the picture is turned by 90° or mirrored', () => {
    for (const [name, extractor] of both) {
      for (const side of [48, 61]) {
        const picture = noisy(side, 0.3 * side)
        const wanted = extractor.extract(picture).features
        for (let k = 1; k < 8; k++) {
          const turned = extractor.extract(turn(picture, (k & 1) > 0, (k & 2) > 0, (k & 4) > 0)).features
          for (const [i, value] of wanted.entries()) {
            // Sums in another order, rounded to f32; fits through nearly round contours magnify that somewhat.
            expect(Math.abs(turned[i]! - value), `${name} ${extractor.featureNames[i]} ${k}`).toBeLessThan(2e-5)
          }
        }
      }
    }
  })

  it('changes little when the sky is turned by any angle', () => {
    const upright = named(rgb, galaxy(160, 0.2))
    for (const angle of [0.7, 1.3, 2.9]) {
      const turned = named(rgb, galaxy(160, angle))
      for (const [name, value] of Object.entries(upright)) {
        // Pixels cut outlines differently: residuals are logarithms of small numbers, and a few pixels move between peaks.
        const tolerance = name.endsWith('residual') ? 0.25 : name.startsWith('ellipse') ? 0.06 : 0.12
        expect(Math.abs(turned[name]! - value), `${name} at ${angle}`).toBeLessThan(tolerance)
      }
    }
  })

  it('does not depend on the unit of the pixels, nor on the level of the sky', () => {
    const picture = noisy(56, 1)
    const other = { ...picture, data: picture.data.map((v) => 1000 * v - 3) }
    for (const [name, extractor] of both) {
      const wanted = extractor.extract(picture).features
      for (const [i, value] of extractor.extract(other).features.entries()) {
        // f32 pixels of up to 2e5 with an offset of 1e4: 1e-6 of the light, more in differences of nearly equal pixels.
        expect(Math.abs(value - wanted[i]!), `${name} ${extractor.featureNames[i]}`).toBeLessThan(2e-3)
      }
    }
  })

  it('measures an elliptical Gaussian as what it is', () => {
    const s = 11
    const found = named(
      rgb,
      draw(160, 160, (x, y) => 100 * Math.exp(-((x - 79.5) ** 2 + ((y - 79.5) / 0.7) ** 2) / (2 * s * s))),
    )
    for (const p of [90, 80, 70, 60, 50, 0]) {
      // The blur of 1.07 pixels rounds the ellipse; contours are interpolated to about a tenth of a pixel.
      expect(Math.abs(found[`ellipse_${p}_aspect`]! - 0.7)).toBeLessThan(0.03)
      expect(found[`ellipse_${p}_residual`]).toBeLessThan(-1.3)
      expect(found[`ellipse_${p}_offset`]).toBeLessThan(0.01)
      expect(found[`ellipse_${p}_angle`]).toBeLessThan(0.01)
    }
    // Half of the area above the outline lies within 1 / √2 of the axis. Half a pixel of 20 to 30.
    expect(Math.abs(found.ellipse_50_axis! - Math.log10(Math.SQRT1_2))).toBeLessThan(0.02)
    expect(found.asymmetry).toBeLessThan(0.01)
    expect(found.object_asymmetry).toBeLessThan(0.01)
    expect(found.intensity).toBe(0)
    expect(found.peaks).toBe(1)
    expect(found.multimode).toBe(0)
    // One plane has no colour.
    expect([found.colour, found.colour_middle, found.colour_gradient, found.colour_asymmetry]).toEqual([0.5, 0.5, 0, 0])
  })

  it('finds no asymmetry in a symmetric galaxy seen edge-on through noise, whatever is done to the picture first', () => {
    const options: NonNullable<MorphologyOptions['preprocess']>[] = [
      { preset: 'rgb' },
      { preset: 'paper' },
      { preset: 'paper', size: 64 },
      { preset: 'paper', size: 64, resize: 'area' },
      { preset: 'paper', size: 64, resize: 'bicubic' },
      { preset: 'paper', size: 200 },
    ]
    const stream = createRandom(4, 'morphology.edge-on')
    for (const planes of [1, 3]) {
      const edgeOn = stack(
        ...Array.from({ length: planes }, () =>
          draw(128, 128, (x, y) => 10 + 100 * disc(x - 63.5, y - 63.5, 12, 0.12, 0.5) + 2 * stream.normal()),
        ),
      )
      for (const preprocess of options) {
        const { asymmetry } = named(createMorphologyExtractor({ preprocess }), edgeOn)
        // Scatter of 0.02 from picture to picture, and what the cut at the outline adds: at most 0.04 in eight pictures.
        expect(Math.abs(asymmetry!), `${planes} ${JSON.stringify(preprocess)}`).toBeLessThan(0.05)
      }
    }
  })

  it('keeps the asymmetry of a lopsided galaxy when its sky is set to 0', () => {
    const stream = createRandom(5, 'morphology.lopsided')
    const lopsided = (noise: number): Image =>
      draw(128, 128, (x, y) => {
        const light = 100 * disc(x - 63.5, y - 63.5, 12, 0.3, 0.5) * (1 + 0.8 * Math.tanh((x - 63.5) / 6))
        return 10 + light + noise * stream.normal()
      })
    const wanted = named(rgb, lopsided(0)).asymmetry!
    expect(wanted).toBeGreaterThan(0.3)
    // Noise decides the sign of small differences, and the cut takes faint light away: 0.06 less.
    expect(Math.abs(named(paper, lopsided(0.5)).asymmetry! - wanted)).toBeLessThan(0.1)
  })

  it('gives a round Gaussian its concentration', () => {
    const s = 14
    const found = named(
      rgb,
      draw(180, 180, (x, y) => 100 * Math.exp(-((x - 89.5) ** 2 + (y - 89.5) ** 2) / (2 * s * s))),
    )
    // Light counts to the outline at 2 % of the peak, 2.8 s, and 1 to 3 pixels more.
    const at = (extra: number): number => {
      const all = 1 - Math.exp(-0.5 * (Math.sqrt(2 * Math.log(50)) + extra / s) ** 2)
      return 2.5 * Math.log10(Math.log(1 - 0.8 * all) / Math.log(1 - 0.2 * all))
    }
    expect(found.concentration).toBeGreaterThan(at(0) - 0.02)
    expect(found.concentration).toBeLessThan(at(4) + 0.02)
  })

  it('finds what a person would point at', () => {
    const single = named(
      rgb,
      draw(96, 96, (x, y) => 200 * disc(x - 47.5, y - 47.5, 6, 0.8, 0.4)),
    )
    const double = named(
      rgb,
      draw(96, 96, (x, y) => 200 * disc(x - 42, y - 47, 4, 0.8, 0.4) + 160 * disc(x - 55, y - 50, 4, 0.9, 1.4)),
    )
    expect(double.intensity).toBeGreaterThan(single.intensity! + 0.5)
    expect(double.multimode).toBeGreaterThan(single.multimode! + 0.3)
    expect(double.m20).toBeGreaterThan(single.m20!)
    expect(double.asymmetry).toBeGreaterThan(single.asymmetry!)
    expect(double.fourier_2_inner).toBeGreaterThan(single.fourier_2_inner!)
    const ring = named(
      rgb,
      draw(96, 96, (x, y) => 90 * Math.exp(-((Math.hypot(x - 47.5, y - 47.5) - 20) ** 2) / 20)),
    )
    expect(ring.profile_6).toBeGreaterThan(1)
    expect(single.profile_6).toBeLessThan(0.6)
    const beside = named(
      rgb,
      draw(96, 96, (x, y) => 200 * disc(x - 47.5, y - 47.5, 4, 0.8, 0.4) + 200 * disc(x - 90, y - 47.5, 2, 1, 0)),
    )
    expect(beside.companions).toBe(1)
    expect(beside.edge).toBe(0)
  })

  it('tells colours, their gradient and their asymmetry', () => {
    const plane = (scale: number, tilt: number): Image =>
      draw(64, 64, (x, y) => 100 * disc(x - 31.5, y - 31.5, scale, 1, 0) * (1 + tilt * Math.tanh((x - 31.5) / 4)))
    const same = named(rgb, stack(plane(5, 0), plane(5, 0), plane(5, 0)))
    // Equal planes; f32 pixels.
    expect(same.colour).toBeCloseTo(0.5, 6)
    expect(same.colour_gradient).toBeCloseTo(0, 6)
    expect(same.colour_asymmetry).toBeCloseTo(0, 6)
    const redCore = named(rgb, stack(plane(4, 0), plane(5, 0), plane(6, 0)))
    expect(redCore.colour_gradient).toBeGreaterThan(0.05)
    const redSide = named(rgb, stack(plane(5, 0.5), plane(5, 0), plane(5, -0.5)))
    expect(redSide.colour_asymmetry).toBeGreaterThan(0.1)
  })

  it('says when no object covers the centre and measures the nearest', () => {
    const { warnings } = rgb.extract(draw(64, 64, (x, y) => 200 * disc(x - 50, y - 48, 2, 1, 0)))
    expect(warnings).toContain('morphology: no object covers the centre, the nearest one is measured.')
  })

  it('says which isophotes no ellipse fits, and stays finite', () => {
    const spot = draw(40, 40, (x, y) => (x === 20 && y === 20 ? 300 : (x + 2 * y) % 3))
    const { features, warnings } = paper.extract(spot)
    expect(warnings).toEqual(['morphology: no ellipse fits at percentiles 90, 80, 70, 60, 50, 0, circles are used.'])
    expect(features.every(Number.isFinite)).toBe(true)
  })

  const blank = 'morphology: nothing stands out of the sky, a point at the centre is measured in its place.'
  const degenerate: [string, Image][] = [
    ['one pixel', draw(1, 1, () => 5)],
    ['two by two pixels', draw(2, 2, (x, y) => x + y)],
    ['zeros', draw(30, 30, () => 0)],
    ['a constant', stack(...[1, 2, 3].map((v) => draw(30, 30, () => v)))],
    ['one bright pixel', draw(31, 31, (x, y) => (x === 15 && y === 15 ? 255 : 0))],
    ['one bright pixel in the corner', draw(31, 31, (x, y) => (x + y === 0 ? 255 : 0))],
    [
      'a block of missing pixels',
      draw(40, 40, (x, y) => (x < 15 && y < 15 ? Number.NaN : 100 * disc(x - 20, y - 20, 4, 0.7, 1))),
    ],
    ['nothing but missing pixels', draw(20, 20, () => Number.NaN)],
    ['2 × 300 pixels', draw(2, 300, (x) => x)],
    ['300 × 2 pixels', draw(300, 2, (_x, y) => Math.abs(y - 150))],
    ['light everywhere but at the edge', draw(30, 30, (x, y) => (Math.min(x, y, 29 - x, 29 - y) < 2 ? 0 : 7))],
    ['a line of light', draw(30, 30, (_x, y) => (y === 15 ? 50 : 0))],
    ['negative light', draw(30, 30, (x, y) => -100 * disc(x - 15, y - 15, 4, 1, 0))],
    ['huge numbers', draw(30, 30, (x, y) => 1e37 * disc(x - 15, y - 15, 4, 0.8, 0))],
    ['tiny numbers', draw(30, 30, (x, y) => 1e-37 * disc(x - 15, y - 15, 4, 0.8, 0))],
  ]
  for (const [what, picture] of degenerate) {
    it(`stays finite for ${what}`, () => {
      for (const [, extractor] of both) {
        const { features, warnings } = extractor.extract(picture)
        expect(features.every(Number.isFinite)).toBe(true)
        expect(warnings.some((warning) => warning.includes('could not be measured'))).toBe(false)
        if (['zeros', 'a constant', 'nothing but missing pixels'].includes(what)) expect(warnings).toContain(blank)
      }
    })
  }

  it('stays finite and within its bounds for any noise with gaps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer(),
        (side, planes, seed) => {
          const stream = createRandom(seed, 'morphology.any')
          const power = 1 + stream.integer(6)
          const gaps = stream.uniform() < 0.5 ? 0.2 : 0
          const pixels = Float32Array.from({ length: side * side * planes }, () =>
            stream.uniform() < gaps ? Number.NaN : stream.normal() ** power,
          )
          for (const [, extractor] of both) {
            const found = named(extractor, image(pixels, side, side, planes))
            for (const [name, value] of Object.entries(found)) {
              expect(Math.abs(value), name).toBeLessThanOrEqual(name === 'companions' ? 10 : 7)
            }
            for (const name of ['gini', 'colour', 'near_light', 'second_light', 'edge', 'intensity', 'multimode']) {
              expect(found[name], name).toBeGreaterThanOrEqual(0)
              // Rounding of sums and to f32.
              expect(found[name], name).toBeLessThanOrEqual(1 + 1e-6)
            }
          }
        },
      ),
      { seed: 3, numRuns: 150 },
    )
  })

  it('crops and resizes when asked', () => {
    const picture = noisy(80, 1)
    const cropped = createMorphologyExtractor({ preprocess: { preset: 'rgb', crop: 0.6 } })
    expect(cropped.extract(picture).features).not.toEqual(rgb.extract(picture).features)
    const half = named(createMorphologyExtractor({ preprocess: { preset: 'rgb', size: 40, resize: 'area' } }), picture)
    // The same object with half as many pixels across; the companion's light stays.
    expect(Math.abs(half.concentration! - named(rgb, picture).concentration!)).toBeLessThan(0.3)
  })

  it('rejects options that it does not know, empty pictures and infinite pixels', () => {
    const make = (options: object) => () => createMorphologyExtractor(options as MorphologyOptions)
    expect(make({ preset: 'rgb' })).toThrow("unknown option 'preset'")
    expect(make({ preprocess: { scale: 'min-max' } })).toThrow("unknown option 'scale'")
    expect(make({ preprocess: { preset: 'eye' } })).toThrow(ParameterError)
    expect(() => rgb.extract(image(new Float32Array(0), 0, 4, 1))).toThrow(ShapeError)
    expect(() => rgb.extract(draw(4, 4, (x) => 1 / x))).toThrow(NumericalError)
  })
})
