import { FormatError } from '@astronomaly/core'

/** One field of a message: a number, or bytes where they stand in the file. */
export interface ProtobufField {
  readonly field: number
  /** 0 varint, 1 eight bytes, 2 counted bytes, 5 four bytes. */
  readonly wireType: number
  /** The varint; 0 for other wire types. */
  readonly value: number
  /** The bytes of the other wire types. */
  readonly bytes: Uint8Array
  /** The whole field with its key. */
  readonly whole: Uint8Array
}

const none = new Uint8Array(0)

const outside = (source: string, offset: number): FormatError =>
  new FormatError('protobuf: fields must end within the message', { source, offset })

/** A varint as a signed 64-bit integer, and where it ends. */
function readVarint(bytes: Uint8Array, from: number, source: string): readonly [value: number, end: number] {
  let value = 0n
  for (let at = from; at < Math.min(bytes.length, from + 10); at++) {
    const byte = bytes[at]!
    value |= BigInt(byte & 127) << BigInt(7 * (at - from))
    if (byte < 128) return [Number(BigInt.asIntN(64, value)), at + 1]
  }
  throw outside(source, from)
}

/**
 * The fields of a message in the wire format of protocol buffers, in order.
 *
 * @throws FormatError when a field is no field or reaches beyond the message.
 */
export function* protobufFields(message: Uint8Array, source: string): Generator<ProtobufField> {
  let at = 0
  while (at < message.length) {
    const start = at
    const [key, afterKey] = readVarint(message, at, source)
    const wireType = key & 7
    const [value, from] =
      wireType === 0 || wireType === 2 ? readVarint(message, afterKey, source) : ([0, afterKey] as const)
    const size = wireType === 2 ? value : wireType === 1 ? 8 : wireType === 5 ? 4 : 0
    at = from + size
    if (![0, 1, 2, 5].includes(wireType) || key < 8 || size < 0 || at > message.length) throw outside(source, start)
    const bytes = size > 0 ? message.subarray(from, at) : none
    yield {
      field: Math.floor(key / 8),
      wireType,
      value: wireType === 0 ? value : 0,
      bytes,
      whole: message.subarray(start, at),
    }
  }
}

/** The numbers of a repeated integer field, packed or not. @throws FormatError */
export function protobufIntegers({ wireType, value, bytes }: ProtobufField, source: string): number[] {
  if (wireType === 0) return [value]
  const out: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const [one, end] = readVarint(bytes, at, source)
    out.push(one)
    at = end
  }
  return out
}

/** A field of counted bytes in pieces. */
export function countedField(field: number, pieces: readonly Uint8Array[]): Uint8Array[] {
  const head: number[] = []
  for (const number of [field * 8 + 2, pieces.reduce((sum, piece) => sum + piece.length, 0)]) {
    let rest = number
    for (; rest >= 128; rest = Math.floor(rest / 128)) head.push((rest % 128) + 128)
    head.push(rest)
  }
  return [Uint8Array.from(head), ...pieces]
}
