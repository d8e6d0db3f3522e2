import { hash } from 'node:crypto'

/** How an object stands: never tried, on disk, failed for now, or failed for good. */
export type ObjectState = 'new' | 'done' | 'failed' | 'permanent'

const states: readonly ObjectState[] = ['new', 'done', 'failed', 'permanent']
const seenBit = 4

/** What is kept of an object. */
export interface IndexedObject {
  readonly state: ObjectState
  /** Whether this run has met it. */
  readonly seen: boolean
  /** Whether the address is the one that the state is of. */
  readonly sameUrl: boolean
  readonly bytes: number
  /** First 16 hexadecimal digits of the content's SHA-256. */
  readonly digest: string
  /** The extension of its file, or the reason of its failure. */
  readonly note: string
}

/** What is to be kept of an object. */
export interface ObjectOutcome {
  readonly state: ObjectState
  readonly url: string
  readonly bytes?: number
  readonly sha256?: string
  readonly note: string
}

/**
 * How each of millions of objects stands, in few bytes.
 *
 * @remarks An open-addressed table of 35 bytes an entry, between a third and two thirds full: 53 to 105 bytes an object, and half as much
 * again while it grows. Objects are told apart by 96 bits of the SHA-256 of their path in lower case: of four million, two share them with a probability
 * of 1e-16. Paths that differ in case alone fall together and are told apart by 32 bits of the id's hash.
 */
export class ObjectIndex {
  readonly #notes: string[] = []
  readonly #noteNumbers = new Map<string, number>()
  #capacity: number
  #keys: Uint32Array
  #owners: Uint32Array
  #urls: Uint32Array
  #bytes: Uint32Array
  #digests: Uint32Array
  #states: Uint8Array
  #noteOf: Uint16Array
  #count = 0

  constructor(capacity = 1024) {
    this.#capacity = capacity
    this.#keys = new Uint32Array(3 * capacity)
    this.#owners = new Uint32Array(capacity)
    this.#urls = new Uint32Array(capacity)
    this.#bytes = new Uint32Array(capacity)
    this.#digests = new Uint32Array(2 * capacity)
    this.#states = new Uint8Array(capacity)
    this.#noteOf = new Uint16Array(capacity)
  }

  /** Objects that are known. */
  get size(): number {
    return this.#count
  }

  /**
   * How an object stands; `'taken'` when its path, but for upper and lower case, belongs to another one.
   *
   * @param meet - Marks it as met by this run; the answer tells how it was before.
   */
  look(id: string, path: string, url: string, meet: boolean): IndexedObject | 'taken' {
    const at = this.#place(path, id)
    if (this.#owners[at] !== wordOf(id)) return 'taken'
    const bits = this.#states[at]!
    if (meet) this.#states[at] = bits | seenBit
    const digest = [this.#digests[2 * at]!, this.#digests[2 * at + 1]!]
    return {
      state: states[bits & 3]!,
      seen: (bits & seenBit) !== 0,
      sameUrl: this.#urls[at] === wordOf(url),
      bytes: this.#bytes[at]!,
      digest: digest.map((word) => word.toString(16).padStart(8, '0')).join(''),
      note: this.#notes[this.#noteOf[at]!] ?? '',
    }
  }

  /** Keeps an outcome; nothing happens when the path belongs to another object. */
  set(id: string, path: string, outcome: ObjectOutcome): void {
    const at = this.#place(path, id)
    if (this.#owners[at] !== wordOf(id)) return
    this.#states[at] = (this.#states[at]! & seenBit) | states.indexOf(outcome.state)
    this.#urls[at] = wordOf(outcome.url)
    this.#bytes[at] = outcome.bytes ?? 0
    const digest = outcome.sha256 ?? ''
    this.#digests[2 * at] = Number.parseInt(digest.slice(0, 8) || '0', 16)
    this.#digests[2 * at + 1] = Number.parseInt(digest.slice(8, 16) || '0', 16)
    this.#noteOf[at] = this.#number(outcome.note)
  }

  /** Every note that was kept. */
  get notes(): readonly string[] {
    return this.#notes
  }

  /** The place of a path, which is made when there is none. */
  #place(path: string, id: string): number {
    if (3 * (this.#count + 1) > 2 * this.#capacity) this.#grow()
    const key = hash('sha256', path.toLowerCase(), 'buffer')
    // A place is empty while its first word is 0.
    const words = [key.readUInt32LE(0) || 1, key.readUInt32LE(4), key.readUInt32LE(8)] as const
    const at = this.#find(words)
    if (this.#keys[3 * at] === 0) {
      this.#keys.set(words, 3 * at)
      this.#owners[at] = wordOf(id)
      this.#count++
    }
    return at
  }

  #find(words: readonly [number, number, number]): number {
    const keys = this.#keys
    let at = words[1] & (this.#capacity - 1)
    for (;;) {
      const first = keys[3 * at]
      if (first === 0 || (first === words[0] && keys[3 * at + 1] === words[1] && keys[3 * at + 2] === words[2]))
        return at
      at = (at + 1) & (this.#capacity - 1)
    }
  }

  #grow(): void {
    const larger = new ObjectIndex(2 * this.#capacity)
    for (let from = 0; from < this.#capacity; from++) {
      if (this.#keys[3 * from] === 0) continue
      const words = [this.#keys[3 * from]!, this.#keys[3 * from + 1]!, this.#keys[3 * from + 2]!] as const
      const to = larger.#find(words)
      larger.#keys.set(words, 3 * to)
      larger.#owners[to] = this.#owners[from]!
      larger.#urls[to] = this.#urls[from]!
      larger.#bytes[to] = this.#bytes[from]!
      larger.#digests.set(this.#digests.subarray(2 * from, 2 * from + 2), 2 * to)
      larger.#states[to] = this.#states[from]!
      larger.#noteOf[to] = this.#noteOf[from]!
    }
    this.#capacity = larger.#capacity
    this.#keys = larger.#keys
    this.#owners = larger.#owners
    this.#urls = larger.#urls
    this.#bytes = larger.#bytes
    this.#digests = larger.#digests
    this.#states = larger.#states
    this.#noteOf = larger.#noteOf
  }

  #number(note: string): number {
    const known = this.#noteNumbers.get(note)
    if (known !== undefined) return known
    // Past 65536 different notes the last stands for the rest.
    if (this.#notes.length > 0xffff) return 0xffff
    this.#noteNumbers.set(note, this.#notes.length)
    return this.#notes.push(note) - 1
  }
}

/** FNV-1a of a text's UTF-16 units: enough to tell that two are different. */
function wordOf(text: string): number {
  let word = 0x811c9dc5
  for (let i = 0; i < text.length; i++) word = Math.imul(word ^ text.charCodeAt(i), 0x01000193)
  return word >>> 0
}
