// AssemblyScript: sums of leaf values over the trees of an ensemble, for one block of rows. No runtime, no allocation: the caller
// lays out the memory (`pack-trees.ts` says how a tree is stored, `tree-kernel.ts` where it lies). The slow twin with the same
// bits is `sum-leaf-values.ts`.

import { walkLinear, walkLinkedVariant, walkRanges } from './parts/variant-walks'

/** Where the tree at work is copied to. Being a constant, its address costs no instruction in the walk: 6 % faster. */
const DESK: usize = 1024

/** Sums the trees' leaf values for `count` rows. Returns 1 when all values are finite, else 0; then NaN has gone left. */
export function sumLeafValues(
  image: usize,
  trees: u32,
  rows: usize,
  columns: u32,
  count: u32,
  block: usize,
  stride: u32,
  sums: usize,
): u32 {
  const padded: u32 = (count + 7) & ~7
  memory.fill(rows + count * columns * 4, 0, (padded - count) * columns * 4)
  memory.fill(sums, 0, padded * 8)
  const finite = transpose(rows, columns, padded, block, stride)
  for (let t: u32 = 0; t < trees; t++) {
    const shape = load<u32>(image + t * 8)
    const depth = shape & 0xff
    const kind = shape >> 8
    const tree = image + load<u32>(image + t * 8, 4)
    if (kind == 0) {
      if (depth == 255) walkLinked(tree, block, padded, sums)
      else walkPadded(tree, depth, block, padded, sums)
    } else if (depth == 255) walkLinkedVariant(tree, kind - 1, block, padded, sums)
    else if (kind == 1) walkRanges(tree, depth, block, padded, sums)
    else walkLinear(tree, depth, kind - 1, block, padded, sums)
  }
  return finite
}

/** Rows become columns of `stride` values each. */
function transpose(rows: usize, columns: u32, count: u32, block: usize, stride: u32): u32 {
  const width: usize = columns * 4
  const height: usize = stride * 4
  const whole: u32 = columns & ~3
  // x - x is 0 for a finite x and NaN for any other.
  let odd = f32x4.splat(0)
  for (let r: u32 = 0; r < count; r += 4) {
    let from = rows + <usize>r * width
    let to = block + r * 4
    for (let c: u32 = 0; c < whole; c += 4) {
      const a = v128.load(from)
      const b = v128.load(from + width)
      const d = v128.load(from + 2 * width)
      const e = v128.load(from + 3 * width)
      odd = v128.or(
        odd,
        v128.or(
          v128.or(f32x4.sub(a, a), f32x4.sub(b, b)),
          v128.or(f32x4.sub(d, d), f32x4.sub(e, e)),
        ),
      )
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
      const de = v128.shuffle<f32>(d, e, 0, 4, 1, 5)
      const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
      const DE = v128.shuffle<f32>(d, e, 2, 6, 3, 7)
      v128.store(to, v128.shuffle<f64>(ab, de, 0, 2))
      v128.store(to + height, v128.shuffle<f64>(ab, de, 1, 3))
      v128.store(to + 2 * height, v128.shuffle<f64>(AB, DE, 0, 2))
      v128.store(to + 3 * height, v128.shuffle<f64>(AB, DE, 1, 3))
      from += 16
      to += 4 * height
    }
    for (let c: u32 = whole; c < columns; c++) {
      for (let k: u32 = 0; k < 4; k++) {
        const x = load<f32>(from + <usize>k * width)
        odd = v128.or(odd, f32x4.splat(x - x))
        store<f32>(to + k * 4, x)
      }
      from += 4
      to += height
    }
  }
  return u32(!v128.any_true(odd))
}

/** A node is 8 bytes, {offset of its column in the block, f32 threshold}: `q` is 8 times its number, 1 the root, children 2n and 2n + 1. */
@inline
function step(q: u32, x: f32): u32 {
  return (q << 1) + (u32(x > load<f32>(q, DESK + 4)) << 3)
}

/** The first three levels for four rows at once: all seven cuts are compared, and those on the way selected. */
@inline
function topLevels(
  rows: usize,
  o1: u32,
  o2: u32,
  o3: u32,
  o4: u32,
  o5: u32,
  o6: u32,
  o7: u32,
  t1: v128,
  t2: v128,
  t3: v128,
  t4: v128,
  t5: v128,
  t6: v128,
  t7: v128,
): v128 {
  const m1 = f32x4.gt(v128.load(rows + o1), t1)
  const m2 = v128.bitselect(f32x4.gt(v128.load(rows + o3), t3), f32x4.gt(v128.load(rows + o2), t2), m1)
  const right = v128.bitselect(f32x4.gt(v128.load(rows + o7), t7), f32x4.gt(v128.load(rows + o5), t5), m1)
  const left = v128.bitselect(f32x4.gt(v128.load(rows + o6), t6), f32x4.gt(v128.load(rows + o4), t4), m1)
  const m3 = v128.bitselect(right, left, m2)
  // A mask is -1: the node number is 8 - 4 m1 - 2 m2 - m3.
  const two = i32x4.add(i32x4.add(m1, m1), m2)
  return i32x4.shl(i32x4.sub(i32x4.splat(8), i32x4.add(i32x4.add(two, two), m3)), 3)
}

/** Adds the leaf values at `q` and `p` to two sums. */
@inline
function addTwo(sums: usize, q: u32, p: u32): void {
  v128.store(sums, f64x2.add(v128.load(sums), v128.load64_lane(p, v128.load64_zero(q), 1)))
}

