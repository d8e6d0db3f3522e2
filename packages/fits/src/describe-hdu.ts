import type { FitsHeader } from './header/fits-header.ts'

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

/** What a header says of its HDU. @throws FormatError when it contradicts the standard, or sizes overflow. */
export function describeHdu(header: FitsHeader, index: number, headerOffset: number, dataOffset: number): FitsHdu {
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
