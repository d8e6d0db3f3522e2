import type { CelestialAxes } from './celestial-axes.ts'
import type { MapCards } from './map-cards.ts'

const systems: Readonly<Record<string, string>> = {
  GLON: 'GALACTIC',
  SLON: 'SUPERGALACTIC',
  ELON: 'ECLIPTIC',
  HLON: 'HELIOECLIPTIC',
}

/** The frame of a map's coordinates and the year of its mean equinox, if it has one. */
export interface Frame {
  readonly name: string
  readonly equinox: number | undefined
}

/** The year of EQUINOX or the old EPOCH, as a number or as a text; `undefined` when it is neither. */
function equinoxOf(cards: MapCards): number | undefined {
  const value = cards.has('EQUINOX') ? cards.header.get(cards.key('EQUINOX')) : cards.header.get('EPOCH')
  if (typeof value === 'number') return value
  // Some writers have 'J2000.0'.
  const [, year] = (typeof value === 'string' && /^\s*[JB]?(\d{4}(?:\.\d*)?)\s*$/.exec(value)) || []
  return year === undefined ? undefined : Number(year)
}

/** The frame that a map's cards say. @see https://fits.gsfc.nasa.gov/fits_standard.html, version 4.0, section 8.3 */
export function readFrame(cards: MapCards, { longitude }: CelestialAxes): Frame {
  const equinox = equinoxOf(cards)
  if (longitude !== 'RA') {
    const name = Object.hasOwn(systems, longitude) ? systems[longitude]! : longitude
    return { name, equinox: name.endsWith('ECLIPTIC') ? (equinox ?? 2000) : undefined }
  }
  const named = [cards.key('RADESYS'), 'RADECSYS']
    .map((key) => cards.header.get(key))
    .find((v) => typeof v === 'string')
  const name = (named as string | undefined)?.trim().toUpperCase()
  const system = name || (equinox === undefined ? 'ICRS' : equinox < 1984 ? 'FK4' : 'FK5')
  if (system.startsWith('FK4')) return { name: system, equinox: equinox ?? 1950 }
  return { name: system, equinox: system === 'FK5' ? (equinox ?? 2000) : undefined }
}
