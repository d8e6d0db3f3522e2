import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** A FITS file that astropy wrote, gzipped, and what astropy reads in one of its HDUs. */
export interface ImageCase {
  readonly name: string
  readonly hdu: number
  readonly file: string
  readonly shape: readonly number[]
  readonly sha256: string
}

export interface TableCase {
  readonly name: string
  readonly file: string
  readonly rows: number
  readonly columns: Readonly<Record<string, { width: number; unit: string | null; values: readonly unknown[] }>>
}

export interface MapCase {
  readonly name: string
  readonly cards: readonly (readonly [string, string | number])[]
  readonly points: readonly (readonly [number, number])[]
  readonly sky: readonly (readonly [number, number])[]
}

export const golden: {
  readonly images: readonly ImageCase[]
  readonly tables: readonly TableCase[]
  readonly maps: readonly MapCase[]
} = JSON.parse(readFileSync(new URL('golden/fits-read.json', import.meta.url), 'utf8'))

export function unpack(file: string): Uint8Array {
  return new Uint8Array(gunzipSync(Buffer.from(file, 'base64')))
}

/** SHA-256 of the values as big-endian f64, the reference files' own measure. */
export function pixelHash(values: Float32Array | Float64Array): string {
  return createHash('sha256')
    .update(Buffer.from(new Float64Array(values).buffer).swap64())
    .digest('hex')
}

/** A header of 80-character cards, END and padding, before `data`. */
export function rawFits(cards: readonly string[], data = new Uint8Array(0)): Uint8Array {
  const text = [...cards, 'END'].map((card) => card.padEnd(80)).join('')
  const length = Math.ceil(text.length / 2880) * 2880
  const out = new Uint8Array(length + data.length)
  out.set(new TextEncoder().encode(text.padEnd(length)))
  out.set(data, length)
  return out
}
