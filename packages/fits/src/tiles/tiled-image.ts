import {
  FormatError,
  numberOption,
  type OptionRules,
  passedOption,
  resolveOptions,
  runRules,
  ShapeError,
  UnsupportedError,
} from '@astronomaly/core'
import type { ReadBytesOptions } from '../bytes/byte-source.ts'
import { gunzip } from '../bytes/gunzip.ts'
import { readRanges } from '../bytes/read-ranges.ts'
import type { FitsHdu } from '../describe-hdu.ts'
import { decodePixels, type PixelArray, pixelArray } from '../image/decode-pixels.ts'
import { type FitsSection, resolveSection } from '../image/image-section.ts'
import { assertDataAtHand, type FitsFile } from '../open-fits.ts'
import type { TileFault, TilePixels } from '../tile-codecs/compressed-tile.ts'
import { canGunzip, decodeTiles } from '../tile-codecs/tile-decoder.ts'
import { placeTile } from './place-tile.ts'
import { TileCache } from './tile-cache.ts'
import { planTiles, type TilePlan, tilePlace, touchedTiles } from './tile-plan.ts'
import { type PlannedTile, readTileRows, type TileRows } from './tile-rows.ts'

/** How to read a compressed picture. */
export interface ReadTilesOptions {
  /**
   * The pixels to be read, `[from, to)` for each axis, 0-based, slowest first. Only tiles that it touches are read and decoded.
   * @defaultValue all
   */
  readonly section?: FitsSection | undefined
  /**
   * Most pixels.
   * @defaultValue 2^28
   */
  readonly maxPixels?: number | undefined
  /**
   * Where the pixels are written to, of their type and number.
   * @defaultValue new memory
   */
  readonly out?: PixelArray | undefined
  /** Looked at before each read, and each tile. */
  readonly signal?: AbortSignal | undefined
  /**
   * Threads that decode; 0 decodes here. The pixels do not depend on it.
   * @defaultValue 0
   */
  readonly workers?: number | undefined
}

/** A tile-compressed picture that is open: its table of tiles is read once. */
export interface TiledImage {
  /** Axis lengths, slowest first. */
  readonly shape: readonly number[]
  /**
   * The pixels of the picture or a section, row-major.
   *
   * @throws FormatError when tiles are missing or damaged, announce more pixels than their bytes can stand for, or there are more than
   * `maxPixels`; ParameterError for a section that leaves the picture; ShapeError when `out` does not fit.
   */
  read(options?: ReadTilesOptions): Promise<PixelArray>
}

/** How to open a compressed picture. */
export interface OpenTiledImageOptions {
  /**
   * Most bytes of decoded tiles that are kept for the next reads.
   * @defaultValue 0
   */
  readonly cacheBytes?: number | undefined
  /** Looked at before each read. */
  readonly signal?: AbortSignal | undefined
}

const openRules = {
  cacheBytes: numberOption(0, { min: 0 }),
  signal: runRules.signal,
} satisfies OptionRules<OpenTiledImageOptions>

const readRules = {
  section: passedOption<FitsSection>(),
  maxPixels: numberOption(2 ** 28, { integer: true, min: 1 }),
  out: passedOption<PixelArray>(),
  signal: runRules.signal,
  workers: runRules.workers,
} satisfies OptionRules<ReadTilesOptions>

/** Compressed bytes that are read at a time; as many are on their way meanwhile. */
const groupBytes = 2 ** 22
/** Tiles that are read at a time. */
const groupTiles = 4096
/** Most pixels that are decoded for one read: a thin section can touch many large tiles. */
const mostDecoded = 2 ** 32

/**
 * Opens a tile-compressed picture: reads its table of tiles, and no tile.
 *
 * @throws FormatError when header and table contradict each other; UnsupportedError for algorithms that are not known.
 * @see FITS standard 4.0, section 10
 */
export async function openTiledImage(
  file: FitsFile,
  hdu: FitsHdu,
  options: OpenTiledImageOptions = {},
): Promise<TiledImage> {
  const { cacheBytes, signal } = resolveOptions('openTiledImage', options, openRules)
  const read = { signal }
  await assertDataAtHand(file, hdu, read)
  const plan = planTiles(hdu)
  const rows = await readTileRows(file, hdu, plan, [0, plan.layout.rowCount], read)
  const cache = new TileCache(cacheBytes)
  return {
    shape: hdu.shape,
    read: (own = {}) => readTiles(new ImageTiles(file, hdu, plan, rows, cache), own),
  }
}

