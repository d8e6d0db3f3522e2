import { checkNumber, createRandom, ParameterError, type Seed, ShapeError } from '@astronomaly/core'
import type { MissingRule } from '../forest-rows.ts'
import { allocateRows, autoSampleSize, checkDraws, checkRowMemory, requireRows } from '../grow/draw-limits.ts'
import type { DrawnRows } from '../grow/drawn-rows.ts'
import { decodeReservoirs, encodeReservoirs, type ReservoirFields as Fields } from './encode-reservoirs.ts'
import { Reservoir, repeat } from './reservoir.ts'

/** What a state begins with. */
export interface ReservoirOptions {
  readonly trees: number
  readonly sampleSize: number | { readonly fraction: number } | 'auto'
  readonly missing: MissingRule
  readonly seed: Seed
  /** Number of this part of the rows among those that are to be merged. */
  readonly part?: number | undefined
}

const firstRoom = 64

/**
 * The rows that an isolation forest would be grown on, drawn from a stream of unknown length: for each tree a uniform sample without
 * replacement of all rows so far, independent of the others'.
 *
 * @remarks As long as every tree has all rows, they are held once; after that trees × sampleSize × columns × 4 bytes, however many
 * rows come: 2.7 MB for 100 trees of 256 rows of 26 columns. Which rows are taken depends on the seed and on their numbers alone.
 * @see Li 1994, doi:10.1145/198429.198435; Brown & Haas 2006, doi:10.1109/ICDE.2006.157, for merging
 */
export class ForestReservoirs {
  #fields: Fields
  #count: number
  /** `[places held, columns]`; in `#spread`, tree `t` has the places from t × sampleSize on, else all trees have all. */
  #rows: Float32Array
  #spread: readonly Reservoir[] | undefined

  private constructor(fields: Fields, count: number, rows: Float32Array) {
    this.#fields = fields
    this.#count = count
    this.#rows = rows
    if (count > fields.sampleSize) this.#spread = startReservoirs(fields, count)
  }

  /**
   * A state that has seen no rows: what `start` of the forest gives.
   *
   * @throws ParameterError, ShapeError
   * @internal
   */
  static start(columns: number, options: ReservoirOptions): ForestReservoirs {
    const { trees, missing, seed, part = 0 } = options
    if (typeof options.sampleSize === 'object') {
      throw new ParameterError(
        'IsolationForest: sampleSize as a fraction needs a source that knows its rowCount. Received one that does not.',
      )
    }
    const sampleSize = options.sampleSize === 'auto' ? autoSampleSize : options.sampleSize
    if (!(Number.isInteger(columns) && columns >= 1)) {
      throw new ShapeError(`isolation forest, fit: needs at least 1 column. Received ${columns}.`)
    }
    checkNumber('IsolationForest: part', part, { integer: true, min: 0 })
    checkDraws(trees, sampleSize)
    checkRowMemory(trees * sampleSize, columns)
    const fields = { columns, trees, sampleSize, missing, key: JSON.stringify([seed, part]), base: 0 }
    return new ForestReservoirs(fields, 0, new Float32Array(0))
  }

  /** Columns of every row. */
  get columns(): number {
    return this.#fields.columns
  }

  /** Trees that rows are drawn for. */
  get trees(): number {
    return this.#fields.trees
  }

  /** Most rows drawn per tree: all of them until there are more. */
  get sampleSize(): number {
    return this.#fields.sampleSize
  }

  /** What NaN is: an error, or a missing value. */
  get missing(): MissingRule {
    return this.#fields.missing
  }

  /** Rows taken so far, merged ones included. */
  get count(): number {
    return this.#count
  }

