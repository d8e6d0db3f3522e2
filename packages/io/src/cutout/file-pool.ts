import { ParameterError } from '@astronomaly/core'
import { type FitsFile, openFits } from '@astronomaly/fits'
import { type ByteSource, toByteSource, UnpackedByteSource } from '@astronomaly/fits/bytes'
import type { MosaicInput } from './mosaic-image.ts'

/** A file that can be opened again and again: bytes that are at hand, or what opens them. */
type PooledFile = Pick<MosaicInput, 'name' | 'source'>

interface OpenFile {
  file: Promise<FitsFile> | undefined
  /** What is to be closed, once it is known. */
  opened: ByteSource | undefined
  /** What a packed file is unpacked into, once it is known. */
  unpacked: UnpackedByteSource | undefined
  users: number
}

/**
 * FITS files of which at most `most` are open at any time, and of which those that nobody uses hold at most `mostUnpacked` bytes that were
 * unpacked; those that were not used for longest are closed.
 */
export class FilePool {
  readonly #most: number
  readonly #mostUnpacked: number
  /** By name, the one used last at the end. */
  readonly #open = new Map<string, OpenFile>()
  /** Files that are being closed: they count as open until they are not. */
  #ending = 0
  #waiting: (() => void)[] = []
  #closed = false

  constructor(most: number, mostUnpacked: number) {
    this.#most = most
    this.#mostUnpacked = mostUnpacked
  }

  /** Files that are open. */
  get openCount(): number {
    return this.#open.size + this.#ending
  }

  /** Calls `body` with a file that stays open meanwhile. A `body` must not use the pool itself. */
  async use<T>(input: PooledFile, signal: AbortSignal | undefined, body: (file: FitsFile) => Promise<T>): Promise<T> {
    const entry = await this.#take(input, signal)
    let file: FitsFile | undefined
    try {
      file = (await entry.file) as FitsFile
      return await body(file)
    } finally {
      entry.users--
      if (!file && this.#open.get(input.name) === entry) await this.#end(input.name, entry)
      if (this.#closed) await this.close()
      else await this.#trim()
      this.#wake()
    }
  }

  /** Closes the files that nobody uses, and the others as soon as they are done with. */
  async close(): Promise<void> {
    this.#closed = true
    for (const [name, entry] of [...this.#open]) if (entry.users === 0) await this.#end(name, entry)
  }

  async #take(input: PooledFile, signal: AbortSignal | undefined): Promise<OpenFile> {
    for (;;) {
      signal?.throwIfAborted()
      if (this.#closed) throw new ParameterError(`mosaics: must be open. They are closed (${input.name}).`)
      const kept = this.#open.get(input.name)
      if (kept) {
        kept.users++
        this.#open.delete(input.name)
        this.#open.set(input.name, kept)
        return kept
      }
      if (this.openCount < this.#most) break
      const idle = [...this.#open].find(([, { users }]) => users === 0)
      if (idle) await this.#end(...idle)
      else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    const entry: OpenFile = { file: undefined, opened: undefined, unpacked: undefined, users: 1 }
    this.#open.set(input.name, entry)
    entry.file = openEntry(input, entry)
    // Its failure is met by whoever uses it.
    entry.file.catch(() => {})
    return entry
  }

  /** Closes packed files until those that nobody uses hold no more than they may. */
  async #trim(): Promise<void> {
    const idle = [...this.#open].filter(([, { users, unpacked }]) => users === 0 && unpacked)
    let kept = idle.reduce((sum, [, { unpacked }]) => sum + (unpacked?.keptBytes ?? 0), 0)
    const ended: Promise<void>[] = []
    for (const [name, entry] of idle) {
      if (kept <= this.#mostUnpacked) break
      kept -= entry.unpacked?.keptBytes ?? 0
      ended.push(this.#end(name, entry))
    }
    await Promise.all(ended)
  }

  async #end(name: string, entry: OpenFile): Promise<void> {
    this.#open.delete(name)
    this.#ending++
    try {
      await entry.file?.catch(() => undefined)
      await entry.opened?.close?.()
    } finally {
      this.#ending--
      this.#wake()
    }
  }

  /** Lets those who wait for a place look again. */
  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

async function openEntry({ name, source }: PooledFile, entry: OpenFile): Promise<FitsFile> {
  const bytes = toByteSource(typeof source === 'function' ? await source() : source, name)
  if (typeof source === 'function') entry.opened = bytes
  const file = await openFits(bytes)
  if (file.source instanceof UnpackedByteSource) entry.unpacked = file.source
  return file
}
