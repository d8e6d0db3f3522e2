import { FormatError, UnsupportedError } from '@astronomaly/core'
import { type ReadBytesOptions, readExactly } from '../bytes/byte-source.ts'
import type { FitsHdu } from '../describe-hdu.ts'
import type { FitsFile } from '../open-fits.ts'
import { type BinaryColumn, bytesOf, type ElementCode } from '../table/binary-table-layout.ts'
import type { CompressedTile } from '../tile-codecs/compressed-tile.ts'
import { mostPlioPixels } from '../tile-codecs/decode-plio.ts'
import { mostRicePixels } from '../tile-codecs/decode-rice.ts'
import { type Quantisation, type TileAlgorithm, type TilePlan, tilePlace } from './tile-plan.ts'

/** Deflate cannot shrink data further than this. */
const mostDeflate = 1032
/** Most pixels of a tile, and of one in HCOMPRESS, whose code need not grow with it. */
const mostTilePixels = 2 ** 28
const mostHcompressPixels = 2 ** 26

/** A tile that is to be read and decoded. */
export interface PlannedTile extends CompressedTile {
  /** Its number, 0-based. */
  readonly row: number
  /** Where its bytes are in the file. */
  readonly start: number
  readonly end: number
}

const noBytes = new Uint8Array(0)
const unquantised: Quantisation = { dither: 0, sequence: 0 }

/** Rows of the table of tiles, `[first, last)`. */
export class TileRows {
  readonly #hdu: FitsHdu
  readonly #plan: TilePlan
  readonly #first: number
  readonly #view: DataView
  readonly #holders: readonly Holder[]
  readonly #scale: TileNumber
  readonly #zero: TileNumber
  readonly #blank: TileNumber
  readonly #mask: BinaryColumn | undefined
  #rounding: Quantisation | undefined

  constructor(hdu: FitsHdu, plan: TilePlan, first: number, bytes: Uint8Array) {
    this.#hdu = hdu
    this.#plan = plan
    this.#first = first
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#holders = holdersOf(hdu, plan)
    const { header } = hdu
    this.#scale = { column: numberColumn(plan, 'ZSCALE'), otherwise: () => header.number('ZSCALE') }
    this.#zero = { column: numberColumn(plan, 'ZZERO'), otherwise: () => header.number('ZZERO') ?? 0 }
    const blank = plan.scaling.blank === undefined ? undefined : Number(plan.scaling.blank)
    const otherwise = (): number | undefined => (hdu.bitpix < 0 ? header.integer('ZBLANK') : blank)
    const mask = plan.column('NULL_PIXEL_MASK')
    this.#mask = mask && isDescriptor(mask) ? mask : undefined
    this.#blank = { column: numberColumn(plan, 'ZBLANK'), otherwise }
  }

