import { ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sieDeflection } from '../../src/index.ts'
import { sumOf } from '../../src/paint/canvas.ts'
import { resolveLens } from '../../src/paint/lens-parameters.ts'
import { traceLens } from '../../src/paint/trace-lens.ts'
import { golden } from '../golden.ts'

const coordinate = fc.double({ min: -4, max: 4, noNaN: true }).filter((v) => Math.abs(v) > 0.02)
const ratio = fc.double({ min: 0.15, max: 1, noNaN: true })
const angle = fc.double({ min: -4, max: 4, noNaN: true })

describe('sieDeflection', () => {
  it.each(golden.sie)('agrees with the integral over elliptical shells at ($x, $y), axis ratio $axisRatio', (g) => {
    const [ax, ay] = sieDeflection({ einsteinRadius: g.einsteinRadius, axisRatio: g.axisRatio })(g.x, g.y)
    // The quadrature's own error is below 1e-11.
    expect(ax).toBeCloseTo(g.deflection[0], 9)
    expect(ay).toBeCloseTo(g.deflection[1], 9)
  })

  it('deflects by the Einstein radius everywhere when the mass is round', () => {
    const deflect = sieDeflection({ einsteinRadius: 1.7 })
    fc.assert(
      fc.property(coordinate, coordinate, (x, y) => {
        const [ax, ay] = deflect(x, y)
        expect(Math.hypot(ax, ay)).toBeCloseTo(1.7, 12)
        expect(ax * y - ay * x).toBeCloseTo(0, 10)
      }),
      { seed: 2 },
    )
  })

  it('approaches the round lens as the axis ratio goes to 1', () => {
    const round = sieDeflection({ einsteinRadius: 1 })(0.4, -1.1)
    const nearly = sieDeflection({ einsteinRadius: 1, axisRatio: 1 - 1e-7, angle: 0.3 })(0.4, -1.1)
    const first = sieDeflection({ einsteinRadius: 1, axisRatio: 1 - 1e-10, angle: 0.3 })(0.4, -1.1)
    // First order in 1 − q.
    for (const other of [nearly, first]) for (const i of [0, 1] as const) expect(other[i]).toBeCloseTo(round[i], 6)
  })

  it('is the gradient of the potential X α_X + Y α_Y, and its divergence is twice the surface density', () => {
    fc.assert(
      fc.property(coordinate, coordinate, ratio, angle, (x, y, axisRatio, turn) => {
        const b = 1.3
        const deflect = sieDeflection({ einsteinRadius: b, axisRatio, angle: turn })
        const potential = (u: number, v: number): number => {
          const [ax, ay] = deflect(u, v)
          return u * ax + v * ay
        }
        const h = 1e-4
        const [ax, ay] = deflect(x, y)
        // Central differences with h = 1e-4: error h² times a third derivative of at most 1e3 near the centre.
        expect((potential(x + h, y) - potential(x - h, y)) / (2 * h)).toBeCloseTo(ax, 3)
        expect((potential(x, y + h) - potential(x, y - h)) / (2 * h)).toBeCloseTo(ay, 3)
        const step = 1e-5
        const divergence =
          (deflect(x + step, y)[0] - deflect(x - step, y)[0] + deflect(x, y + step)[1] - deflect(x, y - step)[1]) /
          (2 * step)
        const u = x * Math.cos(turn) + y * Math.sin(turn)
        const v = y * Math.cos(turn) - x * Math.sin(turn)
        const kappa = (b * Math.sqrt(axisRatio)) / (2 * Math.hypot(axisRatio * u, v))
        expect(divergence / (2 * kappa)).toBeCloseTo(1, 3)
      }),
      { seed: 3 },
    )
  })

  it('has a critical curve that encloses the area of a circle of the Einstein radius', () => {
    const b = 1.5
    const q = 0.6
    // An isothermal lens is critical where κ = 1/2: area π b² whatever the axis ratio.
    const deflect = sieDeflection({ einsteinRadius: b, axisRatio: q, angle: 0.4 })
    const h = 1e-5
    const cell = 0.01
    let area = 0
    for (let y = -3; y < 3; y += cell) {
      for (let x = -3.003; x < 3; x += cell) {
        const xx = 1 - (deflect(x + h, y)[0] - deflect(x - h, y)[0]) / (2 * h)
        const yy = 1 - (deflect(x, y + h)[1] - deflect(x, y - h)[1]) / (2 * h)
        const xy = -(deflect(x, y + h)[0] - deflect(x, y - h)[0]) / (2 * h)
        if (xx * yy - xy * xy < 0) area += cell * cell
      }
    }
    // 0.5 %: cells on the curve count whole or not at all.
    expect(Math.abs(area / (Math.PI * b * b) - 1)).toBeLessThan(0.005)
  })

  it('adds shear that stretches along its direction', () => {
    const [ax, ay] = sieDeflection({ einsteinRadius: 1e-9, shear: 0.1, shearAngle: 0 })(2, 3)
    expect(ax).toBeCloseTo(0.2, 8)
    expect(ay).toBeCloseTo(-0.3, 8)
    const turned = sieDeflection({ einsteinRadius: 1e-9, shear: 0.1, shearAngle: Math.PI / 4 })(2, 3)
    expect(turned[0]).toBeCloseTo(0.3, 8)
    expect(turned[1]).toBeCloseTo(0.2, 8)
  })

  it('rejects unknown keys and values out of range', () => {
    expect(() => sieDeflection({ einsteinRadius: 0 })).toThrow(ParameterError)
    expect(() => sieDeflection({ einsteinRadius: 1, axisRatio: 1.2 })).toThrow(ParameterError)
    expect(() => sieDeflection({ einsteinRadius: 1, shear: Number.NaN })).toThrow(ParameterError)
    expect(() => sieDeflection({ einsteinRadius: 1, q: 1 } as never)).toThrow(/unknown option 'q'/)
    expect(sieDeflection({ einsteinRadius: 1, axisRatio: 0.5 })(0, 0)).toEqual([0, 0])
  })
})