  /**
   * Takes rows that have been checked: `partialFit` of the forest does both.
   *
   * @param data - `[n, columns]`, row-major.
   * @remarks O(trees) for each row that any tree takes; the others cost nothing.
   * @internal
   */
  add(data: Float32Array): void {
    const { columns, trees, sampleSize } = this.#fields
    const added = data.length / columns
    const filled = Math.min(this.#count + added, sampleSize)
    if (this.#count < filled) {
      this.#reserve(filled)
      this.#rows.set(data.subarray(0, (filled - this.#count) * columns), this.#count * columns)
    }
    const first = this.#count
    const end = first + added
    if (end <= sampleSize) {
      this.#count = end
      return
    }
    if (!this.#spread) {
      this.#rows = spread(this.#rows, trees, sampleSize, columns)
      this.#spread = startReservoirs(this.#fields, sampleSize)
    }
    const reservoirs = this.#spread
    const rows = this.#rows
    let earliest = reservoirs.reduce((least, { next }) => Math.min(least, next), Number.POSITIVE_INFINITY)
    while (earliest < end) {
      const from = (earliest - first) * columns
      let following = Number.POSITIVE_INFINITY
      for (let t = 0; t < trees; t++) {
        const reservoir = reservoirs[t]!
        if (reservoir.next === earliest) {
          const to = (t * sampleSize + reservoir.enter()) * columns
          for (let c = 0; c < columns; c++) rows[to + c] = data[from + c]!
        }
        following = Math.min(following, reservoir.next)
      }
      earliest = following
    }
    this.#count = end
  }

  /**
   * Adds what another state has seen, which stays as it is: each tree's rows are then a uniform sample of the rows of both.
   *
   * @throws ShapeError when columns differ, ParameterError when trees, sample size or missing rule do, or when both states drew
   * by the same random numbers: start each part with a number of its own. Nothing is added then.
   * @remarks How many rows come from the other state is drawn from the hypergeometric distribution. The result depends on the seeds
   * and on the order of merging. O(trees × sampleSize × columns).
   */
  merge(other: ForestReservoirs): void {
    const own = this.#fields
    if (other.columns !== own.columns) {
      throw new ShapeError(`ForestReservoirs.merge: columns must be ${own.columns}. Received ${other.columns}.`)
    }
    for (const name of ['trees', 'sampleSize', 'missing'] as const) {
      if (other[name] === own[name]) continue
      throw new ParameterError(`ForestReservoirs.merge: ${name} must be ${own[name]} in both. Received ${other[name]}.`)
    }
    if (other.#fields.key === own.key) {
      throw new ParameterError(
        `ForestReservoirs.merge: states must be started as different parts or seeds. Received ${own.key} twice.`,
      )
    }
    if (other.count === 0) return
    const key = mergedKey(own.key, this.#count, other.#fields.key, other.count)
    const total = this.#count + other.count
    const fields = { ...own, key, base: total }
    if (total <= own.sampleSize) {
      const held = this.#count
      this.#reserve(total)
      this.#rows.set(other.#rows.subarray(0, other.count * own.columns), held * own.columns)
      this.#fields = fields
      this.#count = total
      return
    }
    this.#rows = this.#drawFromBoth(other, key)
    this.#fields = fields
    this.#count = total
    this.#spread = startReservoirs(fields, total)
  }

  /**
   * The rows of each tree, as they stand.
   *
   * @param bootstrap - Whether they are made into rows drawn with replacement.
   * @returns `data` is the memory of this state: it changes when rows are added.
   * @throws ShapeError when there are no rows yet.
   * @internal
   */
  drawn(bootstrap: boolean): DrawnRows {
    requireRows(this.#count)
    const { columns, trees, sampleSize: most, key } = this.#fields
    const size = Math.min(most, this.#count)
    const drawn = Array.from({ length: trees }, (_, t) => {
      const first = this.#spread ? t * most : 0
      const rows = Uint32Array.from({ length: size }, (_, k) => first + k)
      if (!bootstrap) return rows
      const random = createRandom(key, 'iforest.bootstrap', t)
      return repeat(random.shuffle(rows), this.#count, random)
    })
    return { data: this.#rows.subarray(0, (this.#spread ? trees : 1) * size * columns), trees: drawn, sampleSize: size }
  }

  /** The whole state as bytes, packed anew at each call: a checkpoint, or a message to another worker. */
  get buffer(): ArrayBuffer {
    const { columns, trees } = this.#fields
    const held = (this.#spread ? trees : 1) * Math.min(this.#count, this.sampleSize) * columns
    return encodeReservoirs({ fields: this.#fields, count: this.#count, rows: this.#rows.subarray(0, held) })
  }

  /**
   * The state that {@link ForestReservoirs.buffer} packed; it goes on to the same bits. The bytes are copied.
   *
   * @throws FormatError when a byte is missing or changed, or a field out of its range.
   */
  static from(buffer: ArrayBuffer): ForestReservoirs {
    const { fields, count, rows } = decodeReservoirs(buffer)
    return new ForestReservoirs(fields, count, rows)
  }

  /** Makes room for `places` rows that all trees share. */
  #reserve(places: number): void {
    const { columns, sampleSize } = this.#fields
    if (this.#rows.length >= places * columns) return
    const room = Math.min(sampleSize, Math.max(firstRoom, 2 * places))
    const rows = allocateRows(room, columns)
    rows.set(this.#rows)
    this.#rows = rows
  }

  #drawFromBoth(other: ForestReservoirs, key: string): Float32Array {
    const { columns, trees, sampleSize } = this.#fields
    const out = allocateRows(trees * sampleSize, columns)
    for (let t = 0; t < trees; t++) {
      const random = createRandom(key, 'iforest.merge', t)
      let left = this.#count
      let leftThere = other.#count
      for (let k = 0; k < sampleSize; k++) {
        if (random.uniform() * (left + leftThere) < left) left--
        else leftThere--
      }
      const chosen = this.#count - left
      let at = t * sampleSize * columns
      const take = (from: ForestReservoirs, count: number): void => {
        const first = from.#spread ? t * sampleSize : 0
        for (const place of random.sample(Math.min(from.#count, sampleSize), count).sort()) {
          out.set(from.#rows.subarray((first + place) * columns, (first + place + 1) * columns), at)
          at += columns
        }
      }
      take(this, chosen)
      take(other, sampleSize - chosen)
    }
    return out
  }
}

/** The reservoirs of all trees after `count` rows, more than they hold, or as many. */
function startReservoirs({ trees, sampleSize, key, base }: Fields, count: number): Reservoir[] {
  return Array.from({ length: trees }, (_, t) => {
    const reservoir = new Reservoir(createRandom(key, 'iforest.reservoir', t), sampleSize, base)
    reservoir.skipTo(count)
    return reservoir
  })
}

/** The same rows for every tree, each in places of its own. */
function spread(rows: Float32Array, trees: number, sampleSize: number, columns: number): Float32Array {
  const out = allocateRows(trees * sampleSize, columns)
  for (let t = 0; t < trees; t++) out.set(rows, t * sampleSize * columns)
  return out
}

/** A seed that no other pair of states has, of a length that does not grow with the number of merges. */
function mergedKey(...parts: readonly [string, number, string, number]): string {
  const random = createRandom(JSON.stringify(parts), 'iforest.merge')
  return Array.from({ length: 4 }, () => random.integer(2 ** 32).toString(16)).join('-')
}
