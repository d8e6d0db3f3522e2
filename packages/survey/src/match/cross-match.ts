import {
  choiceOption,
  letEventsIn,
  numberOption,
  ParameterError,
  passedOption,
  type RunOptions,
  resolveOptions,
  runRules,
} from '@astronomaly/core'
import {
  byDistance,
  checkPositions,
  FoundRows,
  radiusInDegrees,
  type SkyIndex,
  type SkyPositions,
  type SkyQuery,
  type SkyRadius,
  SkyTree,
  skyQuery,
  sortedPoints,
  squaredChord,
} from '@astronomaly/io/sky'
import { batchRows, type GroupLimit, SkyQueries } from './sky-queries.ts'

/**
 * Which pairs a cross-match keeps, of those within the radius.
 *
 * - `'nearest'`: for each left row its nearest right row. A right row can come more than once.
 * - `'all'`: every pair.
 * - `'mutual'`: one to one: pairs of which each row is the nearest of the other.
 * - `'greedy'`: one to one: the closest pair of all, then the closest of the rows that are left, and so on; equally close ones by
 * left row, then by right row. It keeps every mutual pair, and pairs that a third row comes between as well.
 */
export type CrossMatchMode = 'nearest' | 'all' | 'mutual' | 'greedy'

/** How to match two catalogues; one of `radiusArcsec` and `radiusDeg` must be given. */
export interface CrossMatchOptions extends SkyRadius, Pick<RunOptions, 'signal' | 'onProgress'> {
  /** @defaultValue 'nearest' */
  readonly mode?: CrossMatchMode | undefined
  /**
   * Most pairs within the radius that `'all'` and `'greedy'` gather, so that a radius too large is an error and not the end of memory.
   * @defaultValue 2^26
   */
  readonly maxPairs?: number | undefined
}

/** Pairs of rows, ordered by left row, then by separation, then by right row. */
export interface SkyMatches {
  readonly leftRows: Uint32Array
  readonly rightRows: Uint32Array
  readonly separationsArcsec: Float64Array
}

const rules = {
  mode: choiceOption(['nearest', 'all', 'mutual', 'greedy'], 'nearest'),
  maxPairs: numberOption(2 ** 26, { integer: true, min: 1, max: 2 ** 31 }),
  radiusArcsec: passedOption<number>(),
  radiusDeg: passedOption<number>(),
  signal: runRules.signal,
  onProgress: runRules.onProgress,
}

/**
 * Finds the rows of two catalogues that lie within a radius of each other.
 *
 * @param left - Positions, or a {@link SkyIndex} of them. Rows whose right ascension or declination is NaN match nothing.
 * @param right - Positions, or a {@link SkyIndex} that is built once and matched again and again.
 * @returns Typed arrays of equal length. Of equally near rows the lowest is the nearest.
 * @throws ShapeError when columns differ in length; ParameterError for infinite coordinates, declinations beyond the poles, a radius
 * that is none, and more than `maxPairs` pairs. An abort rejects with the signal's reason.
 * @remarks Separations are those of `angularSeparationDeg`, and they alone decide what is within the radius (included) and what
 * is nearest. Time O((n + m) log n + pairs) in practice, memory about 80 bytes a row and 36 a pair. Neither
 * depends on where on the sky the rows lie: there is no pole and no seam.
 */
export async function crossMatch(
  left: SkyPositions | SkyIndex,
  right: SkyPositions | SkyIndex,
  options: CrossMatchOptions,
): Promise<SkyMatches> {
  const { mode, maxPairs, ...run } = resolveOptions('crossMatch', options, rules)
  const radius = radiusInDegrees('crossMatch', run)
  if (!isIndex(left)) checkPositions('crossMatch: left', left)
  if (!isIndex(right)) checkPositions('crossMatch: right', right)
  options.signal?.throwIfAborted()
  const tree = isIndex(right) ? right.tree : new SkyTree(right)
  const leftTree = isIndex(left) ? left.tree : mode === 'mutual' ? new SkyTree(left) : undefined
  const positions = leftTree?.positions ?? (left as SkyPositions)
  const queries = new SkyQueries(positions, leftTree?.points ?? sortedPoints(positions), options)
  if (mode === 'all' || mode === 'greedy') {
    const pairs = await allPairs(tree, queries, radius, maxPairs)
    return mode === 'all' ? pairs : greedyPairs(pairs, positions.raDeg.length, tree.positions.raDeg.length)
  }
  const pairs = await nearestPairs(tree, queries, radius)
  return leftTree && mode === 'mutual' ? mutualPairs(pairs, leftTree, tree.positions, options.signal) : pairs
}

function isIndex(positions: SkyPositions | SkyIndex): positions is SkyIndex {
  return typeof positions === 'object' && positions !== null && 'tree' in positions
}

