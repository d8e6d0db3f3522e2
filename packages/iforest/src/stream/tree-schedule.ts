/** What the schedule of a sliding forest depends on. */
export interface ScheduleOptions {
  readonly trees: number
  readonly sampleSize: number
  readonly window: number
}

/**
 * When each tree of a sliding forest draws its rows, is grown and is dropped, in rows seen.
 *
 * @remarks The first trees, 0 to `trees` − 1, are all grown when `sampleSize` rows have come. Tree number `trees` + j, j ≥ 0, takes
 * the place of tree j when it is grown, at row sampleSize + ⌈(j + 1) × life / trees⌉, on a sample of the `span` rows before that; it
 * lives for `life` rows. `span` + `life` = `window`, half each: a sample as wide as possible of rows as young as possible.
 */
export class TreeSchedule {
  /** Rows that a tree is drawn from. */
  readonly span: number
  /** Rows during which a tree is in the forest. */
  readonly life: number
  readonly #trees: number
  readonly #first: number

  constructor({ trees, sampleSize, window }: ScheduleOptions) {
    this.span = Math.ceil(window / 2)
    this.life = window - this.span
    this.#trees = trees
    this.#first = sampleSize
  }

  /** Rows seen when tree `trees` + j is grown. */
  birth(j: number): number {
    return this.#first + Math.ceil(((j + 1) * this.life) / this.#trees)
  }

  /** Number of the first row that tree `trees` + j may draw. */
  start(j: number): number {
    return Math.max(0, this.birth(j) - this.span)
  }

  /** The least j whose tree is not grown yet when `count` rows have been seen. */
  unborn(count: number): number {
    if (count < this.#first) return 0
    // Here birth(j) > count means (j + 1) × life / trees > count − first.
    return Math.floor(((count - this.#first) * this.#trees) / this.life)
  }
}
