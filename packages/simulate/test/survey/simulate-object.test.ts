import { createRandom, meanAndStd, ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { type ObjectKind, objectKindNames, objectKinds, simulateObject } from '../../src/index.ts'
import { addBlob, createCanvas, sumOf } from '../../src/paint/canvas.ts'
import { addNoise, drawConditions } from '../../src/survey/observing-conditions.ts'

const seed = 'test'

/** Flux of one band. */
function flux(data: Float32Array, band: number): number {
  let sum = 0
  for (let i = band; i < data.length; i += 3) sum += data[i]!
  return sum
}

describe('simulateObject', () => {
  it.each(objectKindNames)('makes a finite %s of the right shape with its truth', (kind) => {
    for (let index = 0; index < 3; index++) {
      const object = simulateObject(kind, { seed, index, size: 64 })
      expect(object.image.shape).toEqual([64, 64, 3])
      expect(object.image.data.every(Number.isFinite)).toBe(true)
      expect(new Set(object.image.data).size).toBeGreaterThan(1000)
      expect(object.truth.rating).toBe(objectKinds[kind].rating)
      expect(JSON.parse(JSON.stringify(object.truth))).toEqual(object.truth)
      expect(JSON.stringify(object.truth)).not.toContain('null')
      for (const values of [
        object.catalogue.flux,
        object.catalogue.snr,
        object.catalogue.rchisq,
        object.catalogue.psfsize,
      ]) {
        expect(values.every(Number.isFinite)).toBe(true)
      }
      expect(Math.max(object.catalogue.shapeexpR, object.catalogue.shapedevR)).toBeGreaterThan(0)
    }
  })

  it('depends on seed, index, kind and size alone', () => {
    const first = simulateObject('spiral', { seed: 3, index: 5, size: 48 })
    simulateObject('lens', { seed: 3, index: 6, size: 48 })
    expect(simulateObject('spiral', { seed: 3, index: 5, size: 48 })).toEqual(first)
    expect(simulateObject('spiral', { seed: 3, index: 6, size: 48 }).image.data).not.toEqual(first.image.data)
    expect(simulateObject('spiral', { seed: '3', index: 5, size: 48 }).image.data).not.toEqual(first.image.data)
    expect(simulateObject('disc', { seed: 3, index: 5, size: 48 }).image.data).not.toEqual(first.image.data)
  })

  it('shows the flux that its truth states when noise and field are off', () => {
    for (const kind of ['elliptical', 'disc', 'spiral', 'edge-on', 'lens', 'merger', 'ring'] as const) {
      const { image, truth } = simulateObject(kind, { seed, index: 1, noise: false, field: false })
      const stated = truth.parameters.flux as number[]
      // Pixels are rounded to 24 bits.
      for (let band = 0; band < 3; band++) expect(flux(image.data, band) / stated[band]!).toBeCloseTo(1, 5)
    }
  })

  it('leaves the galaxy as it is when noise and field are switched off', () => {
    const options = { seed, index: 9, size: 64 }
    const whole = simulateObject('ring', options)
    const bare = simulateObject('ring', { ...options, noise: false, field: false })
    expect(bare.truth.parameters.flux).toEqual(whole.truth.parameters.flux)
    expect(bare.catalogue).toEqual(whole.catalogue)
    const quiet = simulateObject('ring', { ...options, noise: false })
    const noise = whole.image.data.map((v, i) => v - quiet.image.data[i]!)
    // 12,288 pixels: the mean scatters by 1 % of the noise.
    const { mean, std } = meanAndStd(noise)
    expect(std).toBeGreaterThan(0.003)
    expect(Math.abs(mean)).toBeLessThan(0.05 * std)
  })

  it('adds noise whose variance is that of the sky plus that of the photons', () => {
    const conditions = drawConditions(createRandom(1, 'test.conditions'))
    for (const level of [0, 0.5, 5]) {
      const canvas = createCanvas(200, 200)
      for (const plane of canvas.planes) plane.fill(level)
      addNoise(canvas, conditions, createRandom(2, 'test.noise'))
      for (const [band, plane] of canvas.planes.entries()) {
        const expected = conditions.skySigma[band]! ** 2 + level / conditions.electronsPerNanomaggie[band]!
        const { mean, std } = meanAndStd(plane)
        // 40,000 pixels: the variance scatters by √(2 / 40,000) = 0.7 %, the mean by σ / 200.
        expect(Math.abs(std ** 2 / expected - 1)).toBeLessThan(0.03)
        expect(Math.abs(mean - level)).toBeLessThan(0.02 * std)
      }
    }
  })

  it('draws conditions like the survey: depth, seeing and photons', () => {
    const drawn = Array.from({ length: 300 }, (_, i) => drawConditions(createRandom(1, 'test.conditions', i)))
    const medianSeeing = meanAndStd(drawn.map((c) => c.psfFwhmArcsec[1])).mean
    expect(medianSeeing).toBeGreaterThan(1.1)
    expect(medianSeeing).toBeLessThan(1.27)
    for (const c of drawn) {
      // Real DECaLS cut-outs have 0.002 to 0.005, 0.003 to 0.008 and 0.008 to 0.02 nanomaggies per pixel.
      expect(c.skySigma[0]).toBeGreaterThan(0.0015)
      expect(c.skySigma[1]).toBeLessThan(0.008)
      expect(c.skySigma[2]).toBeGreaterThan(0.008)
      expect(c.skySigma[2]).toBeLessThan(0.021)
    }
  })

  it('puts a blue source around a red lens', () => {
    const lens = simulateObject('lens', { seed, index: 4, noise: false, field: false })
    const { mass, x, y } = lens.truth.parameters as { mass: { einsteinRadius: number }; x: number; y: number }
    const ring = mass.einsteinRadius / 0.262
    const colour = (inner: number, outer: number): number => {
      let g = 0
      let r = 0
      for (let p = 0; p < 96 * 96; p++) {
        const d = Math.hypot((p % 96) - x, Math.floor(p / 96) - y)
        if (d < inner || d >= outer) continue
        g += lens.image.data[3 * p]!
        r += lens.image.data[3 * p + 1]!
      }
      return -2.5 * Math.log10(g / r)
    }
    expect(colour(0.8 * ring, 1.3 * ring)).toBeLessThan(colour(0, 0.3 * ring) - 0.2)
  })

  it('gives a missing band nothing, in picture and catalogue', () => {
    const objects = Array.from({ length: 6 }, (_, index) => simulateObject('missing-band', { seed, index, size: 48 }))
    for (const { image, truth, catalogue } of objects) {
      const { band, whole } = truth.parameters.artefact as { band: number; whole: boolean }
      expect(catalogue.flux[band]).toBe(0)
      expect(catalogue.fluxIvar[band]).toBe(0)
      expect(catalogue.allmask[band]).toBe(1)
      let zeros = 0
      for (let i = band; i < image.data.length; i += 3) if (image.data[i] === 0) zeros++
      expect(zeros).toBeGreaterThanOrEqual(whole ? 48 * 48 : 0.4 * 48 * 48)
    }
  })

  it('keeps all flux of a blob inside the picture', () => {
    const canvas = createCanvas(40, 40)
    addBlob(canvas, 17.3, 21.9, 1.1, [1, 2, 0])
    // The error function's own error.
    expect(sumOf(canvas.planes[0]!)).toBeCloseTo(1, 5)
    expect(sumOf(canvas.planes[1]!)).toBeCloseTo(2, 5)
    expect(sumOf(canvas.planes[2]!)).toBe(0)
  })

  it('rejects unknown kinds, unknown keys, NaN and sizes out of range', () => {
    expect(() => simulateObject('quasar' as ObjectKind)).toThrow(/must be one of elliptical/)
    expect(() => simulateObject('disc', { sizes: 96 } as never)).toThrow(/unknown option 'sizes'/)
    for (const size of [Number.NaN, -96, 0, 31, 96.5, 1025, 1e9]) {
      expect(() => simulateObject('disc', { size })).toThrow(ParameterError)
    }
    expect(() => simulateObject('disc', { index: -1 })).toThrow(ParameterError)
    expect(() => simulateObject('disc', { seed: Number.NaN })).toThrow(ParameterError)
    expect(() => simulateObject('disc', { noise: 1 } as never)).toThrow(ParameterError)
  })
})
