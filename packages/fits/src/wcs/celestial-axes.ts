import { UnsupportedError } from '@astronomaly/core'
import type { MapCards } from './map-cards.ts'

/** The two axes of a map that are on the sky. */
export interface CelestialAxes {
  /** Number of the longitude's axis, from 1. */
  readonly lon: number
  /** Number of the latitude's axis, from 1. */
  readonly lat: number
  /** The three letters of the projection. */
  readonly code: string
  /** What follows them: `''` or such as `'SIP'`. */
  readonly suffix: string
  /** Kind of coordinates: `'RA'`, `'GLON'`, `'ELON'`, `'HPLN'` … */
  readonly longitude: string
}

/** RA---TAN, DEC--TAN-SIP, GLON-CAR, HPLT-TAN: name, projection, suffix. */
const celestial = /^(RA--|DEC-|[A-Z]LON|[A-Z]LAT|[A-Z]{2}LN|[A-Z]{2}LT)-([A-Z0-9]{3})(?:-([A-Z0-9]{1,3}))?$/

/** The latitude that belongs to a longitude's name; `undefined` for a latitude. */
function partnerOf(name: string): string | undefined {
  if (name === 'RA--') return 'DEC-'
  if (name.endsWith('LON')) return `${name[0]}LAT`
  if (name.endsWith('LN')) return `${name.slice(0, 2)}LT`
  return undefined
}

/**
 * The celestial axes of a map.
 *
 * @returns `undefined` when no axis has a projection of the sky: spectra, tables, `RA` and `DEC` that are linear.
 * @throws FormatError when one axis has no partner or they disagree; UnsupportedError for a table look-up.
 */
export function celestialAxes(cards: MapCards): CelestialAxes | undefined {
  const pattern = new RegExp(`^CTYPE(\\d{1,3})${cards.alternate}$`)
  const found: { axis: number; name: string; code: string; suffix: string }[] = []
  for (const { keyword } of cards.header.cards) {
    const axis = Number(pattern.exec(keyword)?.[1] ?? Number.NaN)
    if (!(axis >= 1) || found.some((other) => other.axis === axis)) continue
    const value = cards.header.get(keyword)
    const [, name, code, suffix = ''] = (typeof value === 'string' && celestial.exec(value.trim().toUpperCase())) || []
    if (name && code) found.push({ axis, name, code, suffix })
  }
  const first = found[0]
  if (!first) return undefined
  if (first.code === 'TAB') {
    throw new UnsupportedError(`WCS: projections must not be tables. Received ${cards.text(`CTYPE${first.axis}`)}.`)
  }
  const lon = found.find(({ name }) => partnerOf(name) !== undefined)
  const lat = found.find(({ name }) => partnerOf(name) === undefined)
  if (found.length !== 2 || !lon || !lat || partnerOf(lon.name) !== lat.name || lon.code !== lat.code) {
    const types = found.map(({ axis }) => cards.text(`CTYPE${axis}`)).join(', ')
    throw cards.header.fault(
      cards.key(`CTYPE${first.axis}`),
      `must be one of two celestial axes that belong together. Received ${types}`,
    )
  }
  return {
    lon: lon.axis,
    lat: lat.axis,
    code: lon.code,
    suffix: lon.suffix || lat.suffix,
    longitude: lon.name.replace(/-+$/, ''),
  }
}
