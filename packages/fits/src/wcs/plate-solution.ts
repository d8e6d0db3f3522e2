import type { FitsHeader } from '../header/fits-header.ts'
import type { Distortion } from './distortion.ts'
import { type PolynomialTerm, planePolynomial } from './plane-polynomial.ts'

/** The powers of (own coordinate, other, r) of the terms AMDX1 to AMDX13 and AMDY1 to AMDY13. */
const powers: readonly (readonly [number, number, number])[] = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 0],
  [2, 0, 0],
  [1, 1, 0],
  [0, 2, 0],
  [0, 0, 2],
  [3, 0, 0],
  [2, 1, 0],
  [1, 2, 0],
  [0, 3, 0],
  [1, 0, 2],
  [1, 0, 4],
]

/** The plate solution of a scan: millimetres on the plate by pixels, its polynomial, its centre on the sky. */
export interface PlateSolution {
  /** The pixel of the plate's centre, 0-based. */
  readonly x0: number
  readonly y0: number
  /** Millimetres per pixel, as the matrix of a linear part. */
  readonly matrix: readonly [number, number, number, number]
  /** From millimetres to degrees in the plane. */
  readonly distortion: Distortion
  readonly lon0: number
  readonly lat0: number
}

/** Whether a header has the plate solution of a Digitized Sky Survey scan. */
export function hasPlateSolution(header: FitsHeader): boolean {
  return ['AMDX1', 'AMDY1', 'CNPIX1', 'CNPIX2', 'PPO3', 'PPO6', 'XPIXELSZ', 'YPIXELSZ', 'PLTRAH', 'PLTDECD'].every(
    (key) => header.has(key),
  )
}

/**
 * The plate solution of a Digitized Sky Survey scan, which is finer than the TAN map beside it.
 *
 * @remarks With X = (PPO3 − XPIXELSZ · x) / 1000 and Y = (YPIXELSZ · y − PPO6) / 1000 in millimetres, x and y counted from
 * the plate's corner: ξ = AMDX1 X + AMDX2 Y + AMDX3 + AMDX4 X² + … + AMDX13 X (X² + Y²)² in arcsec, η likewise with X and Y
 * exchanged.
 * @throws FormatError when a card is missing or no number, or a pixel has no size.
 */
export function readPlateSolution(header: FitsHeader): PlateSolution {
  const number = (keyword: string): number => {
    const value = header.number(keyword)
    if (value === undefined || !Number.isFinite(value))
      throw header.fault(keyword, 'must be a number for a plate solution')
    return value
  }
  const size = (keyword: string): number => {
    const value = number(keyword)
    if (!(value > 0)) throw header.fault(keyword, `must be > 0. Received ${value}`)
    return value
  }
  const terms = (axis: 'X' | 'Y'): PolynomialTerm[] =>
    powers.flatMap(([own, other, r], m) => {
      const factor = (header.number(`AMD${axis}${m + 1}`) ?? 0) / 3600
      return factor === 0 ? [] : [axis === 'X' ? [factor, own, other, r] : [factor, other, own, r]]
    })
  const sign = header.text('PLTDECSN')?.trim() === '-' ? -1 : 1
  const [xSize, ySize] = [size('XPIXELSZ'), size('YPIXELSZ')]
  const map = planePolynomial(terms('X'), terms('Y'), 1e-4)
  const scale = [number('AMDX1') / 3600, number('AMDY1') / 3600] as const
  const lat0 = sign * (number('PLTDECD') + number('PLTDECM') / 60 + number('PLTDECS') / 3600)
  if (Math.abs(lat0) > 90) throw header.fault('PLTDECD', `must be a latitude from -90 to 90. Received ${lat0}`)
  return {
    x0: number('PPO3') / xSize - number('CNPIX1') - 0.5,
    y0: number('PPO6') / ySize - number('CNPIX2') - 0.5,
    matrix: [-xSize / 1000, 0, 0, ySize / 1000],
    distortion: {
      name: 'DSS',
      onPixels: false,
      apply: map.apply,
      solve: (f, g, out) => map.solve(f, g, f / scale[0], g / scale[1], out),
    },
    lon0: 15 * (number('PLTRAH') + number('PLTRAM') / 60 + number('PLTRAS') / 3600),
    lat0,
  }
}
