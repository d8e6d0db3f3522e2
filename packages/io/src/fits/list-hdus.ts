import { FormatError, UnsupportedError } from '@astronomaly/core'
import { packingOf } from '../bytes/packing.ts'
import type { FitsHeader } from './header/fits-header.ts'
import { blockSize, parseFitsHeader } from './header/parse-header.ts'
import { isFits } from './is-fits.ts'

/** What an HDU holds; `'none'` is an image of no pixels, `'other'` an extension that the standard does not define. */
export type FitsHduKind =
  | 'image'
  | 'compressed-image'
  | 'binary-table'
  | 'ascii-table'
  | 'random-groups'
  | 'none'
  | 'other'

/** One header-and-data unit of a file. */
export interface FitsHdu {
  /** 0 is the primary one. */
  readonly index: number
  readonly kind: FitsHduKind
  /** EXTNAME, or `''`. */
  readonly name: string
  readonly header: FitsHeader
  /** Bits of a stored pixel, negative for floating point; of the picture when it is compressed. */
  readonly bitpix: number
  /** Axis lengths, slowest first, so `[height, width]` is `[NAXIS2, NAXIS1]`; of the picture when it is compressed. */
  readonly shape: readonly number[]
  readonly headerOffset: number
  readonly dataOffset: number
  /** Bytes of data that the header announces, without padding; the file may hold fewer. */
  readonly dataLength: number
}

/** How to look at a FITS file in memory. */
export interface ListHdusOptions {
  /** Names the file in errors. */
  readonly source?: string
}

/**
 * All HDUs of a file with their headers; no data are decoded.
 *
 * @param bytes - A whole FITS file.
 * @throws FormatError when it is no FITS file, a header has no END or contradicts the standard, or sizes overflow.
 * @remarks Bytes after the last HDU that do not begin an extension are passed over, as the standard allows.
 */
export function listHdus(bytes: Uint8Array, options: ListHdusOptions = {}): FitsHdu[] {
  return [...eachHdu(bytes, options.source)]
}

/** The HDUs one by one, so that what stands behind the wanted one need not be sound. */
export function* eachHdu(bytes: Uint8Array, source?: string): Generator<FitsHdu> {
  assertFits(bytes, source)
  for (let offset = 0, index = 0; ; index++) {
    const { header, dataOffset } = parseFitsHeader(bytes, { offset, ...(source === undefined ? {} : { source }) })
    const hdu = describeHdu(header, index, offset, dataOffset)
    yield hdu
    offset = dataOffset + Math.ceil(hdu.dataLength / blockSize) * blockSize
    if (!startsExtension(bytes, offset)) return
  }
}

function assertFits(bytes: Uint8Array, source: string | undefined): void {
  if (isFits(bytes)) return
  const place = source === undefined ? {} : { source }
  const packing = packingOf(bytes)
  if (packing) {
    throw new UnsupportedError(
      `FITS: bytes must be unpacked first. Received ${packing} data${source === undefined ? '' : ` (${source})`}.`,
    )
  }
  if (bytes.length === 0) throw new FormatError('FITS: file must not be empty. Received 0 bytes.', place)
  throw new FormatError("FITS: file must begin with 'SIMPLE  ='.", { ...place, offset: 0, keyword: 'SIMPLE' })
}

function startsExtension(bytes: Uint8Array, offset: number): boolean {
  const word = 'XTENSION'
  if (offset + word.length > bytes.length) return false
  for (let i = 0; i < word.length; i++) if (bytes[offset + i] !== word.charCodeAt(i)) return false
  return true
}

function axes(header: FitsHeader, prefix: 'NAXIS' | 'ZNAXIS'): number[] {
  const count = header.integer(prefix, 0, 999)
  if (count === undefined) throw header.fault(prefix, 'must be present')
  const shape: number[] = []
  for (let axis = count; axis >= 1; axis--) {
    const size = header.integer(`${prefix}${axis}`, 0)
    if (size === undefined) throw header.fault(`${prefix}${axis}`, 'must be present')
    shape.push(size)
  }
  return shape
}

