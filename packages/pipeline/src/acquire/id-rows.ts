import { hash } from 'node:crypto'

/**
 * Tells whether an identifier was met before, and in which row, for millions of them in few bytes.
 *
 * @remarks Another question than that of the index of a folder's files in `@astronomaly/io`: that one asks how the file of an object
 * stands, goes by its path in lower case and remembers outcomes; here ids that differ in case alone are two, and all that is kept is a
 * row. An open-addressed table of 16 bytes an entry, between a third and two thirds full: 24 to 48 bytes an id, and half as much
 * again while it grows. Ids are told apart by 96 bits of their SHA-256: of four million, two share them with a probability of 1e-16.
 */
export class IdRows {
  #capacity: number
  /** Three words of the hash, of which the first is never 0 in a slot that is taken, and the row. */
  #entries: Uint32Array
  #count = 0

  constructor(capacity = 1024) {
    this.#capacity = capacity
    this.#entries = new Uint32Array(4 * capacity)
  }

  /**
   * Adds an id.
   *
   * @param row - Below 2^32.
   * @returns The row of the same id, when it is there already.
   */
  add(id: string, row: number): number | undefined {
    if (3 * (this.#count + 1) > 2 * this.#capacity) this.#grow()
    const key = hash('sha256', id, 'buffer')
    const words = [key.readUInt32LE(0) || 1, key.readUInt32LE(4), key.readUInt32LE(8)] as const
    const at = this.#find(words)
    if (this.#entries[at] !== 0) return this.#entries[at + 3]
    this.#entries.set([...words, row], at)
    this.#count++
    return undefined
  }

  #find([a, b, c]: readonly [number, number, number]): number {
    const entries = this.#entries
    for (let slot = b & (this.#capacity - 1); ; slot = (slot + 1) & (this.#capacity - 1)) {
      const at = 4 * slot
      if (entries[at] === 0 || (entries[at] === a && entries[at + 1] === b && entries[at + 2] === c)) return at
    }
  }

  #grow(): void {
    const larger = new IdRows(2 * this.#capacity)
    for (let at = 0; at < this.#entries.length; at += 4) {
      if (this.#entries[at] === 0) continue
      const entry = this.#entries.subarray(at, at + 4)
      larger.#entries.set(entry, larger.#find([entry[0]!, entry[1]!, entry[2]!]))
    }
    this.#capacity = larger.#capacity
    this.#entries = larger.#entries
  }
}
