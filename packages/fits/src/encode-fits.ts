import { assertKnownKeys, checkNumber, concatArrays, ParameterError } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { encodeHdu } from './encode-hdu.ts'
import type { FitsCard } from './header/fits-card.ts'
import { FitsHeader } from './header/fits-header.ts'
import { assertPixels } from './image/encode-fits-image.ts'
import { type FitsPixels, furtherCards, imageCards, storedBytes } from './image/encode-pixels.ts'
import { encodeTableHdu, resolveEncodeOptions } from './table/encode-fits-table.ts'

/** What names an HDU and describes it. */
export interface FitsUnitLabels {
  /** EXTNAME. */
  readonly name?: string
  /** EXTVER, 1 or more, where several have one name. */
  readonly version?: number
  /**
   * Further cards, in order; of a header that was read, the cards that tell how its HDU was stored are left out.
   * @defaultValue none
   */
  readonly header?: FitsHeader | readonly FitsCard[]
}

/** One HDU to be written: a picture, a table, or a header alone. */
export type FitsUnit =
  | (FitsUnitLabels & { readonly image: { readonly data: FitsPixels; readonly shape: readonly number[] } })
  | (FitsUnitLabels & { readonly table: Table })
  | FitsUnitLabels

const subject = 'encodeFits'

/**
 * A FITS file of several HDUs, each with DATASUM and CHECKSUM.
 *
 * @param units - In order, one or more. The first becomes the primary HDU, unless it is a table: then an empty one stands before it.
 * @returns The whole file; the same input gives the same bytes. Pixels are stored as by `encodeFitsImage`, tables as by
 * `encodeFitsTable`.
 * @throws ShapeError and ParameterError as those do, and where a unit is none.
 */
export function encodeFits(units: readonly FitsUnit[]): Uint8Array<ArrayBuffer> {
  if (!Array.isArray(units) || units.length === 0) {
    throw new ParameterError(`${subject}: units must have a picture, a table or a header. Received none.`)
  }
  const all: readonly FitsUnit[] = 'table' in units[0]! ? [{}, ...units] : units
  const hdus = all.map((unit, index) =>
    encodeUnit(unit, index === 0 ? (all.length > 1 ? 'first' : 'alone') : 'extension'),
  )
  return concatArrays(Uint8Array, hdus)
}

function encodeUnit(unit: FitsUnit, place: 'alone' | 'first' | 'extension'): Uint8Array {
  assertKnownKeys(subject, unit, ['image', 'table', 'name', 'version', 'header'])
  const header = labelled(unit)
  if ('table' in unit) {
    if ('image' in unit) throw new ParameterError(`${subject}: unit must be a picture or a table. Received both.`)
    const cards = header instanceof FitsHeader ? furtherCards(subject, header) : header
    const { cards: own, data } = encodeTableHdu(subject, unit.table, resolveEncodeOptions(subject, { header: cards }))
    return encodeHdu(own, data)
  }
  const { data, shape } = 'image' in unit ? unit.image : { data: undefined, shape: [] }
  if (data) assertPixels(subject, data, shape)
  return encodeHdu(
    imageCards(subject, data, shape, { place, header }),
    data ? storedBytes(subject, data) : new Uint8Array(0),
  )
}

/** The cards with EXTNAME and EXTVER before them, in place of their own. */
function labelled({ name, version, header = [] }: FitsUnitLabels): FitsHeader | readonly FitsCard[] {
  const own: FitsCard[] = []
  if (name !== undefined) own.push({ keyword: 'EXTNAME', value: name })
  if (version !== undefined) {
    const value = checkNumber(`${subject}: version`, version, { integer: true, min: 1, max: 2 ** 31 - 1 })
    own.push({ keyword: 'EXTVER', value })
  }
  const given = new Set(own.map(({ keyword }) => keyword))
  const cards = 'cards' in header ? header.cards : header
  const all = [...own, ...cards.filter(({ keyword }) => !given.has(keyword.toUpperCase()))]
  return header instanceof FitsHeader ? new FitsHeader(all, header.source) : all
}
