import {
  AstronomalyError,
  choiceOption,
  NotFoundError,
  numberOption,
  ParameterError,
  type RunOptions,
  resolveOptions,
  runRules,
} from '@astronomaly/core'
import { decodeHduImage } from '@astronomaly/fits'
import { SkyIndex } from '../sky/sky-index.ts'
import { BlockCache } from './block-cache.ts'
import { fileMosaics } from './file-mosaics.ts'
import { FilePool } from './file-pool.ts'
import { type MosaicImage, type MosaicInput, samePixels } from './mosaic-image.ts'
import type { PixelBlock } from './resample.ts'

/** How to open mosaics. */
export interface OpenMosaicsOptions extends Pick<RunOptions, 'signal' | 'onProgress' | 'onWarning'> {
  /**
   * Most files that are open at any time.
   * @defaultValue 64
   */
  readonly maxOpenFiles?: number | undefined
  /**
   * Most bytes unpacked from packed files that are kept for the objects that follow, beside those of the files in use. Files that were not
   * used for longest are closed, and unpacked again when an object lies in them.
   * @defaultValue 2^31, five bands of 10,000 × 10,000 pixels in f32
   */
  readonly maxUnpackedBytes?: number | undefined
  /**
   * Most bytes of decoded pixels of compressed mosaics that are kept for the objects that follow.
   * @defaultValue 2^26
   */
  readonly cacheBytes?: number | undefined
  /**
   * What becomes of files, and of HDUs before the first picture of a file, that cannot be used: `'throw'` their error, or `'skip'` them
   * with a warning. HDUs behind a picture that cannot be used are always passed over with a warning.
   * @defaultValue 'throw'
   */
  readonly invalid?: 'throw' | 'skip' | undefined
}

const rules = {
  maxOpenFiles: numberOption(64, { integer: true, min: 1 }),
  maxUnpackedBytes: numberOption(2 ** 31, { integer: true, min: 0 }),
  cacheBytes: numberOption(2 ** 26, { integer: true, min: 0 }),
  invalid: choiceOption(['throw', 'skip'], 'throw'),
  signal: runRules.signal,
  onProgress: runRules.onProgress,
  onWarning: runRules.onWarning,
}

/** A mosaic that a place lies in. */
export interface MosaicHit {
  readonly image: MosaicImage
  readonly x: number
  readonly y: number
  /** Pixels to the nearest edge. */
  readonly margin: number
}

/** Rows and columns of a block that is decoded at once, at least; whole tiles. */
const blockSide = { width: 256, height: 32 }

/**
 * Pictures of the sky that are looked into by position: their maps are in memory, their pixels in their files.
 *
 * @remarks Holds some kB a picture, `cacheBytes`, and of packed files `maxUnpackedBytes` and what has been unpacked of those in use. It can
 * serve several calls at once.
 */
export class Mosaics {
  /** Bands in the order in which they were met. */
  readonly bands: readonly string[]
  /** Pictures: the planes of the HDUs of each file. */
  readonly images: readonly MosaicImage[]
  readonly #pool: FilePool
  readonly #cache: BlockCache
  readonly #grids = new WeakMap<MosaicImage, WeakMap<MosaicImage, boolean>>()
  readonly #index = new Map<string, { images: readonly MosaicImage[]; index: SkyIndex; radiusDeg: number }>()

