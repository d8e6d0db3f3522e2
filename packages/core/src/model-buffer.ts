import { describeValue } from './describe-value.ts'
import { FormatError } from './errors.ts'

/** The arrays that a model buffer can hold. */
export type ModelArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array

/** A fitted model in a form that is memory, file and worker message at once. */
export interface ModelContent {
  /** Which model, such as `'isolation-forest'`. */
  readonly kind: string
  /** Version of the layout of this kind, an integer ≥ 1. */
  readonly version: number
  /** Options and scalars, as JSON. */
  readonly meta: Readonly<Record<string, unknown>>
  readonly arrays: Readonly<Record<string, ModelArray>>
}

const magic = 0x4d545341 // 'ASTM', little-endian
const constructors = {
  f32: Float32Array,
  f64: Float64Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
} as const
type Dtype = keyof typeof constructors

function dtypeOf(array: ModelArray): Dtype {
  for (const [dtype, type] of Object.entries(constructors)) if (array instanceof type) return dtype as Dtype
  throw new FormatError('model: array type cannot be stored')
}

let crcTable: Uint32Array | undefined

/** CRC-32 (IEEE 802.3) of `bytes`. O(n). */
export function crc32(bytes: Uint8Array): number {
  if (!crcTable) {
    crcTable = new Uint32Array(256)
    for (let n = 0; n < 256; n++) {
      let c = n
      for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
      crcTable[n] = c
    }
  }
  let crc = 0xffffffff
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]!) & 255]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

const align = (n: number): number => Math.ceil(n / 8) * 8

/**
 * Packs a model into one buffer: magic, CRC-32 of all that follows, header length, JSON header, arrays at 8-byte boundaries.
 * Numbers are little-endian.
 */
export function encodeModel(content: ModelContent): ArrayBuffer {
  let offset = 0
  const arrays = Object.entries(content.arrays).map(([name, array]) => {
    const entry = { name, dtype: dtypeOf(array), length: array.length, offset }
    offset += align(array.byteLength)
    return entry
  })
  const header = new TextEncoder().encode(
    JSON.stringify({ kind: content.kind, version: content.version, meta: content.meta, arrays }),
  )
  const start = align(12 + header.length)
  const buffer = new ArrayBuffer(start + offset)
  const bytes = new Uint8Array(buffer)
  const view = new DataView(buffer)
  view.setUint32(0, magic, true)
  view.setUint32(8, header.length, true)
  bytes.set(header, 12)
  for (const { name, offset: at } of arrays) {
    const array = content.arrays[name] as ModelArray
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), start + at)
  }
  view.setUint32(4, crc32(bytes.subarray(8)), true)
  return buffer
}

/**
 * Unpacks what {@link encodeModel} made.
 *
 * @param kind - The kind that the caller understands.
 * @param version - The newest layout version that the caller understands.
 * @returns Arrays that are views of `buffer`, not copies.
 * @throws FormatError when a byte is missing or changed, when kind or version differ, or when the header is not what
 * {@link encodeModel} writes.
 */
export function decodeModel(buffer: ArrayBuffer, kind: string, version: number): ModelContent {
  const source = `${kind} model`
  if (!(buffer instanceof ArrayBuffer)) throw new FormatError('model: must be an ArrayBuffer', { source })
  if (buffer.byteLength < 16)
    throw new FormatError('model: truncated before its header', { source, offset: buffer.byteLength })
  const view = new DataView(buffer)
  if (view.getUint32(0, true) !== magic) throw new FormatError('model: does not begin with ASTM', { source, offset: 0 })
  const headerLength = view.getUint32(8, true)
  const start = align(12 + headerLength)
  if (start > buffer.byteLength) throw new FormatError('model: header runs past the end', { source, offset: 8 })
  const bytes = new Uint8Array(buffer)
  if (crc32(bytes.subarray(8)) !== view.getUint32(4, true)) {
    throw new FormatError('model: checksum differs, the bytes are damaged', { source, offset: 4 })
  }
  const header = parseHeader(bytes.subarray(12, 12 + headerLength), source)
  if (header.kind !== kind)
    throw new FormatError(`model: is a ${describeValue(header.kind)}, not a ${kind}`, { source })
  const found = header.version
  if (!(typeof found === 'number' && Number.isInteger(found) && found >= 1 && found <= version)) {
    throw new FormatError(`model: version must be 1 to ${version}. Received ${describeValue(found)}`, { source })
  }
  if (!Array.isArray(header.arrays) || !isRecord(header.meta)) {
    throw new FormatError('model: header lacks meta or arrays', { source, offset: 12 })
  }
  const arrays = new Map<string, ModelArray>()
  let next = 0
  for (const entry of header.arrays as readonly unknown[]) {
    const { name, dtype, length, offset } = isRecord(entry) ? entry : {}
    if (typeof name !== 'string' || arrays.has(name)) {
      throw new FormatError('model: arrays must have a name of their own', { source, keyword: 'arrays' })
    }
    const type = isDtype(dtype) ? constructors[dtype] : undefined
    if (!type) throw new FormatError('model: array has an unknown type', { source, keyword: name })
    if (offset !== next) {
      const rule = `model: array must begin where the one before it ends, at ${next}. Received ${describeValue(offset)}`
      throw new FormatError(rule, { source, keyword: name })
    }
    if (!isCount(length) || start + next + length * type.BYTES_PER_ELEMENT > buffer.byteLength) {
      throw new FormatError('model: array lies outside the buffer', { source, keyword: name })
    }
    arrays.set(name, new type(buffer, start + next, length))
    next += align(length * type.BYTES_PER_ELEMENT)
  }
  if (start + next !== buffer.byteLength) {
    throw new FormatError('model: bytes follow the last array', { source, offset: start + next })
  }
  return { kind, version: found, meta: header.meta, arrays: Object.fromEntries(arrays) }
}

function parseHeader(bytes: Uint8Array, source: string): Readonly<Record<string, unknown>> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new FormatError('model: header is not JSON', { source, offset: 12, cause })
  }
  if (!isRecord(header)) throw new FormatError('model: header is not a JSON object', { source, offset: 12 })
  return header
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDtype(value: unknown): value is Dtype {
  return typeof value === 'string' && Object.hasOwn(constructors, value)
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
