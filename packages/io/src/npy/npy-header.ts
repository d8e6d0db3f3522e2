import { FormatError, UnsupportedError } from '@astronomaly/core'

/** The element types of .npy files that can be read, as numpy writes them without the byte order. */
export type NpyType = 'f2' | 'f4' | 'f8' | 'i1' | 'i2' | 'i4' | 'i8' | 'u1' | 'u2' | 'u4' | 'u8' | 'b1'

/** What stands before the data of an .npy file. */
export interface NpyHeader {
  readonly type: NpyType
  /** Bytes of one element. */
  readonly itemSize: number
  readonly littleEndian: boolean
  /** Whether the first axis runs fastest. */
  readonly fortranOrder: boolean
  /** Sizes, slowest axis first; empty for a scalar. */
  readonly shape: readonly number[]
  /** Elements in all. */
  readonly length: number
  /** Offset of the first element, in bytes. */
  readonly dataOffset: number
}

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** numpy itself refuses longer headers of arrays; a structured type that needs more cannot be read here anyhow. */
const longestHeader = 65_536
const types: readonly string[] = ['f2', 'f4', 'f8', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'b1']

/**
 * The offset of the data of an .npy file, from its first 12 bytes.
 *
 * @throws FormatError when they are not the beginning of one; UnsupportedError for a version above 3.
 */
export function npyDataOffset(bytes: Uint8Array, source: string): number {
  for (const [i, byte] of magic.entries()) {
    if (bytes[i] !== byte) throw new FormatError('npy: file must begin with \\x93NUMPY', { source, offset: i })
  }
  const major = bytes[6]
  if (major !== undefined && (major < 1 || major > 3)) {
    throw new UnsupportedError(`npy: version must be 1, 2 or 3. Received ${major} (${source}).`)
  }
  const prefix = major === 1 ? 10 : 12
  if (bytes.length < prefix) throw new FormatError('npy: file ends inside the header', { source, offset: bytes.length })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > longestHeader) {
    throw new FormatError(`npy: header must have at most ${longestHeader} bytes. Received ${length}`, {
      source,
      offset: 8,
    })
  }
  return prefix + length
}

/**
 * Reads the header of an .npy file (versions 1 to 3).
 *
 * @param bytes - The beginning of the file, with the whole header.
 * @throws FormatError when it is damaged; UnsupportedError for an element type that is not a plain number.
 */
export function parseNpyHeader(bytes: Uint8Array, source: string): NpyHeader {
  const dataOffset = npyDataOffset(bytes, source)
  if (bytes.length < dataOffset)
    throw new FormatError('npy: file ends inside the header', { source, offset: bytes.length })
  const start = bytes[6] === 1 ? 10 : 12
  const text = new TextDecoder().decode(bytes.subarray(start, dataOffset)).trim()
  const fail = (keyword: string, rule: string): never => {
    throw new FormatError(`npy: header ${rule}. Received ${text.slice(0, 200)}`, { source, offset: start, keyword })
  }
  if (!/^\{.*\}$/s.test(text)) fail('', 'must be a dictionary')
  if (/(['"])descr\1\s*:\s*[[(]/.test(text)) {
    throw new UnsupportedError(`npy: structured arrays cannot be read. Received ${text.slice(0, 200)} (${source}).`)
  }
  const descr = /(['"])descr\1\s*:\s*(['"])(.*?)\2/.exec(text)?.[3] ?? fail('descr', 'must name an element type')
  const order = /(['"])fortran_order\1\s*:\s*(True|False)\b/.exec(text)?.[2]
  if (order === undefined) fail('fortran_order', 'must have fortran_order True or False')
  const sizes = /(['"])shape\1\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[2] ?? fail('shape', 'must have a shape')
  const shape = sizes
    .split(',')
    .map((size) => size.trim().replace(/L$/, ''))
    .filter((size, i, all) => !(size === '' && i === all.length - 1))
    .map((size) => (/^\d+$/.test(size) ? Number(size) : fail('shape', 'must have sizes >= 0')))
  const [, byteOrder, type = ''] = /^([<>|=])?([a-zA-Z]\d+)$/.exec(descr) ?? []
  if (!types.includes(type)) {
    throw new UnsupportedError(`npy: element type must be one of ${types.join(', ')}. Received '${descr}' (${source}).`)
  }
  const itemSize = Number(type.slice(1))
  const length = shape.reduce((a, b) => a * b, 1)
  if (!Number.isSafeInteger(length * itemSize)) fail('shape', 'must have fewer than 2^53 bytes')
  return {
    type: type as NpyType,
    itemSize,
    littleEndian: byteOrder !== '>',
    fortranOrder: order === 'True',
    shape,
    length,
    dataOffset,
  }
}
