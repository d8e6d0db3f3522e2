import { type Image, linkVariantTree, padVariantTree, variantLayout } from './pack-variant-trees.ts'
import { type TreeEnsemble, treeDepths } from './tree-ensemble.ts'

/** Trees as the WebAssembly kernel reads them, for rows of a fixed number of columns. */
export interface PackedTrees {
  /**
   * `{u32 shape, u32 offset}` of each tree, then the trees at multiples of 16 bytes. A shape is the depth of a padded tree or 255
   * for a linked one; with ranges or linear cuts, plus 256 × (1 + pairs of terms).
   */
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly trees: number
  readonly columns: number
  /**
   * Rows of a block: a column of the block lies this many values after the one before. An odd multiple of 16: were the columns
   * 2ⁿ bytes apart, a row's values would fall on few places of the first-level cache and displace each other, 20 % slower.
   */
  readonly stride: number
}

/** What stands for the depth of a tree whose nodes are linked. */
export const linked = 255
/** Room on the kernel's desk for the tree at work. Linear cuts are not copied there, but larger trees would be slow to read. */
const deskBytes = 64 * 1024
/** Deepest padded tree. */
export const deepestPadded = 12
/** Trees of this depth are padded however few nodes they have: 16 KiB, and several times faster than linked ones. */
const alwaysPadded = 10
/** Trees that come to more than this are not packed. */
const mostBytes = 2 ** 30
/** Second-level cache that a block may fill, and the fewest rows over which the copy of a tree to the desk is spread. */
const blockBytes = 160 * 1024
const fewestRows = 80
const mostRows = 2048

/**
 * Lays out the trees for the kernel: padded to full depth, so that no step of a walk depends on a branch, or linked where
 * padding would blow a deep tree up by more than a factor of four.
 *
 * @returns undefined when they would take more than 1 GiB.
 * @remarks O(bytes); 4 kB for a tree of 256 rows and depth 8, 6 kB with ranges and 18 kB with linear cuts of two columns.
 */
export function packTrees(ensemble: TreeEnsemble, columns: number): PackedTrees | undefined {
  const { roots } = ensemble
  const trees = roots.length - 1
  const stride = 16 * (2 * Math.floor(Math.max(fewestRows, Math.min(mostRows, blockBytes / (4 * columns))) / 32) + 1)
  const layout = variantLayout(ensemble)
  const paddedNode = layout?.paddedNode ?? 8
  const linkedNode = layout?.linkedNode ?? 16
  // Offsets of columns are unsigned 32-bit, and so are the kernel's addresses; a shape has 24 bits for its pairs.
  if (columns * stride * 4 > mostBytes || linkedNode > mostBytes / 2) return undefined
  const depths = treeDepths(ensemble)
  const offsets = new Float64Array(trees)
  const padded = new Uint8Array(trees)
  let size = Math.ceil(trees / 2) * 16
  for (let t = 0; t < trees; t++) {
    const nodes = roots[t + 1]! - roots[t]!
    const depth = Math.max(3, depths[t]!)
    depths[t] = depth
    const fits = depth <= deepestPadded && paddedNode * 2 ** depth <= deskBytes
    padded[t] = Number(fits && (depth <= alwaysPadded || 2 ** depth <= 4 * nodes))
    offsets[t] = size
    size += padded[t] ? (paddedNode + 8) * 2 ** depth : 16 + Math.ceil(((linkedNode + 8) * nodes) / 16) * 16
    if (size > mostBytes) return undefined
  }
  const bytes = new Uint8Array(size)
  const u32 = new Uint32Array(bytes.buffer)
  const image: Image = { u32, f32: new Float32Array(bytes.buffer), f64: new Float64Array(bytes.buffer) }
  for (let t = 0; t < trees; t++) {
    const at = offsets[t]!
    u32[2 * t] = (padded[t] ? depths[t]! : linked) + (layout ? 256 * (1 + layout.pairs) : 0)
    u32[2 * t + 1] = at
    if (layout && padded[t]) padVariantTree(ensemble, t, depths[t]!, layout, 4 * stride, image, at)
    else if (layout) linkVariantTree(ensemble, t, layout, 4 * stride, image, at)
    else if (padded[t]) padTree(ensemble, t, depths[t]!, 4 * stride, image, at)
    else linkTree(ensemble, t, 4 * stride, image, at)
  }
  return { bytes, trees, columns, stride }
}

/** Nodes 1 to 2^depth − 1, children of n at 2n and 2n + 1, then the leaf values. Below a leaf everything goes left. */
function padTree(ensemble: TreeEnsemble, t: number, depth: number, columnBytes: number, out: Image, at: number): void {
  const { roots, feature, threshold, left, value } = ensemble
  const nodes = at / 4
  const leaves = at / 8
  out.f32.fill(Number.POSITIVE_INFINITY, nodes, nodes + 2 * 2 ** depth)
  for (let n = 0; n < 2 ** depth; n++) out.u32[nodes + 2 * n] = 0
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
      out.u32[nodes + 2 * n] = feature[i]! * columnBytes
      out.f32[nodes + 2 * n + 1] = threshold[i]!
      place[l - root] = 2 * n
      place[l + 1 - root] = 2 * n + 1
    }
  }
}

/** `{u32 offset of the values}`, at 16 bytes the nodes `{u32 left child, u32 column, f32 threshold, 0}`, then the values. */
function linkTree(ensemble: TreeEnsemble, t: number, columnBytes: number, out: Image, at: number): void {
  const { roots, feature, threshold, left, value } = ensemble
  const root = roots[t]!
  const count = roots[t + 1]! - root
  out.u32[at / 4] = 16 + 16 * count
  for (let i = 0; i < count; i++) {
    const node = at / 4 + 4 + 4 * i
    out.u32[node] = (left[root + i]! - root) * 16
    out.u32[node + 1] = feature[root + i]! * columnBytes
    out.f32[node + 2] = threshold[root + i]!
    out.f64[at / 8 + 2 + 2 * count + i] = value[root + i]!
  }
}