  /** @internal */
  constructor(images: readonly MosaicImage[], pool: FilePool, cacheBytes: number) {
    this.images = images
    this.bands = [...new Set(images.map(({ band }) => band))]
    this.#pool = pool
    this.#cache = new BlockCache(cacheBytes)
    for (const band of this.bands) {
      const own = images.filter((image) => image.band === band)
      const index = new SkyIndex({
        raDeg: Float64Array.from(own, ({ raDeg }) => raDeg),
        decDeg: Float64Array.from(own, ({ decDeg }) => decDeg),
      })
      this.#index.set(band, {
        images: own,
        index,
        radiusDeg: own.reduce((most, { radiusDeg }) => Math.max(most, radiusDeg), 0),
      })
    }
  }

  /** Files that are open at present. */
  get openFiles(): number {
    return this.#pool.openCount
  }

  /**
   * The mosaics of a band that a place lies in, the one in which it is furthest from an edge first; of equals the one that was
   * named first.
   *
   * @throws NotFoundError when there is no such band.
   */
  find(band: string, raDeg: number, decDeg: number): MosaicHit[] {
    const known = this.#index.get(band)
    if (!known) throw new NotFoundError(`mosaics: band must be one of ${this.bands.join(', ')}. Received ${band}.`)
    const { rows, separationsArcsec } = known.index.within(raDeg, decDeg, { radiusDeg: known.radiusDeg })
    const hits: (MosaicHit & { readonly row: number })[] = []
    for (const [i, row] of rows.entries()) {
      const image = known.images[row] as MosaicImage
      if ((separationsArcsec[i] as number) > 3600 * image.radiusDeg) continue
      const place = image.wcs.skyToPixel(raDeg, decDeg)
      if (!place) continue
      const { x, y } = place
      const margin = Math.min(x + 0.5, y + 0.5, image.width - 0.5 - x, image.height - 0.5 - y)
      if (margin >= 0 && x < image.width - 0.5 && y < image.height - 0.5) hits.push({ image, x, y, margin, row })
    }
    return hits.sort((a, b) => b.margin - a.margin || a.row - b.row)
  }

  /** Whether two pictures have the same pixels on the sky, within a hundredth of one. */
  sameGrid(a: MosaicImage, b: MosaicImage): boolean {
    if (a === b) return true
    const known = this.#grids.get(a) ?? new WeakMap<MosaicImage, boolean>()
    this.#grids.set(a, known)
    const same = known.get(b) ?? samePixels(a, b)
    known.set(b, same)
    return same
  }

  /**
   * Pixels `[x0, x1)` × `[y0, y1)` of a mosaic; NaN where missing.
   *
   * @param out - Memory for them, which is used when it has the right type and length and the mosaic is not compressed.
   * @throws FormatError when its file is damaged or truncated.
   */
  async read(
    image: MosaicImage,
    x: readonly [number, number],
    y: readonly [number, number],
    signal?: AbortSignal,
    out?: Float32Array<ArrayBuffer>,
  ): Promise<PixelBlock> {
    const [width, height] = [x[1] - x[0], y[1] - y[0]]
    const block = { x0: x[0], y0: y[0], width, height }
    if (!image.tile) {
      const own = image.single && out?.length === width * height ? out : undefined
      return { ...block, data: await this.#readSection(image, x, y, signal, own) }
    }
    const step = {
      width: image.tile.width * Math.ceil(blockSide.width / image.tile.width),
      height: image.tile.height * Math.ceil(blockSide.height / image.tile.height),
    }
    let data: Float32Array | Float64Array | undefined
    for (let by = Math.floor(y[0] / step.height) * step.height; by < y[1]; by += step.height) {
      for (let bx = Math.floor(x[0] / step.width) * step.width; bx < x[1]; bx += step.width) {
        const [right, top] = [Math.min(image.width, bx + step.width), Math.min(image.height, by + step.height)]
        const key = `${image.input.name}\n${image.hdu} ${image.plane} ${bx} ${by}`
        const part = await this.#cache.get(key, () => this.#readSection(image, [bx, right], [by, top], signal))
        data ??= part instanceof Float64Array ? new Float64Array(width * height) : new Float32Array(width * height)
        const [from, to] = [Math.max(bx, x[0]), Math.min(right, x[1])]
        for (let row = Math.max(by, y[0]); row < Math.min(top, y[1]); row++) {
          const at = (row - by) * (right - bx) - bx
          data.set(part.subarray(at + from, at + to), (row - y[0]) * width + from - x[0])
        }
      }
    }
    return { ...block, data: data as Float32Array | Float64Array }
  }

  async #readSection(
    { input, hdu: number, plane }: MosaicImage,
    x: readonly [number, number],
    y: readonly [number, number],
    signal: AbortSignal | undefined,
    out?: Float32Array<ArrayBuffer>,
  ): Promise<Float32Array | Float64Array> {
    const section = [...plane.map((at) => [at, at + 1] as const), y, x]
    return this.#pool.use(input, signal, async (file) => {
      return (await decodeHduImage(file, await file.hdu(number), { section, signal, out })).data
    })
  }

  /** Closes all files; nothing can be read any more. */
  async close(): Promise<void> {
    this.#cache.clear()
    await this.#pool.close()
  }
}