/** A tree padded to full depth (≥ 3): a walk of fixed length without a branch. */
function walkPadded(tree: usize, depth: u32, block: usize, count: u32, sums: usize): void {
  // The leaf values of shallow trees stay in the second-level cache, where they are read once a row.
  let leaves = tree
  if (depth > 8) {
    memory.copy(DESK, tree, (<usize>16) << depth)
    leaves = DESK
  } else memory.copy(DESK, tree, (<usize>8) << depth)
  const o1 = load<u32>(DESK + 8)
  const o2 = load<u32>(DESK + 16)
  const o3 = load<u32>(DESK + 24)
  const o4 = load<u32>(DESK + 32)
  const o5 = load<u32>(DESK + 40)
  const o6 = load<u32>(DESK + 48)
  const o7 = load<u32>(DESK + 56)
  const t1 = v128.load32_splat(DESK + 12)
  const t2 = v128.load32_splat(DESK + 20)
  const t3 = v128.load32_splat(DESK + 28)
  const t4 = v128.load32_splat(DESK + 36)
  const t5 = v128.load32_splat(DESK + 44)
  const t6 = v128.load32_splat(DESK + 52)
  const t7 = v128.load32_splat(DESK + 60)
  const steps = depth - 3
  for (let k: u32 = 0; k < count; k += 8) {
    const a = topLevels(block, o1, o2, o3, o4, o5, o6, o7, t1, t2, t3, t4, t5, t6, t7)
    const b = topLevels(block + 16, o1, o2, o3, o4, o5, o6, o7, t1, t2, t3, t4, t5, t6, t7)
    let q0: u32 = i32x4.extract_lane(a, 0)
    let q1: u32 = i32x4.extract_lane(a, 1)
    let q2: u32 = i32x4.extract_lane(a, 2)
    let q3: u32 = i32x4.extract_lane(a, 3)
    let q4: u32 = i32x4.extract_lane(b, 0)
    let q5: u32 = i32x4.extract_lane(b, 1)
    let q6: u32 = i32x4.extract_lane(b, 2)
    let q7: u32 = i32x4.extract_lane(b, 3)
    for (let s: u32 = 0; s < steps; s++) {
      q0 = step(q0, load<f32>(block + load<u32>(q0, DESK), 0))
      q1 = step(q1, load<f32>(block + load<u32>(q1, DESK), 4))
      q2 = step(q2, load<f32>(block + load<u32>(q2, DESK), 8))
      q3 = step(q3, load<f32>(block + load<u32>(q3, DESK), 12))
      q4 = step(q4, load<f32>(block + load<u32>(q4, DESK), 16))
      q5 = step(q5, load<f32>(block + load<u32>(q5, DESK), 20))
      q6 = step(q6, load<f32>(block + load<u32>(q6, DESK), 24))
      q7 = step(q7, load<f32>(block + load<u32>(q7, DESK), 28))
    }
    addTwo(sums, leaves + q0, leaves + q1)
    addTwo(sums + 16, leaves + q2, leaves + q3)
    addTwo(sums + 32, leaves + q4, leaves + q5)
    addTwo(sums + 48, leaves + q6, leaves + q7)
    block += 32
    sums += 64
  }
}

/** A node is 16 bytes, {offset of its left child in the tree, offset of its column in the block, f32 threshold, 0}; a leaf leads to itself. */
@inline
function follow(node: usize, x: f32): u32 {
  return load<u32>(node) + (u32(x > load<f32>(node, 8)) << 4)
}

/** A tree too deep to be padded: walked until all eight rows stand in leaves. {u32 offset of the leaf values, 12 bytes, nodes, f64 a node}. */
function walkLinked(tree: usize, block: usize, count: u32, sums: usize): void {
  const nodes = tree + 16
  const values = tree + load<u32>(tree)
  for (let k: u32 = 0; k < count; k += 8) {
    let q0: u32 = 0
    let q1: u32 = 0
    let q2: u32 = 0
    let q3: u32 = 0
    let q4: u32 = 0
    let q5: u32 = 0
    let q6: u32 = 0
    let q7: u32 = 0
    for (;;) {
      const n0 = follow(nodes + q0, load<f32>(block + load<u32>(nodes + q0, 4), 0))
      const n1 = follow(nodes + q1, load<f32>(block + load<u32>(nodes + q1, 4), 4))
      const n2 = follow(nodes + q2, load<f32>(block + load<u32>(nodes + q2, 4), 8))
      const n3 = follow(nodes + q3, load<f32>(block + load<u32>(nodes + q3, 4), 12))
      const n4 = follow(nodes + q4, load<f32>(block + load<u32>(nodes + q4, 4), 16))
      const n5 = follow(nodes + q5, load<f32>(block + load<u32>(nodes + q5, 4), 20))
      const n6 = follow(nodes + q6, load<f32>(block + load<u32>(nodes + q6, 4), 24))
      const n7 = follow(nodes + q7, load<f32>(block + load<u32>(nodes + q7, 4), 28))
      const moved =
        (n0 ^ q0) | (n1 ^ q1) | (n2 ^ q2) | (n3 ^ q3) | (n4 ^ q4) | (n5 ^ q5) | (n6 ^ q6) | (n7 ^ q7)
      if (!moved) break
      q0 = n0
      q1 = n1
      q2 = n2
      q3 = n3
      q4 = n4
      q5 = n5
      q6 = n6
      q7 = n7
    }
    addValue(sums, values, q0)
    addValue(sums + 8, values, q1)
    addValue(sums + 16, values, q2)
    addValue(sums + 24, values, q3)
    addValue(sums + 32, values, q4)
    addValue(sums + 40, values, q5)
    addValue(sums + 48, values, q6)
    addValue(sums + 56, values, q7)
    block += 32
    sums += 64
  }
}

@inline
function addValue(sum: usize, values: usize, q: u32): void {
  store<f64>(sum, load<f64>(sum) + load<f64>(values + (q >> 1)))
}