/**
 * Decodes a tile-compressed picture, or a section of it.
 *
 * @throws The errors of {@link openTiledImage} and of {@link TiledImage.read}.
 */
export async function decodeTiledImage(
  file: FitsFile,
  hdu: FitsHdu,
  options: ReadTilesOptions = {},
): Promise<PixelArray> {
  const read = { signal: options.signal }
  await assertDataAtHand(file, hdu, read)
  const plan = planTiles(hdu)
  const section = fastestFirst(hdu, options)
  const first = section.map(([from], axis) => Math.floor(from / plan.tile[axis]!))
  const last = section.map(([, to], axis) => Math.floor((to - 1) / plan.tile[axis]!))
  const number = (at: readonly number[]): number => at.reduceRight((sum, k, axis) => sum * plan.tiles[axis]! + k, 0)
  const rows = await readTileRows(file, hdu, plan, [number(first), number(last) + 1], read)
  return readTiles(new ImageTiles(file, hdu, plan, rows, new TileCache(0)), options)
}

function fastestFirst(hdu: FitsHdu, { section }: ReadTilesOptions): FitsSection {
  return [...resolveSection('readFitsImage', hdu.shape, section)].reverse()
}

async function readTiles(reader: ImageTiles, options: ReadTilesOptions): Promise<PixelArray> {
  const { maxPixels, out } = resolveOptions('readFitsImage', options, readRules)
  const { hdu } = reader
  const section = fastestFirst(hdu, options)
  const count = section.reduce((product, [from, to]) => product * (to - from), 1)
  if (count > maxPixels) {
    throw new FormatError(`FITS: image must have at most ${maxPixels} pixels. Received ${count}.`, {
      offset: hdu.headerOffset,
      source: hdu.header.source,
    })
  }
  if (out && (out.length !== count || out.constructor !== pixelArray(hdu.bitpix, 0).constructor)) {
    throw new ShapeError(`readFitsImage: out must be a PixelArray of ${count} pixels. Received ${out.length}.`)
  }
  return reader.read(section, count, options)
}

/** One read of a picture. */
class ImageTiles {
  readonly hdu: FitsHdu
  readonly #file: FitsFile
  readonly #plan: TilePlan
  readonly #rows: TileRows
  readonly #cache: TileCache
  /** Whether pixels are kept, decoded, in f64: those of floating-point pictures with BSCALE are scaled before they are rounded. */
  readonly #wide: boolean
  readonly #isScaled: boolean

  constructor(file: FitsFile, hdu: FitsHdu, plan: TilePlan, rows: TileRows, cache: TileCache) {
    const { bitpix } = hdu
    this.hdu = hdu
    this.#file = file
    this.#plan = plan
    this.#rows = rows
    this.#cache = cache
    this.#isScaled = bitpix < 0 && (plan.scaling.scale !== 1 || plan.scaling.zero !== 0)
    this.#wide = this.#isScaled || bitpix === -64 || bitpix > 16
  }

