import type { Random } from '../../src/index.ts'
import type { EvaluatorRows, TreeEnsemble } from '../../src/kernels/index.ts'

/** Values that comparisons are apt to get wrong. */
const awkward = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1.4e-45, -1.4e-45, 3.4e38]

function value(random: Random): number {
  return random.uniform() < 0.2 ? awkward[random.integer(awkward.length)]! : Math.round(8 * random.normal()) / 4
}

/** Trees of random shapes: `chain` is the chance that a cut has a leaf on one side, so that 1 makes trees as deep as they can be. */
export function randomTrees(
  random: Random,
  trees: number,
  columns: number,
  splits: number,
  chain: number,
): TreeEnsemble {
  const roots = [0]
  const feature: number[] = []
  const threshold: number[] = []
  const left: number[] = []
  const add = (): number => {
    feature.push(0)
    threshold.push(Number.POSITIVE_INFINITY)
    return left.push(left.length) - 1
  }
  for (let t = 0; t < trees; t++) {
    const leaves = [add()]
    for (let s = random.integer(splits + 1); s > 0; s--) {
      const at = random.uniform() < chain ? leaves.length - 1 : random.integer(leaves.length)
      const node = leaves.splice(at, 1)[0]!
      feature[node] = random.integer(columns)
      const cut = value(random)
      threshold[node] = Number.isFinite(cut) ? cut : 0
      left[node] = add()
      leaves.push(left[node]!, add())
    }
    roots.push(left.length)
  }
  return {
    roots: Uint32Array.from(roots),
    feature: Int32Array.from(feature),
    threshold: Float32Array.from(threshold),
    left: Int32Array.from(left),
    value: Float64Array.from(left, () => random.normal()),
  }
}

/** Rows that often lie on thresholds. */
export const randomRows = (random: Random, size: number): Float32Array =>
  Float32Array.from({ length: size }, () => value(random))

export const allFinite = (rows: Float32Array): boolean => rows.every(Number.isFinite)

/** Batches of rows, in a buffer that is used again, as a source may do. */
export async function* inBatches(rows: Float32Array, columns: number, size: number): AsyncGenerator<EvaluatorRows> {
  const total = rows.length / columns
  const data = new Float32Array(size * columns)
  for (let start = 0; start < total; start += size) {
    const count = Math.min(size, total - start)
    data.set(rows.subarray(start * columns, (start + count) * columns))
    yield { start, count, data }
  }
}

/** The same trees with ranges, with linear cuts of `terms` > 1 columns, or with both. */
export function withVariants(
  random: Random,
  trees: TreeEnsemble,
  columns: number,
  ranges: boolean,
  terms: number,
): TreeEnsemble {
  const { left, feature, threshold } = trees
  const isLeaf = (i: number): boolean => left[i] === i
  const steps = [0, 0.25, 1, 3]
  const below = (): number => steps[random.integer(steps.length)]!
  const low = threshold.map((x, i) => (isLeaf(i) ? Number.NEGATIVE_INFINITY : x - below()))
  const high = threshold.map((x, i) => (isLeaf(i) ? x : Math.max(x + below(), x === 0 ? 1.4e-45 : x + 0.25)))
  const weights = [1, -1, 0.5, -2, 0, 1e30, 1e-30]
  const size = left.length * terms
  const termColumns = new Int32Array(size)
  const termWeights = new Float32Array(size)
  const termCentres = new Float32Array(size)
  for (let j = 0; j < size; j++) {
    const i = Math.floor(j / terms)
    if (isLeaf(i)) continue
    const first = j % terms === 0
    const weight = first ? 1 : weights[random.integer(weights.length)]!
    termWeights[j] = weight
    termColumns[j] = first || weight === 0 ? feature[i]! : random.integer(columns)
    termCentres[j] = weight === 0 ? 0 : Math.round(4 * random.normal()) / 4
  }
  return { ...trees, ...(ranges && { low, high }), ...(terms > 1 && { termColumns, termWeights, termCentres }) }
}
