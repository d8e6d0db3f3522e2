import type { FitsHeader } from '../header/fits-header.ts'
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

/**
 * The year of EQUINOX or the old EPOCH, as a number or as a text; `undefined` when it is neither, for 0, which writers leave where they know none, and for
 * an EPOCH that is no year, which is a time of observation.
 *
 * @throws FormatError for an EQUINOX that is no year, such as a Julian date.
 */
function equinoxOf(header: FitsHeader, keyword: string): number | undefined {
  const own = header.get(keyword) === undefined ? 'EPOCH' : keyword
  const value = header.get(own)
  // Some writers have 'J2000.0'.
  const [, text] = (typeof value === 'string' && /^\s*[JB]?(\d{4}(?:\.\d*)?)\s*$/.exec(value)) || []
  const year = typeof value === 'number' ? value : text === undefined ? undefined : Number(text)
  if (year === undefined || year === 0) return undefined
  if (year >= 1800 && year <= 2200) return year
  if (own === 'EPOCH') return undefined
  throw header.fault(own, 'must be the year of an equinox')
}

/** The frame that a map's cards say. @see https://fits.gsfc.nasa.gov/fits_standard.html, version 4.0, section 8.3 */
export function readFrame(cards: MapCards, { longitude }: CelestialAxes): Frame {
  const equinox = (): number | undefined => equinoxOf(cards.header, cards.key('EQUINOX'))
  if (longitude !== 'RA') {
    const name = Object.hasOwn(systems, longitude) ? systems[longitude]! : longitude
    return { name, equinox: name.endsWith('ECLIPTIC') ? (equinox() ?? 2000) : undefined }
  }
  return equatorialFrame(cards.header, cards.key('RADESYS'), equinox)
}

/** The frame of right ascensions and declinations that stand in a header's cards, without a map. */
export function frameOfHeader(header: FitsHeader): Frame {
  return equatorialFrame(header, 'RADESYS', () => equinoxOf(header, 'EQUINOX'))
}

/** @param equinox - Read only where it counts. */
function equatorialFrame(header: FitsHeader, keyword: string, equinox: () => number | undefined): Frame {
  const named = [keyword, 'RADECSYS'].map((key) => header.get(key)).find((v) => typeof v === 'string')
  const name = (named as string | undefined)?.trim().toUpperCase()
  if (name && name !== 'FK5' && !name.startsWith('FK4')) return { name, equinox: undefined }
  const year = equinox()
  const system = name || (year === undefined ? 'ICRS' : year < 1984 ? 'FK4' : 'FK5')
  if (system.startsWith('FK4')) return { name: system, equinox: year ?? 1950 }
  return { name: system, equinox: system === 'FK5' ? (year ?? 2000) : undefined }
}
