import type { FitsHeader } from '../header/fits-header.ts'

/** The cards of one of a header's maps: the names of the primary map, the letter of an alternate one added. */
export interface MapCards {
  readonly header: FitsHeader
  /** The letter, `''` for the primary map. */
  readonly alternate: string
  /** The name in the header, for errors. */
  key(name: string): string
  number(name: string): number | undefined
  text(name: string): string | undefined
  has(name: string): boolean
}

/** The cards of a map. @throws FormatError, when one is asked for that is not what it should be. */
export function mapCards(header: FitsHeader, alternate: string): MapCards {
  const key = (name: string): string => `${name}${alternate}`
  return {
    header,
    alternate,
    key,
    has: (name) => header.has(key(name)),
    text: (name) => header.text(key(name))?.trim(),
    number(name) {
      const value = header.number(key(name))
      if (value !== undefined && !Number.isFinite(value)) {
        throw header.fault(key(name), `must be a finite number. Received ${value}`)
      }
      return value
    },
  }
}

/** The projection parameters PVi_m of an axis, by m; an early draft's PROJPm are those of the latitude. */
export function projectionParameters(cards: MapCards, axis: number, isLatitude: boolean): Map<number, number> {
  const found = new Map<number, number>()
  const pattern = new RegExp(`^(?:PV${axis}_(\\d{1,2})${cards.alternate}|PROJP(\\d)${isLatitude ? '' : '(?!)'})$`)
  for (const { keyword } of cards.header.cards) {
    const [, current, old] = pattern.exec(keyword) ?? []
    const m = Number(current ?? old)
    if (!Number.isInteger(m) || (current === undefined && (cards.alternate !== '' || cards.has(`PV${axis}_${m}`))))
      continue
    const value = cards.number(current === undefined ? `PROJP${m}` : `PV${axis}_${current}`)
    if (value !== undefined && !found.has(m)) found.set(m, value)
  }
  return found
}
