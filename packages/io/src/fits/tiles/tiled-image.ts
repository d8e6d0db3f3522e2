import { FormatError, UnsupportedError } from '@astronomaly/core'
import { gunzip } from '../../bytes/gunzip.ts'
import {
  decodePixels,
  type PixelArray,
  type PixelScaling,
  pixelArray,
  pixelScaling,
  scalePixels,
} from '../image/decode-pixels.ts'
import { type FitsHdu, pixelCount } from '../list-hdus.ts'
import { type BinaryColumn, type BinaryLayout, binaryLayout, heapCell } from '../table/binary-table-layout.ts'
import { type Quantisation, restoreQuantised } from './dither.ts'
import { decodePlio, mostPlioPixels } from './plio.ts'
import { decodeRice, mostRicePixels, type RiceOptions } from './rice.ts'

const algorithms = ['RICE_1', 'GZIP_1', 'GZIP_2', 'PLIO_1', 'NOCOMPRESS'] as const
type Algorithm = (typeof algorithms)[number]

/** Deflate cannot shrink data further than this. */
const mostDeflate = 1032

/** A tile-compressed picture, read from its headers alone. */
interface TilePlan {
  readonly algorithm: Algorithm
  readonly layout: BinaryLayout
  readonly rice: RiceOptions
  /** Lengths of picture and tile, fastest axis first. */
  readonly size: readonly number[]
  readonly tile: readonly number[]
  readonly tileCount: number
  readonly scaling: PixelScaling
  readonly quantisation: Quantisation['method']
  readonly dither: number
  readonly column: (name: string) => BinaryColumn | undefined
}

function planTiles(hdu: FitsHdu): TilePlan {
  const { header, shape } = hdu
  const source = header.source === undefined ? {} : { source: header.source }
  const named = header.text('ZCMPTYPE')?.trim()
  if (named === undefined) throw header.fault('ZCMPTYPE', 'must be present')
  const algorithm = algorithms.find((known) => known === (named === 'RICE_ONE' ? 'RICE_1' : named))
  if (!algorithm) {
    throw new UnsupportedError(
      `FITS: compression must be ${algorithms.join(', ')}. Received ${named}${header.source ? ` (${header.source})` : ''}.`,
    )
  }
  const layout = binaryLayout(header)
  const size = [...shape].reverse()
  const tile = size.map((length, i) => header.integer(`ZTILE${i + 1}`, 1) ?? (i === 0 ? length : 1))
  const tileCount = size.reduce((count, length, i) => count * Math.ceil(length / tile[i]!), 1)
  if (tileCount !== layout.rowCount) {
    throw header.fault('NAXIS2', `must be the number of tiles, ${tileCount}. Received ${layout.rowCount}`)
  }
  const parameter = (name: string): number | undefined => {
    for (let i = 1; header.has(`ZNAME${i}`); i++) {
      if (header.text(`ZNAME${i}`)?.trim() === name) return header.integer(`ZVAL${i}`, 1, 65_536)
    }
    return undefined
  }
  const bytesPerPixel = parameter('BYTEPIX') ?? 4
  if (bytesPerPixel !== 1 && bytesPerPixel !== 2 && bytesPerPixel !== 4) {
    throw header.fault('ZNAME2', `must set BYTEPIX to 1, 2 or 4. Received ${bytesPerPixel}`)
  }
  const method = header.text('ZQUANTIZ')?.trim() ?? 'NO_DITHER'
  const known = method === 'SUBTRACTIVE_DITHER_1' || method === 'SUBTRACTIVE_DITHER_2' || method === 'NO_DITHER'
  if (!known && method !== 'NONE') throw header.fault('ZQUANTIZ', `must be a known method. Received ${method}`)
  const byName = new Map(layout.columns.map((column) => [column.name.toUpperCase(), column]))
  return {
    algorithm,
    layout,
    rice: { blockSize: parameter('BLOCKSIZE') ?? 32, bytesPerPixel, ...source },
    size,
    tile,
    tileCount,
    scaling: pixelScaling(header, hdu.bitpix),
    quantisation: known ? method : 'NO_DITHER',
    dither: header.integer('ZDITHER0', 1, 10_000) ?? 1,
    column: (name) => byName.get(name),
  }
}

/** One number of a tile's row. */
function cellNumber(data: Uint8Array, plan: TilePlan, name: string, row: number): number | undefined {
  const column = plan.column(name)
  if (!column || column.repeat === 0) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const at = row * plan.layout.rowBytes + column.offset
  if (column.code === 'D') return view.getFloat64(at)
  if (column.code === 'E') return view.getFloat32(at)
  if (column.code === 'J') return view.getInt32(at)
  if (column.code === 'I') return view.getInt16(at)
  if (column.code === 'K') return Number(view.getBigInt64(at))
  return undefined
}

/** The columns that can hold a tile, and how. */
const holders = ['COMPRESSED_DATA', 'GZIP_COMPRESSED_DATA', 'UNCOMPRESSED_DATA'] as const

interface StoredTile {
  readonly bytes: Uint8Array
  readonly algorithm: Algorithm
  /** Whether it holds pixels as they are although others are quantised. */
  readonly asIs: boolean
}

function storedTile(data: Uint8Array, plan: TilePlan, row: number, source?: string): StoredTile | undefined {
  for (const name of holders) {
    const column = plan.column(name)
    if (!column || (column.code !== 'P' && column.code !== 'Q')) continue
    const bytes = heapCell(data, plan.layout, column, row, source)
    if (bytes.length === 0) continue
    if (name === 'COMPRESSED_DATA') return { bytes, algorithm: plan.algorithm, asIs: false }
    return { bytes, algorithm: name === 'UNCOMPRESSED_DATA' ? 'NOCOMPRESS' : 'GZIP_1', asIs: true }
  }
  return undefined
}