/**
 * Opens mosaics: reads their headers, so that objects can be found in them by position.
 *
 * @param inputs - Files, of which every picture with a map of the sky is a mosaic, or some HDUs of a file under one name: plain or
 * tile-compressed pictures; packed ones are unpacked into memory. Positions of objects are ICRS, whatever the mosaics' frames.
 * @throws ParameterError for no inputs, and for two of one name with different sources. With `invalid: 'throw'` FormatError for files
 * without a picture or a map, and UnsupportedError for maps that are not followed where none is before; both name the file.
 * @remarks A picture that shows the sky of an earlier one of its file (the middle of either lies in the other), in the same band or without
 * one, is none of its own (errors, masks, weights, backgrounds), and two mosaics without a band may show the same place: both are told to
 * `onWarning`. The headers of all HDUs are read, for which packed files are unpacked whole; at most `maxOpenFiles` are open.
 */
export async function openMosaics(inputs: readonly MosaicInput[], options: OpenMosaicsOptions = {}): Promise<Mosaics> {
  const { maxOpenFiles, maxUnpackedBytes, cacheBytes, invalid, signal, onProgress, onWarning } = resolveOptions(
    'openMosaics',
    options,
    rules,
  )
  if (inputs.length === 0) throw new ParameterError('openMosaics: inputs must name a mosaic. Received none.')
  const sources = new Map<string, MosaicInput['source']>()
  for (const { name, source } of inputs) {
    if (sources.has(name) && sources.get(name) !== source) {
      throw new ParameterError(`openMosaics: inputs of one name must have the same source. Received two for ${name}.`)
    }
    sources.set(name, source)
  }
  const onFault = (error: unknown): void => {
    if (invalid === 'throw' || !(error instanceof AstronomalyError)) throw error
    onWarning?.({ message: error.message })
  }
  const pool = new FilePool(maxOpenFiles, maxUnpackedBytes)
  const images: MosaicImage[] = []
  try {
    for (const [done, input] of inputs.entries()) {
      try {
        await pool.use(input, signal, async (file) => {
          for await (const image of fileMosaics(file, input, onFault, onWarning)) images.push(image)
        })
      } catch (error) {
        onFault(error)
      }
      onProgress?.({ stage: 'mosaics', done: done + 1, total: inputs.length })
    }
    if (images.length === 0)
      throw new ParameterError('openMosaics: inputs must hold a mosaic. Received none that can be used.')
    const mosaics = new Mosaics(images, pool, cacheBytes)
    const doubtful = onWarning && samePlace(mosaics)
    if (doubtful) {
      onWarning({
        message: `openMosaics: bands should be named. ${doubtful[0]} and ${doubtful[1]} show the same place without one: an object is drawn from one of them alone.`,
      })
    }
    return mosaics
  } catch (error) {
    await pool.close()
    throw error
  }
}

/** The names of two mosaics without a band of which one has its middle deep inside the other: two bands, for all that is known. */
function samePlace(mosaics: Mosaics): readonly [string, string] | undefined {
  const nameOf = ({ input, hdu }: MosaicImage): string => (hdu === 0 ? input.name : `${input.name} (HDU ${hdu})`)
  for (const image of mosaics.images) {
    if (image.band !== '') continue
    const other = mosaics
      .find('', image.raDeg, image.decDeg)
      .find((hit) => hit.image !== image && hit.margin > 0.4 * Math.min(hit.image.width, hit.image.height))
    if (other) return [nameOf(image), nameOf(other.image)]
  }
  return undefined
}