async function nearestPairs(tree: SkyTree, queries: SkyQueries, radius: number): Promise<SkyMatches> {
  const rowCount = queries.positions.raDeg.length
  const nearest = new Float64Array(rowCount).fill(-1)
  const separations = new Float64Array(rowCount)
  const limit = squaredChord(radius)
  let last: SkyQuery | undefined
  let found = -1
  let separation = 0
  let matched = 0
  // From the first of some neighbours something is known to be near all of them.
  const groupLimit: GroupLimit = (first, diagonal) => {
    if (tree.nearest(first, radius, tree.limitByLast(first, limit)) < 0) return limit
    return Math.min(limit, squaredChord(tree.separation, diagonal))
  }
  await queries.each(tree, groupLimit, (query, row) => {
    // Copies of one place follow each other, and catalogues can hold many, such as (0, 0).
    const again = last !== undefined && last.raDeg === query.raDeg && last.decDeg === query.decDeg
    if (!again) found = tree.nearest(query, radius, tree.limitByLast(query, limit))
    last = query
    if (found < 0) return
    matched++
    if (!again) separation = tree.separation * 3600
    nearest[row] = found
    separations[row] = separation
  })
  const leftRows = new Uint32Array(matched)
  let count = 0
  for (let row = 0; row < rowCount; row++) if (nearest[row]! >= 0) leftRows[count++] = row
  return {
    leftRows,
    rightRows: leftRows.map((row) => nearest[row]!),
    separationsArcsec: Float64Array.from(leftRows, (row) => separations[row]!),
  }
}

async function allPairs(tree: SkyTree, queries: SkyQueries, radius: number, maxPairs: number): Promise<SkyMatches> {
  const rowCount = queries.positions.raDeg.length
  const starts = new Uint32Array(rowCount + 1)
  const found = new FoundRows()
  const visited = queries.points.rows
  const limit = squaredChord(radius)
  await queries.each(
    tree,
    () => limit,
    (query, row) => {
      const before = found.count
      tree.within(query, radius, limit, found)
      starts[row + 1] = found.count - before
      if (found.count > maxPairs) {
        throw new ParameterError(
          `crossMatch: radius must give at most maxPairs (${maxPairs}) pairs. Received more with ${radius} degrees.`,
        )
      }
    },
  )
  for (let row = 0; row < rowCount; row++) starts[row + 1]! += starts[row]!
  const leftRows = new Uint32Array(found.count)
  const rightRows = new Uint32Array(found.count)
  const separationsArcsec = new Float64Array(found.count)
  let from = 0
  for (const row of visited) {
    const [start, end] = [starts[row]!, starts[row + 1]!]
    const to = from + end - start
    const rows = found.rows.subarray(from, to)
    const separations = found.separations.subarray(from, to)
    leftRows.fill(row, start, end)
    if (to - from === 1) {
      rightRows[start] = rows[0]!
      separationsArcsec[start] = separations[0]! * 3600
    } else if (to > from) {
      for (const [place, i] of byDistance(rows, separations, to - from).entries()) {
        rightRows[start + place] = rows[i]!
        separationsArcsec[start + place] = separations[i]! * 3600
      }
    }
    from = to
  }
  return { leftRows, rightRows, separationsArcsec }
}

function greedyPairs(pairs: SkyMatches, leftCount: number, rightCount: number): SkyMatches {
  const { leftRows, rightRows, separationsArcsec } = pairs
  const [leftTaken, rightTaken] = [new Uint8Array(leftCount), new Uint8Array(rightCount)]
  const kept = new Uint8Array(leftRows.length)
  // Pairs come by left row, separation and right row, and their numbers break ties so.
  const order = Uint32Array.from(kept.keys()).sort((a, b) => separationsArcsec[a]! - separationsArcsec[b]! || a - b)
  for (const i of order) {
    const [left, right] = [leftRows[i]!, rightRows[i]!]
    if (leftTaken[left] || rightTaken[right]) continue
    leftTaken[left] = rightTaken[right] = kept[i] = 1
  }
  return filterPairs(pairs, (i) => kept[i] === 1)
}

async function mutualPairs(
  pairs: SkyMatches,
  leftTree: SkyTree,
  right: SkyPositions,
  signal: AbortSignal | undefined,
): Promise<SkyMatches> {
  const kept = new Uint8Array(pairs.leftRows.length)
  const numbers = new Float64Array(leftTree.positions.raDeg.length).fill(-1)
  for (let i = 0; i < kept.length; i++) numbers[pairs.leftRows[i]!] = i
  // In the order of the left points neighbours follow each other, and memory is near.
  const order = leftTree.points.rows
  for (let k = 0; k < order.length; k++) {
    if (k % batchRows === 0) {
      await letEventsIn()
      signal?.throwIfAborted()
    }
    const i = numbers[order[k]!]!
    if (i < 0) continue
    const row = pairs.rightRows[i]!
    const query = skyQuery(right.raDeg[row]!, right.decDeg[row]!) as SkyQuery
    // The pair itself is in reach, and what is farther cannot take its place.
    const reach = pairs.separationsArcsec[i]! / 3600 + 1e-12
    kept[i] = leftTree.nearest(query, reach, squaredChord(reach)) === pairs.leftRows[i] ? 1 : 0
  }
  return filterPairs(pairs, (i) => kept[i] === 1)
}

function filterPairs(pairs: SkyMatches, keep: (i: number) => boolean): SkyMatches {
  const numbers = Uint32Array.from(pairs.leftRows.keys()).filter(keep)
  return {
    leftRows: numbers.map((i) => pairs.leftRows[i]!),
    rightRows: numbers.map((i) => pairs.rightRows[i]!),
    separationsArcsec: Float64Array.from(numbers, (i) => pairs.separationsArcsec[i]!),
  }
}
