import { concatForests, type FlatForest, trustOnce } from '../flat-forest.ts'
import type { MissingRule } from '../forest-rows.ts'
import { PathLengthSums } from '../score/path-length-sums.ts'

/** Trees of a forest of which one after the other is replaced, each ready to be walked without laying out the others anew. */
export class TreeRing {
  readonly #columns: number
  readonly #missing: MissingRule
  readonly #trees: FlatForest[]
  readonly #sums: (PathLengthSums | undefined)[]

  constructor(trees: readonly FlatForest[], columns: number, missing: MissingRule) {
    this.#columns = columns
    this.#missing = missing
    this.#trees = [...trees]
    this.#sums = new Array(trees.length)
  }

  /** Puts a tree into the place of an older one. */
  replace(place: number, tree: FlatForest): void {
    this.#trees[place] = tree
    this.#sums[place] = undefined
  }

  /** All trees in the order of their places, as a copy. O(nodes). */
  toForest(): FlatForest {
    return trustOnce(concatForests(this.#trees))
  }

  /**
   * Path lengths summed over the trees, to the bits of a forest of all of them.
   *
   * @param data - `[count, columns]`, row-major.
   */
  sum(data: Float32Array, count: number): Float64Array {
    const sums = new Float64Array(count)
    for (let t = 0; t < this.#trees.length; t++) {
      this.#sums[t] ??= new PathLengthSums(this.#trees[t]!, this.#columns, this.#missing)
      const own = this.#sums[t]!.ofRows(data, count)
      for (let k = 0; k < count; k++) sums[k] = sums[k]! + own[k]!
    }
    return sums
  }
}
