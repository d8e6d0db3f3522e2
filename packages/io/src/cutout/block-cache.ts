/** Blocks of pixels in memory, at most so many bytes of them; those that were not used for longest go first. */
export class BlockCache {
  readonly #mostBytes: number
  readonly #blocks = new Map<string, Float32Array | Float64Array>()
  #bytes = 0

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes
  }

  /** A block by its key, made when it is not there. */
  async get(key: string, make: () => Promise<Float32Array | Float64Array>): Promise<Float32Array | Float64Array> {
    const kept = this.#blocks.get(key)
    if (kept) {
      this.#blocks.delete(key)
      this.#blocks.set(key, kept)
      return kept
    }
    const block = await make()
    const twin = this.#blocks.get(key)
    if (twin) return twin
    this.#blocks.set(key, block)
    this.#bytes += block.byteLength
    for (const [oldest, { byteLength }] of this.#blocks) {
      if (this.#bytes <= this.#mostBytes) break
      this.#blocks.delete(oldest)
      this.#bytes -= byteLength
    }
    return block
  }

  clear(): void {
    this.#blocks.clear()
    this.#bytes = 0
  }
}
