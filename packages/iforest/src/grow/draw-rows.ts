import {
  concatArrays,
  contiguousData,
  isContiguous,
  isMatrix,
  type Matrix,
  ParameterError,
  pacer,
  type Random,
  type RowSource,
  type Rows,
  type RunOptions,
  type Seed,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { checkRowCount, checkValues, type MissingRule, readForestRows } from '../forest-rows.ts'
import { ForestReservoirs } from '../stream/forest-reservoirs.ts'
import { allocateRows, autoSampleSize, checkDraws, requireRows } from './draw-limits.ts'
import type { DrawnRows } from './drawn-rows.ts'
import { WeightedRows } from './weighted-rows.ts'

/** What {@link drawRows} needs to know. */
export interface DrawOptions {
  readonly sampleSize: number | { readonly fraction: number } | 'auto'
  readonly bootstrap: boolean
  readonly missing: MissingRule
  readonly trees: number
  /**
   * Number of the first tree that is wanted; the trees before it draw nothing.
   * @defaultValue 0
   */
  readonly first?: number | undefined
  /** Seed of the reservoirs. */
  readonly seed: Seed
  /** The random stream of a tree where row numbers are drawn; asked for once a tree. */
  readonly randomOf: (tree: number) => Random
  /**
   * What `randomOf(tree).sample(n, count)` gives, by a faster way and until the next call; undefined where there is none.
   * @defaultValue none
   */
  readonly sampleOf?: ((tree: number, n: number, count: number) => Uint32Array | undefined) | undefined
  /** Relative weights of the rows: see `FitOptions`. */
  readonly weights?: ArrayLike<number> | undefined
}

/** Rows that are drawn between two looks at the clock and the signal. */
const rowsBetween = 4096
/** Values that are gathered in one call: 16 MiB. */
const gatheredValues = 2 ** 22
/** More values than this are not addressed where they lie: places in the data are signed 32-bit. */
const mostValuesInPlace = 0x7fffffff

/**
 * Draws the rows of every tree. When the number of rows is known, row numbers are drawn first: a matrix then stays where it is, of
 * a source that can seek only these rows are read, and of others they are kept in one pass. When it is not known, each tree keeps
 * a reservoir. The first three ways lead to the same rows in the same order.
 *
 * @remarks Memory: at most trees × sample size × columns × 4 bytes.
 */
export async function drawRows(rows: Rows, options: DrawOptions, run: RunOptions): Promise<DrawnRows> {
  const source = toRowSource(rows)
  const { columns } = source
  if (source.rowCount === undefined) return fillReservoirs(source, options, run)
  const rowCount = checkRowCount('isolation forest, fit', source.rowCount)
  const { trees, sampleSize } = await drawNumbers(rowCount, options, run)
  const inPlace = valuesInPlace(rows)
  if (inPlace) return { data: inPlace, trees, sampleSize, unchecked: options.missing }
  const wanted = distinct(trees)
  const data = allocateRows(wanted.length, columns)
  if (source.gather) await seekRows(source, wanted, data, options.missing, run)
  else await passRows(source, wanted, data, options.missing, run)
  return { data, trees: trees.map((tree) => tree.map((row) => placeOf(wanted, row))), sampleSize }
}

async function fillReservoirs(source: RowSource, options: DrawOptions, run: RunOptions): Promise<DrawnRows> {
  if (options.weights) {
    throw new ParameterError(
      'isolation forest, fit: weights need a source that knows its rowCount. Received one that does not.',
    )
  }
  const reservoirs = ForestReservoirs.start(source.columns, options)
  for await (const batch of readForestRows('fit', source, options.missing, run)) reservoirs.add(batch.data)
  const { trees, ...drawn } = reservoirs.drawn(options.bootstrap)
  return { ...drawn, trees: trees.slice(options.first ?? 0) }
}

/** The values of a matrix of f32 that lie row-major without gaps. */
function valuesInPlace(rows: Rows): Float32Array | undefined {
  if (!isMatrix(rows) || !(rows.data instanceof Float32Array) || !isContiguous(rows)) return undefined
  const data = contiguousData(rows as Matrix<Float32Array>)
  return data.length <= mostValuesInPlace ? data : undefined
}

async function drawNumbers(
  rowCount: number,
  { sampleSize, bootstrap, trees: treeCount, first = 0, randomOf, sampleOf, weights }: DrawOptions,
  run: RunOptions,
): Promise<{ trees: Uint32Array[]; sampleSize: number }> {
  requireRows(rowCount)
  const weighted = weights && new WeightedRows(weights, rowCount)
  const size = Math.min(
    weighted?.positive ?? rowCount,
    sampleSize === 'auto'
      ? autoSampleSize
      : typeof sampleSize === 'number'
        ? sampleSize
        : Math.max(1, Math.floor(sampleSize.fraction * rowCount)),
  )
  checkDraws(treeCount, size)
  const one = weighted ? (random: Random) => weighted.draw(random) : (random: Random) => random.integer(rowCount)
  const all = new Uint32Array((treeCount - first) * size)
  const trees: Uint32Array[] = []
  const pace = pacer(run.signal)
  for (let t = first; t < treeCount; t++) {
    if ((trees.length * size) % rowsBetween < size) {
      await pace()
    }
    const numbers = all.subarray(trees.length * size, (trees.length + 1) * size)
    trees.push(numbers)
    const sample = bootstrap || weighted ? undefined : sampleOf?.(t, rowCount, size)
    if (sample) {
      numbers.set(sample)
      continue
    }
    const random = randomOf(t)
    if (bootstrap) for (let k = 0; k < size; k++) numbers[k] = one(random)
    else numbers.set(weighted ? weighted.sample(size, random) : random.sample(rowCount, size))
  }
  return { trees, sampleSize: size }
}

async function seekRows(
  source: RowSource,
  wanted: Uint32Array,
  data: Float32Array,
  missing: MissingRule,
  run: RunOptions,
): Promise<void> {
  const { columns } = source
  const { signal, onProgress } = run
  const atOnce = Math.max(1, Math.floor(gatheredValues / columns))
  const total = wanted.length
  for (let from = 0; from < total; from += atOnce) {
    signal?.throwIfAborted()
    const numbers = wanted.subarray(from, from + atOnce)
    const part = await source.gather!(numbers, { signal })
    if (part.shape[0] !== numbers.length || part.shape[1] !== columns) {
      throw new ShapeError(
        `isolation forest, fit: gather must give ${numbers.length} rows of ${columns} columns. Received shape [${part.shape}].`,
      )
    }
    const values = contiguousData(part)
    checkValues('isolation forest, fit', values, columns, numbers, missing)
    data.set(values, from * columns)
    onProgress?.({ stage: 'fit', done: from + numbers.length, total })
  }
}

async function passRows(
  source: RowSource,
  wanted: Uint32Array,
  data: Float32Array,
  missing: MissingRule,
  run: RunOptions,
): Promise<void> {
  const { columns } = source
  let next = 0
  for await (const batch of readForestRows('fit', source, missing, run)) {
    const end = batch.start + batch.count
    for (; next < wanted.length && wanted[next]! < end; next++) {
      const from = (wanted[next]! - batch.start) * columns
      const to = next * columns
      for (let c = 0; c < columns; c++) data[to + c] = batch.data[from + c]!
    }
  }
}

/** All row numbers of all trees, ascending, each once. */
export function distinct(trees: readonly Uint32Array[]): Uint32Array {
  const all = concatArrays(Uint32Array, trees).sort()
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
