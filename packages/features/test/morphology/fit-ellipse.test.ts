import { createRandom, NumericalError, ParameterError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Ellipse, ellipseResidual, fitEllipse } from '../../src/morphology/fit-ellipse.ts'

/** `n` points of an ellipse, along `arc` of it. */
function pointsOf({ x, y, major, minor, angle }: Ellipse, n: number, arc = 2 * Math.PI): number[] {
  return Array.from({ length: n }, (_, i) => {
    const t = (arc * i) / n
    const [u, v] = [major * Math.cos(t), minor * Math.sin(t)]
    return [x + u * Math.cos(angle) - v * Math.sin(angle), y + u * Math.sin(angle) + v * Math.cos(angle)]
  }).flat()
}

function compare(found: Ellipse, wanted: Ellipse, tolerance: number): void {
  for (const key of ['x', 'y', 'major', 'minor'] as const) {
    expect(Math.abs(found[key] - wanted[key])).toBeLessThan(tolerance * wanted.major)
  }
  const turned = Math.abs(Math.sin(found.angle - wanted.angle))
  // The direction of a nearly round ellipse is known as well as its flatness lets it.
  expect(turned * (1 - wanted.minor / wanted.major)).toBeLessThan(tolerance)
}

describe('fitEllipse', () => {
  it('finds exact ellipses to 1e-6 of their size', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -300, max: 300, noNaN: true }),
        fc.double({ min: -300, max: 300, noNaN: true }),
        fc.double({ min: 0.5, max: 200, noNaN: true }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 3.14, noNaN: true }),
        fc.integer({ min: 6, max: 80 }),
        (x, y, major, aspect, angle, n) => {
          const wanted = { x, y, major, minor: aspect * major, angle }
          const points = pointsOf(wanted, n)
          const found = fitEllipse(points)
          compare(found, wanted, 1e-6)
          expect(found.angle).toBeGreaterThanOrEqual(0)
          expect(found.angle).toBeLessThan(Math.PI)
          expect(found.minor).toBeLessThanOrEqual(found.major)
          expect(ellipseResidual(points, found)).toBeLessThan(1e-6)
        },
      ),
      { seed: 1, numRuns: 200 },
    )
  })

  it('finds an ellipse from half of it', () => {
    const wanted = { x: 3, y: -2, major: 9, minor: 5, angle: 0.6 }
    // A half determines the rest less well: 1e-5.
    compare(fitEllipse(pointsOf(wanted, 40, Math.PI)), wanted, 1e-5)
  })

  it('averages scattered points', () => {
    const random = createRandom(1, 'fit-ellipse.test')
    const wanted = { x: 40, y: 50, major: 30, minor: 18, angle: 2.2 }
    const points = pointsOf(wanted, 400).map((v) => v + 0.3 * random.normal())
    // 0.3 pixels over the root of 400 points, with room for the bias of an algebraic distance.
    compare(fitEllipse(points), wanted, 0.01)
    // The scatter along the normal is 0.3 pixels of 18 to 30.
    expect(ellipseResidual(points, wanted)).toBeGreaterThan(0.3 / 30)
    expect(ellipseResidual(points, wanted)).toBeLessThan(0.3 / 18)
  })

  it('fits the points of a hyperbola or a square with an ellipse all the same', () => {
    const hyperbola = Array.from({ length: 20 }, (_, i) => [Math.cosh((i - 10) / 5), Math.sinh((i - 10) / 5)]).flat()
    expect(fitEllipse(hyperbola).minor).toBeGreaterThan(0)
    const square = fitEllipse([0, 0, 1, 0, 2, 0, 0, 1, 2, 1, 0, 2, 1, 2, 2, 2])
    expect(square.major).toBeCloseTo(square.minor, 9)
    expect(square.x).toBeCloseTo(1, 9)
  })

  it('rejects points that lie on a line or a spot, and too few', () => {
    expect(() => fitEllipse([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5])).toThrow(NumericalError)
    expect(() => fitEllipse(new Array(20).fill(3))).toThrow(NumericalError)
    expect(() => fitEllipse([0, 0, 1, 0, 0, 1, 1, 1, 2, 0])).toThrow(ParameterError)
  })

  it('rejects coordinates that are not finite, and says which', () => {
    const points = pointsOf({ x: 0, y: 0, major: 2, minor: 1, angle: 0 }, 8)
    for (const v of [Number.NaN, Number.POSITIVE_INFINITY]) {
      points[5] = v
      expect(() => fitEllipse(points)).toThrow(
        new NumericalError(`fitEllipse: points must be finite. Received ${v} at 5.`),
      )
    }
  })
})
