import { contiguousData, FormatError, type NumericArray, type Tensor, UnsupportedError } from '@astronomaly/core'
import { type NpyHeader, parseNpyHeader } from './npy-header.ts'

/** The element arrays that .npy files are read into. */
export type NpyData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array

/** An array read from an .npy file: row-major, native byte order. */
export interface NpyArray {
  /** The elements. */
  readonly data: NpyData
  /** Sizes, slowest axis first; empty for a scalar. */
  readonly shape: number[]
}

function descrOf(data: NumericArray): string {
  const size = data.BYTES_PER_ELEMENT
  const name = data[Symbol.toStringTag]
  const kind = name.startsWith('F') ? 'f' : name.startsWith('U') ? 'u' : 'i'
  return `${size === 1 ? '|' : '<'}${kind}${size}`
}

/** Spaces that numpy leaves so that the first axis can grow in place: its number may reach 21 digits. */
const growthDigits = 21

/**
 * Writes a tensor as an .npy file: version 1.0, little-endian, C order, header padded to 64 bytes.
 *
 * @param x - Any shape, such as a feature matrix `[rows, columns]` or a vector of scores `[length]`. NaN is kept.
 * @returns The same bytes that numpy.save (numpy >= 1.25) writes.
 * @throws UnsupportedError when the shape is too long for a version 1.0 header (thousands of axes).
 * @remarks O(elements), one copy. Strided tensors are written row-major.
 */
export function encodeNpy(x: Tensor<NumericArray>): Uint8Array {
  const data = contiguousData(x)
  const header = encodeNpyHeader(descrOf(data), x.shape)
  const bytes = new Uint8Array(header.length + data.byteLength)
  bytes.set(header)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), header.length)
  if (!hostLittleEndian) swapBytes(bytes.subarray(header.length), data.BYTES_PER_ELEMENT)
  return bytes
}

/**
 * What stands before the data of an .npy file of version 1.0.
 *
 * @param descr - The element type as numpy writes it, such as `'<f4'`.
 * @returns Of the same length whatever the first size is, so that it can be written again when an array has grown.
 * @throws UnsupportedError when the shape is too long.
 */
export function encodeNpyHeader(descr: string, shape: readonly number[]): Uint8Array {
  const sizes = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`
  const growth = shape.length > 0 ? ' '.repeat(Math.max(0, growthDigits - String(shape[0]).length)) : ''
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${sizes}, }${growth}`
  // numpy pads a header that is already aligned with one block more.
  const dataOffset = 64 * Math.floor((10 + text.length + 1) / 64 + 1)
  const headerLength = dataOffset - 10
  if (headerLength > 0xffff) throw new UnsupportedError(`encodeNpy: too many axes. Received ${shape.length}.`)
  const bytes = new Uint8Array(dataOffset)
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, headerLength & 0xff, headerLength >> 8])
  bytes.set(new TextEncoder().encode(`${text.padEnd(headerLength - 1)}\n`), 10)
  return bytes
}

/** Whether this machine stores the least significant byte first. */
export const hostLittleEndian: boolean = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** Reverses the bytes of each item, in place. */
export function swapBytes(bytes: Uint8Array, itemSize: number): void {
  if (itemSize > 1) for (let i = 0; i < bytes.length; i += itemSize) bytes.subarray(i, i + itemSize).reverse()
}

/**
 * Reads an .npy file of versions 1.0 to 3.0.
 *
 * @param bytes - The whole file.
 * @param source - Named in errors: a path, URL or description.
 * @returns The elements row-major (an array in Fortran order is transposed) and the shape. float16 becomes Float32Array, bool
 * Uint8Array (0 or 1), and 64-bit integers Float64Array. NaN is kept.
 * @throws FormatError when the magic, header or data are damaged, or the data are longer or shorter than the header says;
 * UnsupportedError for structured, complex, text and object arrays and for 64-bit integers beyond ±(2^53 - 1).
 * @remarks O(elements), one copy: the result never shares memory with `bytes`. Nothing is allocated before the length of
 * `bytes` has been compared with the shape.
 */
export function decodeNpy(bytes: Uint8Array, source: string): NpyArray {
  const header = parseNpyHeader(bytes, source)
  checkNpyLength(header, bytes.length, source)
  return { data: decodeNpyData(bytes.slice(header.dataOffset), header, source), shape: [...header.shape] }
}

/** Checks that a file of `fileLength` bytes holds the array of `header` and nothing else. @throws FormatError */
export function checkNpyLength(header: NpyHeader, fileLength: number, source: string): void {
  const wanted = header.dataOffset + header.length * header.itemSize
  if (fileLength !== wanted) {
    throw new FormatError(`npy: file must have ${wanted} bytes for shape [${header.shape}]. Received ${fileLength}`, {
      source,
      offset: Math.min(wanted, fileLength),
    })
  }
}

/**
 * Converts the data part of an .npy file, in place where the element type allows.
 *
 * @param bytes - Exactly the elements, at the beginning of an ArrayBuffer of their own: it is taken over.
 */
export function decodeNpyData(bytes: Uint8Array, header: NpyHeader, source: string): NpyData {
  if (header.littleEndian !== hostLittleEndian) swapBytes(bytes, header.itemSize)
  const data = viewAs(bytes, header, source)
  return header.fortranOrder && header.shape.length > 1 ? fromFortranOrder(data, header.shape) : data
}

function viewAs(bytes: Uint8Array, { type, length }: NpyHeader, source: string): NpyData {
  const { buffer, byteOffset } = bytes
  switch (type) {
    case 'f4':
      return new Float32Array(buffer, byteOffset, length)
    case 'f8':
      return new Float64Array(buffer, byteOffset, length)
    case 'i1':
      return new Int8Array(buffer, byteOffset, length)
    case 'i2':
      return new Int16Array(buffer, byteOffset, length)
    case 'i4':
      return new Int32Array(buffer, byteOffset, length)
    case 'u1':
    case 'b1':
      return bytes
    case 'u2':
      return new Uint16Array(buffer, byteOffset, length)
    case 'u4':
      return new Uint32Array(buffer, byteOffset, length)
    case 'f2':
      return Float32Array.from(new Uint16Array(buffer, byteOffset, length), fromFloat16)
    case 'i8':
      return safeIntegers(new BigInt64Array(buffer, byteOffset, length), source)
    case 'u8':
      return safeIntegers(new BigUint64Array(buffer, byteOffset, length), source)
  }
}

function safeIntegers(values: BigInt64Array | BigUint64Array, source: string): Float64Array {
  const out = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i])
    if (!Number.isSafeInteger(value)) {
      throw new UnsupportedError(`npy: integers must lie within ±(2^53 - 1). Received ${values[i]} (${source}).`)
    }
    out[i] = value
  }
  return out
}

function fromFloat16(bits: number): number {
  const sign = bits >> 15 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function fromFortranOrder(data: NpyData, shape: readonly number[]): NpyData {
  let step = 1
  const stride = shape.map((size) => {
    const own = step
    step *= size
    return own
  })
  return contiguousData({ data, shape, stride, offset: 0 }).slice()
}
