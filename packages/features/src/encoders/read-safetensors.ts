import { FormatError, UnsupportedError } from '@astronomaly/core'
import type { WeightTensor, WeightTensors } from './weight-tensors.ts'

/** Bytes of a number of each type that can be read; integers are counters that no network needs. */
const sizes: Readonly<Record<string, number>> = { F32: 4, F16: 2, BF16: 2 }
const skipped: readonly string[] = ['I64', 'I32', 'I16', 'I8', 'U8', 'BOOL']
/** The format's own limit. */
const maxHeader = 100_000_000

function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function decode(dtype: string, bytes: Uint8Array): Float32Array {
  const own = new Uint8Array(bytes)
  if (dtype === 'F32') return new Float32Array(own.buffer)
  const bits = new Uint16Array(own.buffer)
  if (dtype === 'F16') return Float32Array.from(bits, halfToNumber)
  return new Float32Array(Uint32Array.from(bits, (b) => b << 16).buffer)
}

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

function isEntry(value: unknown): value is Entry {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Partial<Entry>
  const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0
  return (
    typeof dtype === 'string' &&
    Array.isArray(shape) &&
    shape.every(isCount) &&
    Array.isArray(offsets) &&
    offsets.length === 2 &&
    offsets.every(isCount)
  )
}

/**
 * The tensors of a `.safetensors` file, a PyTorch state dict.
 *
 * @param bytes - The whole file.
 * @param source - Its path, for messages.
 * @returns F32, F16 and BF16 tensors as float32; integer tensors are left out.
 * @throws FormatError when header or data are truncated or contradict each other; UnsupportedError for another type.
 * @see https://github.com/huggingface/safetensors#format
 */
export function readSafetensors(bytes: Uint8Array, source: string): WeightTensors {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 8)
    throw new FormatError(`safetensors: must have 8 bytes at least. Received ${bytes.length}.`, { source })
  const headerLength = Number(view.getBigUint64(0, true))
  const start = 8 + headerLength
  if (headerLength > maxHeader || start > bytes.length) {
    throw new FormatError(
      `safetensors: header must end within the file of ${bytes.length} bytes. Received length ${headerLength}.`,
      { source, offset: 0 },
    )
  }
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)))
  } catch (cause) {
    throw new FormatError('safetensors: header must be JSON', { source, offset: 8, cause })
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new FormatError('safetensors: header must be an object', { source, offset: 8 })
  }
  const tensors = new Map<string, WeightTensor>()
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const place = { source, keyword: name }
    if (!isEntry(entry)) {
      throw new FormatError(`safetensors: tensor ${name} must have dtype, shape and data_offsets.`, place)
    }
    if (skipped.includes(entry.dtype)) continue
    const size = Object.hasOwn(sizes, entry.dtype) ? sizes[entry.dtype]! : undefined
    if (size === undefined) {
      throw new UnsupportedError(
        `safetensors: tensor ${name} must be F32, F16 or BF16. Received ${entry.dtype} in ${source}.`,
      )
    }
    const [from, to] = entry.data_offsets
    const expected = size * entry.shape.reduce((product, n) => product * n, 1)
    if (to - from !== expected || start + to > bytes.length) {
      throw new FormatError(
        `safetensors: tensor ${name} of shape [${entry.shape}] must take ${expected} bytes within the file. Received bytes ${from} to ${to} of ${bytes.length - start}.`,
        { ...place, offset: start + from },
      )
    }
    tensors.set(name, { shape: entry.shape, data: decode(entry.dtype, bytes.subarray(start + from, start + to)) })
  }
  return { source, layout: 'torch', tensors }
}
