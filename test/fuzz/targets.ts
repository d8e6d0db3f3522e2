import { AstronomalyError, FormatError } from '../../packages/core/src/index.ts'
import { listHdus, readFitsImage, readFitsTable, verifyChecksum, wcsFromHeader } from '../../packages/fits/src/index.ts'
import type { CompressedTile, TileFault, TilePixels } from '../../packages/fits/src/tile-codecs/compressed-tile.ts'
import { decodeTile } from '../../packages/fits/src/tile-codecs/decode-tile.ts'
import { decodeTiles } from '../../packages/fits/src/tile-codecs/tile-decoder.ts'
import { parseCsvTable, parseVoTable } from '../../packages/io/src/index.ts'

/** Where inputs say that they come from; errors must name it. */
const source = 'fuzzed input'

/** Most pixels that a picture may have here, so that memory shows what else is taken. */
const maxPixels = 2 ** 18

/**
 * What is fuzzed: each takes any bytes and returns, or rejects when an error is not one of the typed ones, or names no place.
 *
 * @remarks Whatever the bytes, memory stays below {@link mostBytes} beyond what the format's reader was allowed.
 */
export const targets: Readonly<Record<string, (bytes: Uint8Array) => Promise<void>>> = {
  async fits(bytes) {
    const hdus = await typed(() => listHdus(bytes, { source }))
    if (hdus) await typed(() => verifyChecksum(bytes, { source }))
    for (const hdu of hdus ?? []) {
      await typed(async () => wcsFromHeader(hdu.header))
      if (hdu.kind.endsWith('table'))
        await typed(() => readFitsTable(bytes, { source, hdu: hdu.index, maxValues: maxPixels }))
      else await typed(() => readFitsImage(bytes, { source, hdu: hdu.index, maxPixels }))
    }
  },
  /** The kernel, and its twin in TypeScript, whose code the coverage sees: they must agree. */
  async tiles(bytes) {
    for await (const { found, tile } of decodeTiles(tileOf(bytes), { wide: false })) {
      const twin = tile.gzipped ? found : decodeTile(tile, tile.bytes, false)
      if (typeof found === 'string' || typeof twin === 'string') {
        if (found !== twin) throw new Error(`kernel gives ${describe(found)}, its twin ${describe(twin)}`)
        continue
      }
      if (found.length !== tile.rows * tile.columns) throw new Error(`must be whole. Received ${found.length} pixels`)
      const differs = found.findIndex((value, i) => !Object.is(value, twin[i]))
      if (differs >= 0) throw new Error(`pixel ${differs} is ${found[differs]}, its twin's ${twin[differs]}`)
    }
  },
  async csv(bytes) {
    await typed(async () => parseCsvTable(new TextDecoder().decode(bytes), source))
  },
  async votable(bytes) {
    await typed(() => parseVoTable(bytes, { source, maxBytes: mostBytes / 4 }))
  },
}

/** Most bytes that reading an input may take. */
export const mostBytes = 2 ** 26

function describe(found: TilePixels | TileFault): string {
  return typeof found === 'string' ? found : `${found.length} pixels`
}

/** A tile of at most 2^16 pixels: the first eight bytes say how it is coded, the others are its code. */
async function* tileOf(bytes: Uint8Array): AsyncGenerator<CompressedTile> {
  const [coding = 0, kind = 0, rows = 0, columns = 0, block = 0, blank = 0, scale = 0, sequence = 0] = bytes
  yield {
    coding: (['rice', 'hcompress', 'plio', 'raw', 'shuffled'] as const)[coding % 5] as CompressedTile['coding'],
    bytes: bytes.subarray(8),
    gzipped: coding % 5 > 2 && coding >= 128,
    rows: 1 + rows,
    columns: 1 + columns,
    floatBytes: ([0, 4, 8] as const)[kind % 3] as CompressedTile['floatBytes'],
    blockSize: 1 + block,
    bytesPerPixel: ([1, 2, 4] as const)[(kind >> 2) % 3] as CompressedTile['bytesPerPixel'],
    smooth: kind >= 128,
    dither: ((kind >> 4) % 3) as CompressedTile['dither'],
    scale: scale / 16,
    zero: 0,
    blank: blank % 2 ? blank : undefined,
    sequence: sequence * 39,
  }
}

/** What is said of the input as a whole, or names its line. */
const ofWholeInput = /must hold an? (image|table)|must have a (table|header row)|must be text|^gzip: |\bline \d/

async function typed<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof AstronomalyError)) throw error
    if (error instanceof FormatError && error.source !== source) {
      throw new Error(`must name its input: ${error.message}`, { cause: error })
    }
    const isPlaced = error instanceof FormatError && (error.offset !== undefined || error.keyword !== undefined)
    if (error instanceof FormatError && !isPlaced && !ofWholeInput.test(error.message)) {
      throw new Error(`must name the place: ${error.message}`, { cause: error })
    }
    return undefined
  }
}
