import {
  FormatError,
  numberOption,
  type OptionRules,
  passedOption,
  type ResolvedOptions,
  resolveOptions,
  runRules,
  ShapeError,
  UnsupportedError,
  type Warning,
} from '@astronomaly/core'
import { type FitsHdu, pixelCount } from '../describe-hdu.ts'
import type { FitsHeader } from '../header/fits-header.ts'
import { assertWholeData, type FitsFile, type FitsInput, toFitsFile } from '../open-fits.ts'
import { decodeTiledImage } from '../tiles/tiled-image.ts'
import { type PixelArray, pixelArray } from './decode-pixels.ts'
import { type FitsSection, resolveSection, sectionShape } from './image-section.ts'
import { readPixels } from './read-pixels.ts'

/** The picture of one HDU, or a section of it. */
export interface FitsImage {
  /**
   * Pixels, row-major, NaN where missing. f32 for 8 and 16-bit integers and single precision, f64 for wider types, so that
   * every value of the file is held exactly, 64-bit integers beyond 2^53 and scaled values excepted.
   */
  readonly data: PixelArray
  /** Axis lengths, slowest first: `[height, width]`, `[planes, height, width]`. Row 0 is the file's first row, by convention the bottom. */
  readonly shape: readonly number[]
  /** Place of the first pixel in the HDU's picture, slowest axis first; zeros, but for a section. */
  readonly origin: readonly number[]
  readonly header: FitsHeader
  readonly hdu: FitsHdu
}

/** How to read a picture. */
export interface ReadFitsImageOptions {
  /** Names the file in errors. */
  readonly source?: string | undefined
  /**
   * Number of the HDU, or its EXTNAME.
   * @defaultValue the first one that holds pixels
   */
  readonly hdu?: number | string | undefined
  /**
   * The pixels to be read, `[from, to)` for each axis, 0-based, slowest first: `[[y0, y1], [x0, x1]]`. Little more than their bytes is
   * read.
   * @defaultValue all
   */
  readonly section?: FitsSection | undefined
  /**
   * Most pixels.
   * @defaultValue 2^28
   */
  readonly maxPixels?: number | undefined
  /**
   * Where the pixels are written to, of their type and number: memory that is used again costs less than a new one, up to half of
   * the time.
   * @defaultValue new memory
   */
  readonly out?: PixelArray | undefined
  /** Told of bytes behind the last member of a packed file, which are ignored. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
  /** Looked at before each read. */
  readonly signal?: AbortSignal | undefined
  /**
   * Threads that decode the tiles of a compressed picture; 0 decodes here. The pixels do not depend on it.
   * @defaultValue 0
   */
  readonly workers?: number | undefined
}

/** What of {@link ReadFitsImageOptions} an HDU that is known needs. */
type DecodeOptions = Pick<ReadFitsImageOptions, 'maxPixels' | 'out' | 'section' | 'signal' | 'workers'>

const decodeRules = {
  section: passedOption<FitsSection>(),
  maxPixels: numberOption(2 ** 28, { integer: true, min: 1 }),
  out: passedOption<PixelArray>(),
  signal: runRules.signal,
  workers: runRules.workers,
} satisfies OptionRules<DecodeOptions>

const readRules = {
  ...decodeRules,
  source: passedOption<string>(),
  hdu: passedOption<number | string>(),
  onWarning: runRules.onWarning,
} satisfies OptionRules<ReadFitsImageOptions>

/**
 * Reads a picture from a FITS file: BITPIX 8, 16, 32, 64, −32 and −64 with BSCALE, BZERO and BLANK, plain or tile-compressed (RICE_1,
 * GZIP_1, GZIP_2, HCOMPRESS_1, PLIO_1, NOCOMPRESS, with dithered quantisation), whole or by section.
 *
 * @param input - Bytes, a Blob, a source, or a file that is open.
 * @throws FormatError when the file is truncated, contradicts itself or has more than `maxPixels`; ParameterError for a section that
 * leaves the picture; ShapeError when `out` does not fit; NotFoundError when it has no such HDU; UnsupportedError for other compressions and random groups.
 * @remarks Sizes are checked against the bytes at hand before anything is allocated. Holds the picture and a few MiB.
 */
export async function readFitsImage(input: FitsInput, options: ReadFitsImageOptions = {}): Promise<FitsImage> {
  const { source, onWarning, hdu: wanted, ...decode } = resolveOptions('readFitsImage', options, readRules)
  const { signal } = decode
  const file = await toFitsFile(input, { signal, source, onWarning })
  if (wanted !== undefined) return decodeResolved(file, await file.hdu(wanted, { signal }), decode)
  for await (const hdu of file.hdus({ signal })) {
    if (hdu.kind === 'image' || hdu.kind === 'compressed-image') return decodeResolved(file, hdu, decode)
  }
  throw new FormatError('FITS: file must hold an image. It has none.', { source: file.source.name })
}

/** The picture of an HDU that has been found. */
export async function decodeHduImage(file: FitsFile, hdu: FitsHdu, options: DecodeOptions = {}): Promise<FitsImage> {
  return decodeResolved(file, hdu, resolveOptions('readFitsImage', options, decodeRules))
}

async function decodeResolved(
  file: FitsFile,
  hdu: FitsHdu,
  options: ResolvedOptions<typeof decodeRules>,
): Promise<FitsImage> {
  const { header, shape } = hdu
  const { maxPixels, out, signal, workers } = options
  const place = { offset: hdu.headerOffset, source: header.source }
  if (hdu.kind === 'random-groups') {
    throw new UnsupportedError(
      `FITS: random groups are not read; HDU ${hdu.index} holds them${header.source === undefined ? '' : ` (${header.source})`}.`,
    )
  }
  if (hdu.kind !== 'image' && hdu.kind !== 'compressed-image') {
    throw new FormatError(`FITS: HDU ${hdu.index} must hold an image. It is of kind ${hdu.kind}.`, place)
  }
  pixelCount(shape, header, hdu.kind === 'image' ? 'NAXIS' : 'ZNAXIS')
  assertWholeData(file, hdu)
  const section = resolveSection('readFitsImage', shape, options.section)
  const ownShape = sectionShape(section)
  if (ownShape.reduce((a, b) => a * b, 1) > maxPixels) {
    throw new FormatError(`FITS: image must have at most ${maxPixels} pixels. Received [${ownShape}].`, place)
  }
  if (out) assertOut(out, ownShape, hdu.bitpix)
  const data =
    hdu.kind === 'image'
      ? await readPixels(file, hdu, section, { signal, out })
      : await decodeTiledImage(file, hdu, { section, maxPixels, workers, signal, out })
  return { data, shape: ownShape, origin: section.map(([from]) => from), header, hdu }
}

function assertOut(out: PixelArray, shape: readonly number[], bitpix: number): void {
  const own = pixelArray(bitpix, 0)
  const count = shape.reduce((a, b) => a * b, 1)
  if (out instanceof own.constructor && out.length === count) return
  throw new ShapeError(
    `readFitsImage: out must be a ${own.constructor.name} of ${count} pixels. Received ${out?.constructor?.name} of ${out?.length}.`,
  )
}