function mostPixels(stored: StoredTile, plan: TilePlan): number {
  if (stored.algorithm === 'RICE_1') return mostRicePixels(stored.bytes.length, plan.rice)
  if (stored.algorithm === 'PLIO_1') return mostPlioPixels(stored.bytes.length)
  return stored.algorithm === 'NOCOMPRESS' ? stored.bytes.length : stored.bytes.length * mostDeflate
}

/** Bytes of plane k of every pixel stand together; puts each pixel's bytes together again. */
function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
  const count = bytes.length / width
  const out = new Uint8Array(bytes.length)
  for (let k = 0; k < width; k++) for (let i = 0; i < count; i++) out[i * width + k] = bytes[k * count + i]!
  return out
}

const asStored: PixelScaling = { scale: 1, zero: 0, blank: undefined }

/** Integers of a tile as they are stored, or its floating-point pixels. */
async function decodeTile(
  stored: StoredTile,
  plan: TilePlan,
  hdu: FitsHdu,
  count: number,
  quantised: boolean,
): Promise<ArrayLike<number>> {
  if (stored.algorithm === 'RICE_1') return decodeRice(stored.bytes, count, plan.rice)
  if (stored.algorithm === 'PLIO_1') return decodePlio(stored.bytes, count, hdu.header.source)
  const source = hdu.header.source === undefined ? {} : { source: hdu.header.source }
  let bytes = stored.bytes
  if (stored.algorithm !== 'NOCOMPRESS') bytes = await gunzip(bytes, { maxBytes: 8 * count, ...source })
  const width = bytes.length / count
  const floating = hdu.bitpix < 0 && !quantised
  const fits = floating ? width === -hdu.bitpix / 8 : width === 1 || width === 2 || width === 4 || width === 8
  if (!fits) throw new FormatError(`FITS: tile must have ${count} pixels. Received ${bytes.length} bytes.`, source)
  if (stored.algorithm === 'GZIP_2') bytes = unshuffle(bytes, width)
  return decodePixels(bytes, floating ? hdu.bitpix : 8 * width, count, asStored)
}

/**
 * Decodes a tile-compressed picture.
 *
 * @param data - The table's data with its heap.
 * @throws FormatError when tiles are missing or damaged, or announce more pixels than their bytes can stand for;
 * UnsupportedError for other algorithms.
 * @see FITS standard 4.0, section 10
 */
export async function decodeTiledImage(data: Uint8Array, hdu: FitsHdu): Promise<PixelArray> {
  const { header } = hdu
  const plan = planTiles(hdu)
  const count = pixelCount(hdu.shape, header, 'ZNAXIS')
  let most = 0
  for (let row = 0; row < plan.tileCount; row++) {
    const stored = storedTile(data, plan, row, header.source)
    if (!stored) throw header.fault('ZCMPTYPE', `must come with data for every tile. Tile ${row + 1} has none`)
    most += mostPixels(stored, plan)
  }
  if (count > most) throw header.fault('ZNAXIS', `must not exceed ${most} pixels for these tiles. Received ${count}`)
  const out = pixelArray(hdu.bitpix, count)
  for (let row = 0; row < plan.tileCount; row++) {
    const origin: number[] = []
    const extent: number[] = []
    let rest = row
    for (const [axis, length] of plan.size.entries()) {
      const step = plan.tile[axis]!
      const perAxis = Math.ceil(length / step)
      const start = (rest % perAxis) * step
      rest = Math.floor(rest / perAxis)
      origin.push(start)
      extent.push(Math.min(step, length - start))
    }
    const tilePixels = extent.reduce((a, b) => a * b, 1)
    const stored = storedTile(data, plan, row, header.source)!
    if (tilePixels > mostPixels(stored, plan)) {
      throw header.fault('ZNAXIS', `must fit the tiles. Tile ${row + 1} has too few bytes for ${tilePixels} pixels`)
    }
    const scale = cellNumber(data, plan, 'ZSCALE', row) ?? header.number('ZSCALE')
    const zero = cellNumber(data, plan, 'ZZERO', row) ?? header.number('ZZERO')
    const quantised = hdu.bitpix < 0 && !stored.asIs && scale !== undefined
    let pixels = await decodeTile(stored, plan, hdu, tilePixels, quantised)
    if (quantised) {
      pixels = restoreQuantised(pixels, {
        method: plan.quantisation,
        scale,
        zero: zero ?? 0,
        blank: cellNumber(data, plan, 'ZBLANK', row) ?? header.integer('ZBLANK'),
        sequence: row + plan.dither - 1,
      })
    }
    const blank = hdu.bitpix > 0 ? (cellNumber(data, plan, 'ZBLANK', row) ?? plan.scaling.blank) : undefined
    placeTile(pixels, out, plan.size, origin, extent, { ...plan.scaling, blank })
  }
  return out
}

/** Writes a tile's rows to their places in the picture. */
function placeTile(
  pixels: ArrayLike<number>,
  out: PixelArray,
  size: readonly number[],
  origin: readonly number[],
  extent: readonly number[],
  scaling: PixelScaling,
): void {
  const width = extent[0] ?? 0
  const rows = pixels.length / width
  const view = pixels as Float64Array
  for (let row = 0; row < rows; row++) {
    let rest = row
    let at = origin[0]!
    let stride = size[0]!
    for (let axis = 1; axis < size.length; axis++) {
      at += (origin[axis]! + (rest % extent[axis]!)) * stride
      rest = Math.floor(rest / extent[axis]!)
      stride *= size[axis]!
    }
    scalePixels(view.subarray(row * width, (row + 1) * width), out, at, scaling)
  }
}
