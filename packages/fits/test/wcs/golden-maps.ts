import { readFileSync } from 'node:fs'
import { FitsHeader } from '../../src/index.ts'

/** A header with a map and what astropy finds at pixels of it; `refused` where astropy finds no map. */
export interface MapCase {
  readonly name: string
  readonly cards: readonly (readonly [string, string | number])[]
  readonly points: readonly (readonly [number, number])[]
  readonly world: readonly (readonly [number | null, number | null])[]
  readonly area?: number
  readonly alternate?: string
  readonly refused?: boolean
}

/** Places all over the sky and astropy's pixels of them; `null` where it finds none. */
export interface ReverseCase {
  readonly name: string
  readonly cards: readonly (readonly [string, string | number])[]
  readonly world: readonly (readonly [number, number])[]
  readonly pixels: readonly (readonly [number, number] | null)[]
}

export const golden: {
  readonly reverse: readonly ReverseCase[]
  readonly galacticToIcrs: readonly (readonly [number, number, number, number])[]
  readonly cases: readonly MapCase[]
} = JSON.parse(readFileSync(new URL('../golden/wcs.json', import.meta.url), 'utf8'))

export function headerOf(cards: Iterable<readonly [string, string | number]>): FitsHeader {
  return new FitsHeader(Array.from(cards, ([keyword, value]) => ({ keyword, value })))
}

/** Distance on the sky, in degrees, of places that are near each other. */
export function separation(lon1: number, lat1: number, lon2: number, lat2: number): number {
  const turn = ((((lon1 - lon2) % 360) + 540) % 360) - 180
  return Math.hypot(turn * Math.cos((lat2 * Math.PI) / 180), lat1 - lat2)
}
