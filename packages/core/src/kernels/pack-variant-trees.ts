import type { TreeEnsemble } from './tree-ensemble.ts'

/** The memory in which trees are laid out. */
export interface Image {
  readonly u32: Uint32Array
  readonly f32: Float32Array
  readonly f64: Float64Array
}

/**
 * How trees with ranges or linear cuts lie in memory. A node is `{f32 just above the threshold, u32, f32 just above the range, f32
 * least of the range}`, so that one comparison, ≥, answers all three questions. Then follow the terms, two by two: `{f64 centres,
 * f64 weights, u32 columns, 8 bytes}`.
 */
export interface VariantLayout {
  /** Pairs of terms; 0 for cuts along axes, whose column is the second word of a padded node. */
  readonly pairs: number
  /** Bytes of a node in a padded tree. */
  readonly paddedNode: number
  /** Bytes of a node in a linked tree, whose second word is the offset of the left child. */
  readonly linkedNode: number
}

/** The layout of an ensemble; undefined when it has neither ranges nor linear cuts. */
export function variantLayout({ left, low, termColumns }: TreeEnsemble): VariantLayout | undefined {
  if (!low && !termColumns) return undefined
  const pairs = termColumns ? Math.ceil(termColumns.length / left.length / 2) : 0
  const paddedNode = 16 + 48 * pairs
  return { pairs, paddedNode, linkedNode: pairs > 0 ? paddedNode : 32 }
}

const bits = new Int32Array(1)
const float = new Float32Array(bits.buffer)

/** The next greater f32; NaN, which no value reaches, above +Infinity. */
function justAbove(x: number): number {
  float[0] = x === 0 ? 0 : x
  bits[0] = bits[0]! + (bits[0]! < 0 ? -1 : 1)
  return float[0]!
}

/** Nodes 1 to 2^depth − 1, children of n at 2n and 2n + 1, then the leaf values. Below a leaf everything goes left. */
export function padVariantTree(
  ensemble: TreeEnsemble,
  t: number,
  depth: number,
  layout: VariantLayout,
  columnBytes: number,
  out: Image,
  at: number,
): void {
  const { roots, feature, left, value } = ensemble
  const { pairs, paddedNode } = layout
  const leaves = (at + paddedNode * 2 ** depth) / 8 - 2 ** depth
  for (let n = 0; n < 2 ** depth; n++) writeLeaf(out, (at + paddedNode * n) / 4)
  const root = roots[t]!
  const place = new Uint32Array(roots[t + 1]! - root)
  place[0] = 1
  for (let i = root; i < roots[t + 1]!; i++) {
    let n = place[i - root]!
    const l = left[i]!
    if (l === i) {
      while (n < 2 ** depth) n *= 2
      out.f64[leaves + n] = value[i]!
    } else {
      const node = (at + paddedNode * n) / 4
      writeCut(ensemble, i, pairs, columnBytes, out, node)
      if (pairs === 0) out.u32[node + 1] = feature[i]! * columnBytes
      place[l - root] = 2 * n
      place[l + 1 - root] = 2 * n + 1
    }
  }
}

/** `{u32 offset of the values}`, at 16 bytes the nodes, then the values. The column of a cut along an axis stands at 16 bytes. */
export function linkVariantTree(
  ensemble: TreeEnsemble,
  t: number,
  { pairs, linkedNode }: VariantLayout,
  columnBytes: number,
  out: Image,
  at: number,
): void {
  const { roots, feature, left, value } = ensemble
  const root = roots[t]!
  const count = roots[t + 1]! - root
  const values = 16 + linkedNode * count
  out.u32[at / 4] = values
  for (let i = root; i < root + count; i++) {
    const node = (at + 16 + linkedNode * (i - root)) / 4
    if (left[i] === i) writeLeaf(out, node)
    else writeCut(ensemble, i, pairs, columnBytes, out, node)
    out.u32[node + 1] = (left[i]! - root) * linkedNode
    if (pairs === 0) out.u32[node + 4] = feature[i]! * columnBytes
    out.f64[(at + values) / 8 + i - root] = value[i]!
  }
}

/** What every value passes on the left, from inside the range. The rest of the node is 0. */
function writeLeaf({ f32 }: Image, node: number): void {
  f32[node] = Number.NaN
  f32[node + 2] = Number.NaN
  f32[node + 3] = Number.NEGATIVE_INFINITY
}

function writeCut(
  ensemble: TreeEnsemble,
  i: number,
  pairs: number,
  columnBytes: number,
  out: Image,
  node: number,
): void {
  const { left, threshold, low, high, termColumns, termWeights, termCentres } = ensemble
  out.f32[node] = justAbove(threshold[i]!)
  out.f32[node + 2] = justAbove(high ? high[i]! : Number.POSITIVE_INFINITY)
  out.f32[node + 3] = low ? low[i]! : Number.NEGATIVE_INFINITY
  if (pairs === 0 || !termColumns || !termWeights || !termCentres) return
  const terms = termColumns.length / left.length
  for (let j = 0; j < terms; j++) {
    const pair = node + 4 + 12 * (j >> 1)
    out.f64[pair / 2 + (j & 1)] = termCentres[i * terms + j]!
    out.f64[pair / 2 + 2 + (j & 1)] = termWeights[i * terms + j]!
    out.u32[pair + 8 + (j & 1)] = termColumns[i * terms + j]! * columnBytes
  }
}