  async read(section: FitsSection, count: number, options: ReadTilesOptions): Promise<PixelArray> {
    const { signal, workers = 0 } = options
    const read = signal ? { signal } : {}
    const kept: [row: number, pixels: TilePixels][] = []
    const wanted: PlannedTile[] = []
    let decoded = 0
    for (const row of touchedTiles(this.#plan, section)) {
      const pixels = this.#cache.get(row)
      if (pixels) {
        kept.push([row, pixels])
        continue
      }
      const tile = this.#rows.tile(row)
      decoded += tile.rows * tile.columns
      wanted.push(tile)
      if (decoded > mostDecoded) {
        const { source } = this.hdu.header
        throw new UnsupportedError(
          `FITS: a section must touch tiles of at most ${mostDecoded} pixels. It goes beyond${source === undefined ? '' : ` (${source})`}.`,
        )
      }
    }
    const out = options.out ?? pixelArray(this.hdu.bitpix, count)
    const place = (row: number, pixels: TilePixels): void => {
      const scaling = this.#isScaled ? this.#plan.scaling : undefined
      placeTile(pixels, tilePlace(this.#plan, row), out, section, scaling)
    }
    for (const [row, pixels] of kept) place(row, pixels)
    const take = (row: number, pixels: TilePixels): void => {
      place(row, pixels)
      this.#cache.keep(row, pixels)
    }
    const tiles = this.#tiles(wanted, read, take)
    for await (const { tile, view } of decodeTiles(tiles, { wide: this.#wide, workers, ...read })) {
      if (typeof view === 'string') throw this.#rows.fault(tile, rules[view](tile))
      take(tile.row, view)
    }
    return out
  }

  /** The tiles with their bytes. Those that the kernel does not do are decoded here and taken. */
  async *#tiles(
    wanted: readonly PlannedTile[],
    read: ReadBytesOptions,
    take: (row: number, pixels: TilePixels) => void,
  ): AsyncGenerator<PlannedTile> {
    const isLong = this.hdu.bitpix === 64
    for await (const group of this.#groups(wanted, read)) {
      for (const tile of group) {
        const isRaw = tile.coding === 'raw' || tile.coding === 'shuffled'
        if (!isRaw || !(isLong || (tile.gzipped && !canGunzip))) {
          yield tile
          continue
        }
        const inflated = await this.#inflate(tile, isLong ? 8 : tile.floatBytes || 4)
        if (inflated.bytes.length === 8 * tile.rows * tile.columns && isLong) take(tile.row, this.#long(inflated))
        else yield inflated
      }
    }
  }

  async #inflate(tile: PlannedTile, pixelBytes: number): Promise<PlannedTile> {
    if (!tile.gzipped) return tile
    const { source } = this.hdu.header
    const bytes = await gunzip(tile.bytes, {
      maxBytes: pixelBytes * tile.rows * tile.columns,
      source,
    }).catch((cause: Error) => {
      throw this.#rows.fault(tile, `must hold sound gzip data of at most its pixels: ${cause.message}`)
    })
    return { ...tile, bytes, gzipped: false }
  }

  /** Integers of 64 bits. */
  #long(tile: PlannedTile): TilePixels {
    const count = tile.rows * tile.columns
    let { bytes } = tile
    if (tile.coding === 'shuffled') {
      bytes = new Uint8Array(tile.bytes.length)
      for (let k = 0; k < 8; k++) for (let i = 0; i < count; i++) bytes[8 * i + k] = tile.bytes[k * count + i]!
    }
    const blank = this.#plan.column('ZBLANK') ? tile.blank : this.#plan.scaling.blank
    return decodePixels(bytes, 64, count, { ...this.#plan.scaling, blank })
  }

  /** Tiles with their bytes, some at a time; the next ones are on their way meanwhile. */
  async *#groups(wanted: readonly PlannedTile[], read: ReadBytesOptions): AsyncGenerator<PlannedTile[]> {
    let at = 0
    const next = (): Promise<PlannedTile[]> | undefined => {
      const group: PlannedTile[] = []
      let length = 0
      while (at < wanted.length && group.length < groupTiles && (length === 0 || length < groupBytes)) {
        length += wanted[at]!.end - wanted[at]!.start
        group.push(wanted[at++]!)
      }
      if (group.length === 0) return undefined
      const reading = this.#bytesOf(group, read)
      // Its failure is met when it is waited for.
      reading.catch(() => {})
      return reading
    }
    let coming = next()
    while (coming) {
      const group = await coming
      coming = next()
      yield group
    }
  }

  async #bytesOf(group: readonly PlannedTile[], read: ReadBytesOptions): Promise<PlannedTile[]> {
    const ordered = [...group].sort((a, b) => a.start - b.start)
    read.signal?.throwIfAborted()
    const bytes = await readRanges(this.#file.source, ordered, read)
    return ordered.map((tile, i) => ({ ...tile, bytes: bytes[i]! }))
  }
}

const rules: Record<TileFault, (tile: PlannedTile) => string> = {
  code: ({ rows, columns }) => `must hold sound code that stands for ${rows * columns} pixels`,
  gzip: () => 'must hold whole and sound gzip data',
  'gzip-too-long': ({ rows, columns }) => `must inflate to at most its ${rows * columns} pixels. It goes on beyond`,
  length: ({ rows, columns }) => `must hold as many bytes as its ${rows * columns} pixels take`,
}