  /**
   * A tile, but for its bytes.
   *
   * @throws FormatError when it has no data, they lie outside the heap, or are too few or too many for its pixels; UnsupportedError when it
   * has more than 2^28 pixels, or in HCOMPRESS 2^26 or other than two axes.
   */
  tile(row: number): PlannedTile {
    const { header, bitpix } = this.#hdu
    const plan = this.#plan
    const { extent } = tilePlace(plan, row)
    let pixels = 1
    for (const length of extent) pixels *= length
    const held = this.#stored(row)
    const integers = bitpix > 0
    const scale = !integers && held.own ? this.#number(this.#scale, row) : undefined
    const quantised = scale !== undefined
    const { dither, sequence } = quantised ? this.#quantisation() : unquantised
    const masked = this.#mask ? this.#descriptor(this.#mask, row)[0] : 0
    if (masked !== 0) throw this.#unsupported(row, 'must have no mask of missing pixels, which are not read')
    const tile = {
      coding: codings[held.algorithm].coding,
      gzipped: codings[held.algorithm].gzipped,
      columns: held.algorithm === 'HCOMPRESS_1' ? this.#longAxis(row, extent) : extent[0]!,
      rows: 0,
      blockSize: plan.rice.blockSize,
      bytesPerPixel: plan.rice.bytesPerPixel,
      row,
      start: held.start,
      end: held.end,
      bytes: noBytes,
      floatBytes: integers || quantised ? (0 as const) : bitpix === -32 ? (4 as const) : (8 as const),
      smooth: plan.smooth,
      dither,
      scale: scale !== undefined ? scale : integers ? plan.scaling.scale : 1,
      zero: quantised ? this.#number(this.#zero, row)! : integers ? plan.scaling.zero : 0,
      blank: quantised || integers ? this.#number(this.#blank, row) : undefined,
      sequence: (sequence + row) % 10_000,
    }
    tile.rows = pixels / tile.columns
    const most = mostPixels(tile, tile.end - tile.start)
    if (pixels > most) {
      throw header.fault('ZNAXIS', `must fit the tiles. Tile ${row + 1} has too few bytes for ${pixels} pixels`)
    }
    const limit = held.algorithm === 'HCOMPRESS_1' ? mostHcompressPixels : mostTilePixels
    if (pixels > limit) throw this.#unsupported(row, `must have at most ${limit} pixels. Received ${pixels}`)
    // No encoder makes so much of so little; without a bound, many cells could point at the same long one.
    if (tile.end - tile.start > 16 * pixels + 4096) {
      throw this.fault(tile, `must have at most ${16 * pixels + 4096} bytes. Received ${tile.end - tile.start}`)
    }
    return tile
  }

  /** An error about a tile. */
  fault(tile: Pick<PlannedTile, 'row' | 'start'>, rule: string): FormatError {
    const { source } = this.#hdu.header
    return new FormatError(`FITS: tile ${tile.row + 1} ${rule}.`, {
      offset: tile.start,
      keyword: 'COMPRESSED_DATA',
      source,
    })
  }

  #unsupported(row: number, rule: string): UnsupportedError {
    const { source } = this.#hdu.header
    return new UnsupportedError(`FITS: tile ${row + 1} ${rule}${source === undefined ? '' : ` (${source})`}.`)
  }

  /** Pixels in a row of a tile that must have two axes, however many of a single pixel. */
  #longAxis(row: number, extent: readonly number[]): number {
    const long = extent.filter((length) => length > 1)
    if (long.length === 2) return long[0]!
    throw this.#unsupported(row, `must have two axes longer than 1 for HCOMPRESS_1. Received [${extent}]`)
  }

  #stored(row: number): { start: number; end: number; algorithm: TileAlgorithm; own: boolean } {
    const { header, dataOffset, dataLength } = this.#hdu
    for (const { column, algorithm, code, own } of this.#holders) {
      const [count, at] = this.#descriptor(column, row)
      if (count === 0) continue
      const start = dataOffset + this.#plan.layout.heapOffset + at
      const end = start + bytesOf(code, count)
      if (count < 0 || at < 0 || !(end <= dataOffset + dataLength)) {
        throw this.fault({ row, start }, `must lie in the heap. Received ${count} elements at ${at} in ${column.name}`)
      }
      return { start, end, own, algorithm }
    }
    throw header.fault('ZCMPTYPE', `must come with data for every tile. Tile ${row + 1} has none`)
  }

  #quantisation(): Quantisation {
    this.#rounding ??= this.#plan.quantisation()
    return this.#rounding
  }

  #place(column: BinaryColumn, row: number): number {
    return (row - this.#first) * this.#plan.layout.rowBytes + column.offset
  }

  #descriptor(column: BinaryColumn, row: number): [count: number, at: number] {
    const place = this.#place(column, row)
    const view = this.#view
    if (column.code === 'P') return [view.getInt32(place), view.getInt32(place + 4)]
    return [Number(view.getBigInt64(place)), Number(view.getBigInt64(place + 8))]
  }

  /** A number of a tile's row, or that of all tiles. */
  #number({ column, otherwise }: TileNumber, row: number): number | undefined {
    if (!column) return otherwise()
    const place = this.#place(column, row)
    const view = this.#view
    if (column.code === 'D') return view.getFloat64(place)
    if (column.code === 'E') return view.getFloat32(place)
    if (column.code === 'J') return view.getInt32(place)
    if (column.code === 'I') return view.getInt16(place)
    return column.code === 'B' ? view.getUint8(place) : Number(view.getBigInt64(place))
  }
}

