import type { CelestialAxes } from './celestial-axes.ts'
import type { Distortion } from './distortion.ts'
import type { MapCards } from './map-cards.ts'
import { type PolynomialTerm, planePolynomial } from './plane-polynomial.ts'

/** The powers (of the own coordinate, of the other, of r) of PVi_0 to PVi_39. */
const powers: readonly (readonly [number, number, number])[] = Array.from({ length: 8 }, (_, degree) => {
  const mixed = Array.from({ length: degree + 1 }, (_, j) => [degree - j, j, 0] as const)
  return degree % 2 === 1 ? [...mixed, [0, 0, degree] as const] : mixed
}).flat()

/**
 * Whether PVi_m are a polynomial on TAN without its name, as SCAMP writes them: any of the latitude's axis, for which the
 * standard has none with TAN, or one of the longitude's beyond the standard's four.
 */
export function isUnnamedTpv(lon: ReadonlyMap<number, number>, lat: ReadonlyMap<number, number>): boolean {
  return lat.size > 0 || [...lon.keys()].some((m) => m > 4)
}

function terms(
  cards: MapCards,
  axis: number,
  parameters: ReadonlyMap<number, number>,
  isLatitude: boolean,
): PolynomialTerm[] {
  const out: PolynomialTerm[] = []
  for (const [m, factor] of parameters.has(1) ? parameters : new Map([...parameters, [1, 1]])) {
    const power = powers[m]
    if (!power) {
      throw cards.header.fault(cards.key(`PV${axis}_${m}`), `must be one of the terms 0 to ${powers.length - 1} of TPV`)
    }
    const [own, other, r] = power
    if (factor !== 0) out.push(isLatitude ? [factor, other, own, r] : [factor, own, other, r])
  }
  return out
}

/**
 * The TPV polynomials: degrees in the plane before to degrees after.
 *
 * @remarks PVi_1 is 1 when it is absent, all others 0. Solved by Newton's method from the place itself. The plane is in degrees, as the
 * registry has it: wcslib, and so astropy, takes the pixels before CDELTi where there are PCi_j instead of CDi_j.
 * @throws FormatError for a term beyond PVi_39.
 * @see https://fits.gsfc.nasa.gov/registry/tpvwcs/tpv.html
 */
export function readTpv(
  cards: MapCards,
  axes: CelestialAxes,
  lon: ReadonlyMap<number, number>,
  lat: ReadonlyMap<number, number>,
): Distortion {
  const map = planePolynomial(terms(cards, axes.lon, lon, false), terms(cards, axes.lat, lat, true), 1e-4)
  return {
    name: 'TPV',
    onPixels: false,
    apply: map.apply,
    solve: (f, g, out) => map.solve(f, g, f, g, out),
  }
}
