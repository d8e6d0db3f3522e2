import { numberOption, type OptionRules, resolveOptions } from '@astronomaly/core'
import type { ByteRange, ByteSource, ReadBytesOptions } from './byte-source.ts'

/** What is kept of a source. */
export interface CachedByteSourceOptions {
  /**
   * Bytes of a page.
   * @defaultValue 65536
   */
  readonly pageBytes?: number | undefined
  /**
   * Most pages that are kept; those that were not used for longest go first.
   * @defaultValue 64
   */
  readonly pages?: number | undefined
}

/** The rules of {@link CachedByteSourceOptions}. */
export const cacheRules = {
  pageBytes: numberOption(65_536, { integer: true, min: 1 }),
  pages: numberOption(64, { integer: true, min: 1 }),
} satisfies OptionRules<CachedByteSourceOptions>

/**
 * A source that reads whole pages of another and keeps the last ones, so that many small reads become few.
 *
 * @remarks Holds at most `pageBytes` × `pages` bytes, and the pages of the reads that are under way. A read of half of that or more goes past the pages. Pages that lie side by side
 * are read at once, and those that are under way are not asked for again.
 */
export function cachedByteSource(source: ByteSource, options: CachedByteSourceOptions = {}): ByteSource {
  const { pageBytes, pages } = resolveOptions('cachedByteSource', options, cacheRules)
  return new CachedByteSource(source, pageBytes, pages)
}

class CachedByteSource implements ByteSource {
  readonly name: string | undefined
  readonly #source: ByteSource
  readonly #pageBytes: number
  readonly #most: number
  /** By number, the one used last at the end. */
  readonly #pages = new Map<number, Promise<Uint8Array>>()

  constructor(source: ByteSource, pageBytes: number, most: number) {
    this.name = source.name
    this.#source = source
    this.#pageBytes = pageBytes
    this.#most = most
  }

  get byteLength(): number {
    return this.#source.byteLength
  }

  async slice(start: number, end: number, options: ReadBytesOptions = {}): Promise<Uint8Array> {
    return (await this.slices([{ start, end }], options))[0]!
  }

  async slices(ranges: readonly ByteRange[], options: ReadBytesOptions = {}): Promise<Uint8Array[]> {
    options.signal?.throwIfAborted()
    const clipped = ranges.map(({ start, end }) => {
      const last = Math.min(end, this.byteLength)
      return { start: Math.min(start, last), end: last }
    })
    const total = clipped.reduce((sum, { start, end }) => sum + end - start, 0)
    if (2 * total >= this.#pageBytes * this.#most) return readAll(this.#source, clipped, options)
    const held = await this.#hold(this.#numbers(clipped), options)
    return clipped.map((range) => this.#assemble(range, held))
  }

  async close(): Promise<void> {
    this.#pages.clear()
    await this.#source.close?.()
  }

  /** The pages of the ranges, ascending. */
  #numbers(ranges: readonly ByteRange[]): number[] {
    const numbers = new Set<number>()
    for (const { start, end } of ranges) {
      for (let page = Math.floor(start / this.#pageBytes); page * this.#pageBytes < end; page++) numbers.add(page)
    }
    return [...numbers].sort((a, b) => a - b)
  }

  /** The bytes of pages, those that are missing read in as few ranges as they allow. */
  async #hold(numbers: readonly number[], options: ReadBytesOptions): Promise<Map<number, Uint8Array>> {
    const missing = numbers.filter((page) => !this.#pages.has(page))
    const kept = numbers.filter((page) => this.#pages.has(page))
    const pages = new Map<number, Promise<Uint8Array>>()
    for (const page of kept) pages.set(page, this.#again(page, this.#pages.get(page)!, options))
    for (const [page, promise] of this.#read(missing, options)) pages.set(page, promise)
    const bytes = await Promise.all(numbers.map((page) => pages.get(page)!))
    return new Map(numbers.map((page, i) => [page, bytes[i]!]))
  }

  /** A page that somebody else asked for; when that fails, by an abort of theirs say, it is read anew. */
  async #again(page: number, promise: Promise<Uint8Array>, options: ReadBytesOptions): Promise<Uint8Array> {
    this.#keep(page, promise)
    return promise.catch(() => this.#read([page], options).get(page)!)
  }

  #read(numbers: readonly number[], options: ReadBytesOptions): Map<number, Promise<Uint8Array>> {
    const out = new Map<number, Promise<Uint8Array>>()
    const runs: number[][] = []
    for (const page of numbers) {
      if (runs.at(-1)?.at(-1) === page - 1) runs.at(-1)!.push(page)
      else runs.push([page])
    }
    const ranges = runs.map((run) => ({
      start: run[0]! * this.#pageBytes,
      end: Math.min(this.byteLength, (run.at(-1)! + 1) * this.#pageBytes),
    }))
    if (runs.length === 0) return out
    const reading = readAll(this.#source, ranges, options)
    for (const [k, run] of runs.entries()) {
      for (const [i, page] of run.entries()) {
        // A copy, so that a page does not keep its whole run in memory.
        const promise = reading.then((all) => all[k]!.slice(i * this.#pageBytes, (i + 1) * this.#pageBytes))
        out.set(page, promise)
        this.#keep(page, promise)
        promise.catch(() => {
          if (this.#pages.get(page) === promise) this.#pages.delete(page)
        })
      }
    }
    return out
  }

  #keep(page: number, promise: Promise<Uint8Array>): void {
    this.#pages.delete(page)
    this.#pages.set(page, promise)
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= this.#most) return
      this.#pages.delete(oldest)
    }
  }

  #assemble({ start, end }: ByteRange, held: ReadonlyMap<number, Uint8Array>): Uint8Array {
    const out = new Uint8Array(end - start)
    let at = start
    while (at < end) {
      const page = Math.floor(at / this.#pageBytes)
      const from = at - page * this.#pageBytes
      const piece = held.get(page)!.subarray(from, from + end - at)
      if (piece.length === 0) return out.subarray(0, at - start)
      out.set(piece, at - start)
      at += piece.length
    }
    return out
  }
}

async function readAll(
  source: ByteSource,
  ranges: readonly ByteRange[],
  options: ReadBytesOptions,
): Promise<Uint8Array[]> {
  if (source.slices) return source.slices(ranges, options)
  return Promise.all(ranges.map(({ start, end }) => source.slice(start, end, options)))
}
