/** Writes the wire format of protocol buffers: what an ONNX file is made of. Methods chain. */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = []
  #length = 0

  #push(bytes: Uint8Array): void {
    this.#chunks.push(bytes)
    this.#length += bytes.length
  }

  #varint(value: number): void {
    const bytes: number[] = []
    let rest = value
    while (rest >= 128) {
      bytes.push((rest % 128) + 128)
      rest = Math.floor(rest / 128)
    }
    bytes.push(rest)
    this.#push(Uint8Array.from(bytes))
  }

  /** An integer field, 0 ≤ `value` < 2^53. */
  integer(field: number, value: number): this {
    this.#varint(field * 8)
    this.#varint(value)
    return this
  }

  /** A field of bytes, text or a nested message. */
  bytes(field: number, value: Uint8Array | string | ProtobufWriter): this {
    const bytes =
      value instanceof ProtobufWriter
        ? value.finish()
        : typeof value === 'string'
          ? new TextEncoder().encode(value)
          : value
    this.#varint(field * 8 + 2)
    this.#varint(bytes.length)
    this.#push(bytes)
    return this
  }

  /** The message so far. */
  finish(): Uint8Array<ArrayBuffer> {
    const out = new Uint8Array(this.#length)
    let at = 0
    for (const chunk of this.#chunks) {
      out.set(chunk, at)
      at += chunk.length
    }
    return out
  }
}
