import { ParameterError } from '../errors.ts'

/** Longer values are kept by reference until `finish`, shorter ones are copied at once. */
const longest = 1024

function checkInteger(value: number): void {
  if (Number.isSafeInteger(value) && value >= 0) return
  throw new ParameterError(`ProtobufWriter: integers must be from 0 to 2^53 - 1. Received ${value}.`)
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++
  return length
}

/** Writes the wire format of protocol buffers: what an ONNX file is made of. Methods chain. */
export class ProtobufWriter {
  readonly #parts: Uint8Array[] = []
  #open = new Uint8Array(256)
  #used = 0

  #reserve(count: number): void {
    if (this.#used + count <= this.#open.length) return
    this.#close()
    this.#open = new Uint8Array(Math.max(count, 4096))
  }

  #close(): void {
    if (this.#used > 0) this.#parts.push(this.#open.subarray(0, this.#used))
    this.#open = this.#open.subarray(this.#used)
    this.#used = 0
  }

  #varint(value: number): void {
    this.#reserve(8)
    let rest = value
    while (rest >= 128) {
      this.#open[this.#used++] = (rest % 128) + 128
      rest = Math.floor(rest / 128)
    }
    this.#open[this.#used++] = rest
  }

  #key(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType)
  }

  /** An integer field, 0 ≤ `value` < 2^53. @throws ParameterError for another value. */
  integer(field: number, value: number): this {
    checkInteger(value)
    this.#key(field, 0)
    this.#varint(value)
    return this
  }

  /** A repeated integer field, packed; 0 ≤ value < 2^53. @throws ParameterError for another value. */
  integers(field: number, values: ArrayLike<number>): this {
    let length = 0
    for (let i = 0; i < values.length; i++) {
      checkInteger(values[i]!)
      length += varintLength(values[i]!)
    }
    this.#key(field, 2)
    this.#varint(length)
    // 8 more, for that is what the last varint asks for.
    this.#reserve(length + 8)
    for (let i = 0; i < values.length; i++) this.#varint(values[i]!)
    return this
  }

  /** A repeated field of 32-bit floats, packed. */
  floats(field: number, values: ArrayLike<number>): this {
    const view = new DataView(new ArrayBuffer(4 * values.length))
    for (let i = 0; i < values.length; i++) view.setFloat32(4 * i, values[i]!, true)
    return this.bytes(field, new Uint8Array(view.buffer))
  }

  /** A field of bytes, text or a nested message. What is given must not change before `finish`. */
  bytes(field: number, value: Uint8Array | string | ProtobufWriter): this {
    this.#key(field, 2)
    const parts =
      value instanceof ProtobufWriter
        ? value.#finishParts()
        : [typeof value === 'string' ? new TextEncoder().encode(value) : value]
    this.#varint(parts.reduce((sum, part) => sum + part.length, 0))
    for (const part of parts) {
      if (part.length > longest) {
        this.#close()
        this.#parts.push(part)
      } else {
        this.#reserve(part.length)
        this.#open.set(part, this.#used)
        this.#used += part.length
      }
    }
    return this
  }

  #finishParts(): readonly Uint8Array[] {
    this.#close()
    return this.#parts
  }

  /** The message so far. */
  finish(): Uint8Array<ArrayBuffer> {
    const parts = this.#finishParts()
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
    let at = 0
    for (const part of parts) {
      out.set(part, at)
      at += part.length
    }
    return out
  }
}
