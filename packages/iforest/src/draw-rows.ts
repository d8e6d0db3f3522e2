import { ParameterError, type Random, type RowSource, type RunOptions, ShapeError } from '@astronomaly/core'
import { checkRowCount, type MissingRule, pacer, readBatches } from './read-batches.ts'

/** The rows that the trees of a forest are grown on. */
export interface DrawnRows {
  /** `[rows held, columns]`, row-major; a row that several trees drew is held once where that is known. */
  readonly data: Float32Array
  /** For each tree, the rows of `data` that it drew. */
  readonly trees: readonly Uint32Array[]
  /** Rows drawn per tree. */
  readonly sampleSize: number
}

/** What {@link drawRows} needs to know. */
export interface DrawOptions {
  readonly sampleSize: number | { readonly fraction: number } | 'auto'
  readonly bootstrap: boolean
  readonly missing: MissingRule
  readonly trees: number
  /** The random stream of a tree; asked for once a tree. */
  readonly randomOf: (tree: number) => Random
}

const autoSampleSize = 256
const mostBytes = 2 ** 32
/** Most rows drawn by all trees together: a forest of twice as many nodes takes some 4 GB. */
const mostDraws = 2 ** 26

/**
 * Draws the rows of every tree in one pass over the source. When it knows its number of rows, row numbers are drawn first and
 * only those rows are kept; when not, each tree keeps a reservoir.
 *
 * @remarks Memory: at most trees × sample size × columns × 4 bytes.
 */
export async function drawRows(source: RowSource, options: DrawOptions, run: RunOptions): Promise<DrawnRows> {
  const drawn =
    source.rowCount === undefined
      ? await fillReservoirs(source, options, run)
      : await gatherRows(source, checkRowCount('fit', source.rowCount), options, run)
  const wanted = options.sampleSize
  if (typeof wanted === 'number' && drawn.sampleSize < wanted) {
    run.onWarning?.({
      message: `isolation forest: sampleSize ${wanted} is more than there are rows; each tree takes all ${drawn.sampleSize}.`,
    })
  }
  return drawn
}

function allocateRows(rows: number, columns: number): Float32Array {
  if (rows * columns * 4 > mostBytes) {
    throw new ParameterError(
      `isolation forest: the drawn rows must fit in ${mostBytes / 2 ** 30} GiB; take fewer trees or a smaller sampleSize. ` +
        `Received ${rows} rows of ${columns} columns.`,
    )
  }
  return new Float32Array(rows * columns)
}

function checkDraws(trees: number, size: number): void {
  if (trees * size <= mostDraws) return
  throw new ParameterError(
    `IsolationForest: trees x sampleSize must be <= ${mostDraws}. Received ${trees} trees of ${size} rows.`,
  )
}

function requireRows(count: number): void {
  if (count < 1) throw new ShapeError('isolation forest, fit: needs at least 1 row. Received 0.')
}

async function gatherRows(
  source: RowSource,
  rowCount: number,
  { sampleSize, bootstrap, missing, trees: treeCount, randomOf }: DrawOptions,
  run: RunOptions,
): Promise<DrawnRows> {
  requireRows(rowCount)
  const { columns } = source
  const size = Math.min(
    rowCount,
    sampleSize === 'auto'
      ? autoSampleSize
      : typeof sampleSize === 'number'
        ? sampleSize
        : Math.max(1, Math.floor(sampleSize.fraction * rowCount)),
  )
  checkDraws(treeCount, size)
  const trees: Uint32Array[] = []
  const pace = pacer()
  for (let t = 0; t < treeCount; t++) {
    await pace()
    run.signal?.throwIfAborted()
    const random = randomOf(t)
    trees.push(
      bootstrap ? Uint32Array.from({ length: size }, () => random.integer(rowCount)) : random.sample(rowCount, size),
    )
  }
  const wanted = distinct(trees)
  const data = allocateRows(wanted.length, columns)
  let next = 0
  for await (const batch of readBatches('fit', source, missing, run)) {
    const end = batch.start + batch.count
    for (; next < wanted.length && wanted[next]! < end; next++) {
      const from = (wanted[next]! - batch.start) * columns
      const to = next * columns
      for (let c = 0; c < columns; c++) data[to + c] = batch.data[from + c]!
    }
  }
  return { data, trees: trees.map((rows) => rows.map((row) => placeOf(wanted, row))), sampleSize: size }
}

