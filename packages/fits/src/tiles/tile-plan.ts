import { UnsupportedError } from '@astronomaly/core'
import type { FitsHdu } from '../describe-hdu.ts'
import type { FitsHeader } from '../header/fits-header.ts'
import { type PixelScaling, pixelScaling } from '../image/decode-pixels.ts'
import { type BinaryColumn, type BinaryLayout, binaryLayout } from '../table/binary-table-layout.ts'
import type { RiceCoding } from '../tile-codecs/decode-rice.ts'

const algorithms = ['RICE_1', 'GZIP_1', 'GZIP_2', 'HCOMPRESS_1', 'PLIO_1', 'NOCOMPRESS'] as const

/** How tiles are compressed, as ZCMPTYPE names it. */
export type TileAlgorithm = (typeof algorithms)[number]

const dithers = { NONE: 0, NO_DITHER: 0, SUBTRACTIVE_DITHER_1: 1, SUBTRACTIVE_DITHER_2: 2 } as const

/** How floating-point pixels were rounded to integers. */
export interface Quantisation {
  readonly dither: 0 | 1 | 2
  /** Place of tile 0 in the sequence of random numbers. */
  readonly sequence: number
}

/** A tile-compressed picture, read from its headers alone. */
export interface TilePlan {
  readonly algorithm: TileAlgorithm
  readonly layout: BinaryLayout
  readonly rice: RiceCoding
  /** Whether HCOMPRESS interpolates what it rounded. */
  readonly smooth: boolean
  /** Lengths of picture and tile, and tiles along each axis, fastest axis first. */
  readonly size: readonly number[]
  readonly tile: readonly number[]
  readonly tiles: readonly number[]
  readonly scaling: PixelScaling
  /** How pixels were rounded; asked of tiles whose pixels were, since the cards of others may say anything. */
  readonly quantisation: () => Quantisation
  /** The column of a name in upper case. */
  readonly column: (name: string) => BinaryColumn | undefined
}

/** An error that names the file of a header. */
function unsupported(rule: string, source: string | undefined): UnsupportedError {
  return new UnsupportedError(`FITS: ${rule}${source === undefined ? '' : ` (${source})`}.`)
}

/**
 * Plans how to read a compressed picture.
 *
 * @throws FormatError when its keywords contradict each other or the table; UnsupportedError for algorithms that are not known,
 * and pixels of 8 bytes in Rice code.
 */
export function planTiles(hdu: FitsHdu): TilePlan {
  const { header, shape } = hdu
  const named = header.text('ZCMPTYPE')?.trim()
  if (named === undefined) throw header.fault('ZCMPTYPE', 'must be present')
  const algorithm = algorithms.find((known) => known === (named === 'RICE_ONE' ? 'RICE_1' : named))
  if (!algorithm) {
    throw unsupported(`compression must be ${algorithms.join(', ')}. Received ${named}`, header.source)
  }
  const layout = binaryLayout(header)
  if (layout.heapOffset < layout.rowBytes * layout.rowCount) {
    throw header.fault('THEAP', `must not lie in the rows. Received ${layout.heapOffset}`)
  }
  const size = [...shape].reverse()
  const tile = size.map((length, i) => header.integer(`ZTILE${i + 1}`, 1) ?? (i === 0 ? length : 1))
  const tiles = size.map((length, i) => Math.ceil(length / tile[i]!))
  const tileCount = tiles.reduce((a, b) => a * b, 1)
  if (tileCount !== layout.rowCount) {
    throw header.fault('NAXIS2', `must be the number of tiles, ${tileCount}. Received ${layout.rowCount}`)
  }
  const parameter = (name: string, min: number): number | undefined => {
    for (let i = 1; header.has(`ZNAME${i}`); i++) {
      if (header.text(`ZNAME${i}`)?.trim() === name) return header.integer(`ZVAL${i}`, min, 65_536)
    }
    return undefined
  }
  const rice = algorithm === 'RICE_1'
  const bytesPerPixel = (rice ? parameter('BYTEPIX', 1) : undefined) ?? 4
  if (bytesPerPixel === 8) throw unsupported('pixels in Rice code must have 1, 2 or 4 bytes. Received 8', header.source)
  if (bytesPerPixel !== 1 && bytesPerPixel !== 2 && bytesPerPixel !== 4) {
    throw header.fault('ZNAME2', `must set BYTEPIX to 1, 2 or 4. Received ${bytesPerPixel}`)
  }
  const byName = new Map(layout.columns.map((column) => [column.name.toUpperCase(), column]))
  return {
    algorithm,
    layout,
    rice: { blockSize: (rice ? parameter('BLOCKSIZE', 1) : undefined) ?? 32, bytesPerPixel },
    smooth: algorithm === 'HCOMPRESS_1' && (parameter('SMOOTH', 0) ?? 0) > 0,
    size,
    tile,
    tiles,
    scaling: pixelScaling(header, hdu.bitpix),
    quantisation: () => readQuantisation(header),
    column: (name) => byName.get(name),
  }
}

function readQuantisation(header: FitsHeader): Quantisation {
  const method = header.text('ZQUANTIZ')?.trim() ?? 'NO_DITHER'
  if (!Object.hasOwn(dithers, method)) throw header.fault('ZQUANTIZ', `must be a known method. Received ${method}`)
  const dither = dithers[method as keyof typeof dithers]
  return { dither, sequence: dither === 0 ? 0 : (header.integer('ZDITHER0', 1, 10_000) ?? 1) - 1 }
}

/** Where a tile lies in the picture, fastest axis first. */
export interface TilePlace {
  readonly origin: readonly number[]
  readonly extent: readonly number[]
}

/** Where a tile lies; `row` is its number, 0-based. */
export function tilePlace(plan: TilePlan, row: number): TilePlace {
  const { size, tile, tiles } = plan
  const origin: number[] = []
  const extent: number[] = []
  let rest = row
  for (let axis = 0; axis < size.length; axis++) {
    const along = tiles[axis]!
    const start = (rest % along) * tile[axis]!
    rest = Math.floor(rest / along)
    origin.push(start)
    extent.push(Math.min(tile[axis]!, size[axis]! - start))
  }
  return { origin, extent }
}

/** Numbers of the tiles that a section touches, ascending. @param section - `[from, to)`, fastest axis first. */
export function* touchedTiles(plan: TilePlan, section: readonly (readonly [number, number])[]): Generator<number> {
  const first = section.map(([from], axis) => Math.floor(from / plan.tile[axis]!))
  const last = section.map(([, to], axis) => Math.floor((to - 1) / plan.tile[axis]!))
  const at = [...first]
  for (;;) {
    let row = 0
    for (let axis = at.length - 1; axis >= 0; axis--) row = row * plan.tiles[axis]! + at[axis]!
    yield row
    let axis = 0
    while (axis < at.length && ++at[axis]! > last[axis]!) {
      at[axis] = first[axis]!
      axis++
    }
    if (axis === at.length) return
  }
}
