import { UnsupportedError } from '@astronomaly/core'
import type { CelestialAxes } from './celestial-axes.ts'
import type { MapCards } from './map-cards.ts'

const radian = Math.PI / 180

/** The first step of a map: pixels to the plane of projection. */
export interface LinearPart {
  /** The reference pixel, 0-based. */
  readonly x0: number
  readonly y0: number
  /** Degrees per pixel: longitude by x, longitude by y, latitude by x, latitude by y. */
  readonly matrix: readonly [number, number, number, number]
}

/** Degrees in the units that the standard has for angles. */
const degreesIn: Readonly<Record<string, number>> = {
  '': 1,
  deg: 1,
  degree: 1,
  degrees: 1,
  arcmin: 1 / 60,
  arcsec: 1 / 3600,
  mas: 1 / 3.6e6,
  rad: 180 / Math.PI,
}

/** Degrees in an axis's unit. @throws FormatError when it is no angle. */
export function degreesPerUnit(cards: MapCards, axis: number): number {
  const unit = cards.text(`CUNIT${axis}`) ?? ''
  const name = unit.toLowerCase()
  const scale = Object.hasOwn(degreesIn, name) ? degreesIn[name] : undefined
  if (scale === undefined) {
    throw cards.header.fault(
      cards.key(`CUNIT${axis}`),
      `must be deg, arcmin, arcsec, mas or rad on a celestial axis. Received ${JSON.stringify(unit)}`,
    )
  }
  return scale
}

/** Elements of PCi_j or CDi_j in both spellings, by `i j`; `undefined` when there are none. */
function elements(cards: MapCards, name: 'PC' | 'CD'): Map<string, number> | undefined {
  const pattern = new RegExp(`^${name}(?:(\\d{1,3})_(\\d{1,3})|(\\d{3})(\\d{3}))${cards.alternate}$`)
  const found = new Map<string, number>()
  for (const { keyword } of cards.header.cards) {
    const [, i, j, oldI, oldJ] = pattern.exec(keyword) ?? []
    if (i === undefined && oldI === undefined) continue
    const place = `${Number(i ?? oldI)} ${Number(j ?? oldJ)}`
    const value = cards.number(keyword.slice(0, keyword.length - cards.alternate.length))
    if (value !== undefined && !found.has(place)) found.set(place, value)
  }
  return found.size > 0 ? found : undefined
}

type Element = (row: number, column: number) => number

/** The matrix in the axes' own units: PCi_j with CDELTi, else CDi_j, else CDELTi with CROTAi of the latitude. */
function matrixElement(cards: MapCards, { lon, lat }: CelestialAxes): Element {
  const delta = (axis: number): number => cards.number(`CDELT${axis}`) ?? 1
  const pc = elements(cards, 'PC')
  if (pc) return (row, column) => delta(row) * (pc.get(`${row} ${column}`) ?? (row === column ? 1 : 0))
  const cd = elements(cards, 'CD')
  if (cd) {
    const spoken = new Set([...cd.keys()].flatMap((place) => place.split(' ')).map(Number))
    return (row, column) => cd.get(`${row} ${column}`) ?? (row === column && !spoken.has(row) ? 1 : 0)
  }
  const turn = (cards.alternate === '' ? (cards.number(`CROTA${lat}`) ?? 0) : 0) * radian
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)]
  return (row, column) => {
    if (row === column) return row === lon || row === lat ? delta(row) * cos : delta(row)
    if (row === lon && column === lat) return -delta(lat) * sin
    if (row === lat && column === lon) return delta(lon) * sin
    return 0
  }
}

/** Numbers of the axes that a header speaks of, from its NAXIS, WCSAXES and the axes at hand. */
function axisNumbers(cards: MapCards): Set<number> {
  const pattern = new RegExp(`^(?:CTYPE|CRPIX|CDELT|(?:PC|CD)\\d{1,3}_)(\\d{1,3})${cards.alternate}$`)
  return new Set(cards.header.cards.map(({ keyword }) => Number(pattern.exec(keyword)?.[1] ?? 0)).filter((n) => n > 0))
}

/**
 * The linear part of a map.
 *
 * @throws FormatError when its matrix is singular or a unit is no angle; UnsupportedError when another axis turns into the sky.
 * @remarks An axis in none of the CDi_j, where others have them, has 1 on its diagonal, as astropy repairs it.
 * @see https://doi.org/10.1051/0004-6361:20021326
 */
export function readLinearPart(cards: MapCards, axes: CelestialAxes): LinearPart {
  const [first, second] = [Math.min(axes.lon, axes.lat), Math.max(axes.lon, axes.lat)]
  const element = matrixElement(cards, axes)
  for (const column of axisNumbers(cards)) {
    if (column === first || column === second) continue
    if (element(axes.lon, column) !== 0 || element(axes.lat, column) !== 0) {
      throw new UnsupportedError(
        `WCS: only the two celestial axes must turn into the sky. Axis ${column} does as well.`,
      )
    }
  }
  const [lonUnit, latUnit] = [degreesPerUnit(cards, axes.lon), degreesPerUnit(cards, axes.lat)]
  const matrix = [
    element(axes.lon, first) * lonUnit,
    element(axes.lon, second) * lonUnit,
    element(axes.lat, first) * latUnit,
    element(axes.lat, second) * latUnit,
  ] as const
  const determinant = matrix[0] * matrix[3] - matrix[1] * matrix[2]
  if (!(determinant !== 0 && Number.isFinite(determinant))) {
    const name = ['PC', 'CD'].map((start) => `${start}${axes.lon}_${first}`).find((key) => cards.has(key))
    throw cards.header.fault(
      cards.key(name ?? `CDELT${axes.lon}`),
      `must be part of a matrix that can be inverted. Received [${matrix}] degrees per pixel`,
    )
  }
  return {
    x0: (cards.number(`CRPIX${first}`) ?? 0) - 1,
    y0: (cards.number(`CRPIX${second}`) ?? 0) - 1,
    matrix,
  }
}