/** All row numbers of all trees, ascending, each once. */
export function distinct(trees: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(trees.reduce((sum, rows) => sum + rows.length, 0))
  let at = 0
  for (const rows of trees) {
    all.set(rows, at)
    at += rows.length
  }
  all.sort()
  let count = 0
  for (let i = 0; i < all.length; i++) if (i === 0 || all[i] !== all[i - 1]) all[count++] = all[i]!
  return all.slice(0, count)
}

function placeOf(ascending: Uint32Array, value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (ascending[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Algorithm L (Li 1994, doi:10.1145/198429.198435): which row replaces which place of a reservoir, by skips. */
class Reservoir {
  readonly #random: Random
  readonly #size: number
  #weight = 1
  /** Number of the next row that enters. */
  next = 0

  constructor(random: Random, size: number) {
    this.#random = random
    this.#size = size
  }

  /** The place that row `next` takes; then moves `next` on. */
  enter(): number {
    const row = this.next
    const place = row < this.#size ? row : this.#random.integer(this.#size)
    if (row < this.#size - 1) {
      this.next = row + 1
    } else {
      // 1 − u is in (0, 1], so no logarithm is −Infinity; a weight that underflows to 0 skips for ever, as it should.
      this.#weight *= Math.exp(Math.log(1 - this.#random.uniform()) / this.#size)
      const skip = Math.floor(Math.log(1 - this.#random.uniform()) / Math.log1p(-this.#weight))
      this.next = row + 1 + (Number.isNaN(skip) ? Number.POSITIVE_INFINITY : skip)
    }
    return place
  }
}

async function fillReservoirs(
  source: RowSource,
  { sampleSize, bootstrap, missing, trees: treeCount, randomOf }: DrawOptions,
  run: RunOptions,
): Promise<DrawnRows> {
  if (typeof sampleSize === 'object') {
    throw new ParameterError(
      'IsolationForest: sampleSize as a fraction needs a source that knows its rowCount. Received one that does not.',
    )
  }
  const { columns } = source
  const most = sampleSize === 'auto' ? autoSampleSize : sampleSize
  checkDraws(treeCount, most)
  const data = allocateRows(treeCount * most, columns)
  const streams = Array.from({ length: treeCount }, (_, t) => randomOf(t))
  const reservoirs = streams.map((random) => new Reservoir(random, most))
  let earliest = 0
  let seen = 0
  for await (const batch of readBatches('fit', source, missing, run)) {
    seen = batch.start + batch.count
    while (earliest < seen) {
      const from = (earliest - batch.start) * columns
      const row = batch.data.subarray(from, from + columns)
      let following = Number.POSITIVE_INFINITY
      for (let t = 0; t < reservoirs.length; t++) {
        const reservoir = reservoirs[t]!
        if (reservoir.next === earliest) data.set(row, (t * most + reservoir.enter()) * columns)
        following = Math.min(following, reservoir.next)
      }
      earliest = following
    }
  }
  requireRows(seen)
  const size = Math.min(most, seen)
  const trees = streams.map((random, t) => {
    const rows = Uint32Array.from({ length: size }, (_, k) => t * most + k)
    return bootstrap ? repeat(random.shuffle(rows), seen, random) : rows
  })
  return { data, trees, sampleSize: size }
}

/**
 * Turns rows drawn without replacement from `count`, in random order, into as many drawn with replacement: each draw repeats
 * one of the `used` different rows so far with probability used / count, and else takes the next new one.
 */
function repeat(rows: Uint32Array, count: number, random: Random): Uint32Array {
  let used = 0
  return rows.map(() => {
    const draw = random.integer(count)
    return draw < used ? rows[draw]! : rows[used++]!
  })
}