/** A column that can hold a tile, and how. */
interface Holder {
  readonly column: BinaryColumn
  readonly algorithm: TileAlgorithm
  readonly code: ElementCode
  /** Whether tiles are compressed by the picture's algorithm; else they hold pixels as they are. */
  readonly own: boolean
}

function holdersOf({ header }: FitsHdu, plan: TilePlan): Holder[] {
  const found: Holder[] = []
  for (const [name, algorithm] of [
    ['COMPRESSED_DATA', plan.algorithm],
    ['GZIP_COMPRESSED_DATA', 'GZIP_1'],
    ['UNCOMPRESSED_DATA', 'NOCOMPRESS'],
  ] as const) {
    const column = plan.column(name)
    if (!column || !isDescriptor(column)) continue
    const code = column.suffix[0] ?? ''
    if (!/^[LXBIJKAEDCM]$/.test(code)) {
      throw header.fault(`TFORM${column.number}`, `must name the type of its cells. Received ${column.suffix}`)
    }
    found.push({ column, algorithm, code: code as ElementCode, own: name === 'COMPRESSED_DATA' })
  }
  return found
}

/** Whether a column's cells point into the heap. */
function isDescriptor({ code, repeat }: BinaryColumn): boolean {
  return (code === 'P' || code === 'Q') && repeat > 0
}

/** A number that each tile has in a column, or all tiles have in common. */
interface TileNumber {
  readonly column: BinaryColumn | undefined
  readonly otherwise: () => number | undefined
}

function numberColumn(plan: TilePlan, name: string): BinaryColumn | undefined {
  const column = plan.column(name)
  return column && column.repeat > 0 && /[DEJIBK]/.test(column.code) ? column : undefined
}

const codings = {
  RICE_1: { coding: 'rice', gzipped: false },
  GZIP_1: { coding: 'raw', gzipped: true },
  GZIP_2: { coding: 'shuffled', gzipped: true },
  HCOMPRESS_1: { coding: 'hcompress', gzipped: false },
  PLIO_1: { coding: 'plio', gzipped: false },
  NOCOMPRESS: { coding: 'raw', gzipped: false },
} as const satisfies Record<TileAlgorithm, Pick<CompressedTile, 'coding' | 'gzipped'>>

/** Most pixels that a tile's bytes can stand for. */
function mostPixels(tile: CompressedTile, byteLength: number): number {
  if (tile.coding === 'rice') return mostRicePixels(byteLength, tile)
  if (tile.coding === 'plio') return mostPlioPixels(byteLength)
  if (tile.coding === 'hcompress') return Number.POSITIVE_INFINITY
  return ((tile.gzipped ? mostDeflate : 1) * byteLength) / (tile.floatBytes || 1)
}

/**
 * Reads rows of the table of tiles.
 *
 * @throws FormatError when the file ends before they do.
 */
export async function readTileRows(
  file: FitsFile,
  hdu: FitsHdu,
  plan: TilePlan,
  [first, last]: readonly [number, number],
  options: ReadBytesOptions,
): Promise<TileRows> {
  const { rowBytes } = plan.layout
  const start = hdu.dataOffset + first * rowBytes
  const bytes = await readExactly(file.source, start, start + (last - first) * rowBytes, options)
  return new TileRows(hdu, plan, first, bytes)
}