describe('traceLens', () => {
  const trace = (lens: Parameters<typeof resolveLens>[0], size = 101, scale = 0.1): Float64Array =>
    traceLens(size, size, (size - 1) / 2, (size - 1) / 2, scale, resolveLens(lens))

  it('magnifies a source behind the edge of a round lens as theory says', () => {
    // A point at β beyond b has one image with magnification 1 + b / β; the source is small enough to be a point to 1 %.
    const map = trace({ einsteinRadius: 1, source: { x: 2, radius: 0.1 } })
    expect(Math.abs(sumOf(map) / 1.5 - 1)).toBeLessThan(0.02)
    // Inside there are two images: 2 b / β in all.
    const pair = trace({ einsteinRadius: 1, source: { x: 0.6, radius: 0.04, index: 0.5 } })
    expect(Math.abs(sumOf(pair) / (2 / 0.6) - 1)).toBeLessThan(0.02)
  })

  it('makes a ring of the Einstein radius when source and lens are aligned', () => {
    const map = trace({ einsteinRadius: 2, source: { radius: 0.1, index: 0.5 } })
    let light = 0
    let radius = 0
    let onRing = 0
    for (let p = 0; p < map.length; p++) {
      const r = 0.1 * Math.hypot((p % 101) - 50, Math.floor(p / 101) - 50)
      light += map[p]!
      radius += r * map[p]!
      if (Math.abs(r - 2) < 0.35) onRing += map[p]!
    }
    expect(radius / light).toBeCloseTo(2, 1)
    // A Gaussian source of 0.1 has nearly all of its light within 3 half-light radii.
    expect(onRing / light).toBeGreaterThan(0.99)
  })

  it('makes four images inside the caustic of an elliptical lens and two outside', () => {
    const images = (x: number): number => {
      const map = trace(
        { einsteinRadius: 1.5, axisRatio: 0.6, source: { x, y: 0.03, radius: 0.015, index: 0.5 } },
        201,
        0.025,
      )
      const top = Math.max(...map)
      let count = 0
      for (let y = 1; y < 200; y++) {
        for (let x = 1; x < 200; x++) {
          const v = map[y * 201 + x]!
          if (v < 0.05 * top) continue
          let highest = true
          for (let dy = -3; dy <= 3; dy++)
            for (let dx = -3; dx <= 3; dx++) if ((map[(y + dy) * 201 + x + dx] ?? 0) > v) highest = false
          if (highest) count++
        }
      }
      return count
    }
    expect(images(0.05)).toBe(4)
    expect(images(0.8)).toBe(2)
  })
})