/** Product of axis lengths. @throws FormatError when a double cannot hold it exactly. */
export function pixelCount(shape: readonly number[], header: FitsHeader, keyword = 'NAXIS'): number {
  if (shape.length === 0 || shape.includes(0)) return 0
  let count = 1
  for (const size of shape) {
    count *= size
    if (!Number.isSafeInteger(count))
      throw header.fault(keyword, `must describe less than 2^53 pixels. Received ${shape}`)
  }
  return count
}

function bitsPerPixel(header: FitsHeader, keyword: 'BITPIX' | 'ZBITPIX'): number {
  const bitpix = header.integer(keyword)
  if (bitpix === undefined || ![8, 16, 32, 64, -32, -64].includes(bitpix)) {
    throw header.fault(keyword, `must be 8, 16, 32, 64, -32 or -64. Received ${bitpix ?? 'nothing'}`)
  }
  return bitpix
}

function describeHdu(header: FitsHeader, index: number, headerOffset: number, dataOffset: number): FitsHdu {
  const bitpix = bitsPerPixel(header, 'BITPIX')
  const shape = axes(header, 'NAXIS')
  const extension = index === 0 ? 'IMAGE' : (header.text('XTENSION') ?? '')
  const groups = index === 0 && shape.at(-1) === 0 && header.get('GROUPS') === true
  const own = pixelCount(groups ? shape.slice(0, -1) : shape, header)
  const parameters = index === 0 && !groups ? 0 : (header.integer('PCOUNT', 0) ?? 0)
  const groupCount = index === 0 && !groups ? 1 : (header.integer('GCOUNT', 0) ?? 1)
  const dataLength = (Math.abs(bitpix) / 8) * groupCount * (parameters + own)
  if (!Number.isSafeInteger(dataLength)) throw header.fault('NAXIS', `must describe less than 2^53 bytes of data`)
  const name = header.get('EXTNAME')
  const place = {
    index,
    name: typeof name === 'string' ? name : '',
    header,
    headerOffset,
    dataOffset,
    dataLength,
  }
  if (groups) return { ...place, kind: 'random-groups', bitpix, shape }
  if (extension === 'BINTABLE' || extension === 'A3DTABLE') {
    if (bitpix !== 8 || shape.length !== 2) throw header.fault('NAXIS', 'of a table must be 2, with BITPIX 8')
    if (header.get('ZIMAGE') !== true) return { ...place, kind: 'binary-table', bitpix, shape }
    const picture = axes(header, 'ZNAXIS')
    const kind = pixelCount(picture, header, 'ZNAXIS') === 0 ? 'none' : 'compressed-image'
    return { ...place, kind, bitpix: bitsPerPixel(header, 'ZBITPIX'), shape: picture }
  }
  if (extension === 'TABLE') {
    if (bitpix !== 8 || shape.length !== 2) throw header.fault('NAXIS', 'of a table must be 2, with BITPIX 8')
    return { ...place, kind: 'ascii-table', bitpix, shape }
  }
  if (extension !== 'IMAGE' && extension !== 'IUEIMAGE') return { ...place, kind: 'other', bitpix, shape }
  return { ...place, kind: own === 0 ? 'none' : 'image', bitpix, shape }
}

/**
 * The data of an HDU, without copying.
 *
 * @throws FormatError when the file ends before them.
 */
export function hduData(bytes: Uint8Array, hdu: FitsHdu): Uint8Array {
  const missing = hdu.dataOffset + hdu.dataLength - bytes.length
  if (missing > 0) {
    throw new FormatError(
      `FITS: data of HDU ${hdu.index} must have ${hdu.dataLength} bytes. The file is truncated: ${Math.min(missing, hdu.dataLength)} bytes are missing.`,
      { offset: bytes.length, ...(hdu.header.source === undefined ? {} : { source: hdu.header.source }) },
    )
  }
  return bytes.subarray(hdu.dataOffset, hdu.dataOffset + hdu.dataLength)
}
