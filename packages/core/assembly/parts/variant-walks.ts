// AssemblyScript: walks through trees with ranges or linear cuts (`pack-variant-trees.ts` says how they are stored). The slow twin
// with the same bits is `sum-variant-leaf-values.ts`.

/** Where the tree at work is copied to: see `trees.ts`. */
const DESK: usize = 1024

/** A node against a value, four times: {goes right, unused, is above the range, is not below it}, -1 where it is so, else 0. */
@inline
function compare(node: usize, value: v128): v128 {
  return f32x4.ge(value, v128.load(node))
}

/** Nodes are `size` bytes long, `q` is `size` times a node's number, and the children of n are 2n and 2n + 1. */
@inline
function child(q: u32, hits: v128, size: u32): u32 {
  return (q << 1) + (i32x4.extract_lane(hits, 0) & size)
}

/** Adds four leaf values, each less the cuts outside whose range the row lay, to four sums. `seen` are the sums of the hits. */
@inline
function addFour(
  sums: usize,
  v0: usize,
  v1: usize,
  v2: usize,
  v3: usize,
  seen0: v128,
  seen1: v128,
  seen2: v128,
  seen3: v128,
  steps: v128,
): void {
  const a = v128.shuffle<f32>(seen0, seen1, 2, 6, 3, 7)
  const b = v128.shuffle<f32>(seen2, seen3, 2, 6, 3, 7)
  const outside = i32x4.sub(i32x4.add(steps, v128.shuffle<f64>(a, b, 1, 3)), v128.shuffle<f64>(a, b, 0, 2))
  const first = f64x2.sub(v128.load64_lane(v1, v128.load64_zero(v0), 1), f64x2.convert_low_i32x4_s(outside))
  const last = f64x2.sub(
    v128.load64_lane(v3, v128.load64_zero(v2), 1),
    f64x2.convert_low_i32x4_s(v128.shuffle<f64>(outside, outside, 1, 1)),
  )
  v128.store(sums, f64x2.add(v128.load(sums), first))
  v128.store(sums, f64x2.add(v128.load(sums, 16), last), 16)
}

/** A padded tree of cuts along axes with ranges: nodes of 16 bytes, {threshold, offset of the column in the block, high, low}. */
export function walkRanges(tree: usize, depth: u32, block: usize, count: u32, sums: usize): void {
  memory.copy(DESK, tree, (<usize>16) << depth)
  const leaves = tree + ((<usize>8) << depth)
  const steps = i32x4.splat(depth)
  for (let k: u32 = 0; k < count; k += 8) {
    let q0: u32 = 16
    let q1: u32 = 16
    let q2: u32 = 16
    let q3: u32 = 16
    let q4: u32 = 16
    let q5: u32 = 16
    let q6: u32 = 16
    let q7: u32 = 16
    let s0 = i32x4.splat(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    let s4 = s0
    let s5 = s0
    let s6 = s0
    let s7 = s0
    for (let s: u32 = 0; s < depth; s++) {
      const h0 = f32x4.ge(v128.load32_splat(block + load<u32>(q0, DESK + 4), 0), v128.load(q0, DESK))
      q0 = child(q0, h0, 16)
      s0 = i32x4.add(s0, h0)
      const h1 = f32x4.ge(v128.load32_splat(block + load<u32>(q1, DESK + 4), 4), v128.load(q1, DESK))
      q1 = child(q1, h1, 16)
      s1 = i32x4.add(s1, h1)
      const h2 = f32x4.ge(v128.load32_splat(block + load<u32>(q2, DESK + 4), 8), v128.load(q2, DESK))
      q2 = child(q2, h2, 16)
      s2 = i32x4.add(s2, h2)
      const h3 = f32x4.ge(v128.load32_splat(block + load<u32>(q3, DESK + 4), 12), v128.load(q3, DESK))
      q3 = child(q3, h3, 16)
      s3 = i32x4.add(s3, h3)
      const h4 = f32x4.ge(v128.load32_splat(block + load<u32>(q4, DESK + 4), 16), v128.load(q4, DESK))
      q4 = child(q4, h4, 16)
      s4 = i32x4.add(s4, h4)
      const h5 = f32x4.ge(v128.load32_splat(block + load<u32>(q5, DESK + 4), 20), v128.load(q5, DESK))
      q5 = child(q5, h5, 16)
      s5 = i32x4.add(s5, h5)
      const h6 = f32x4.ge(v128.load32_splat(block + load<u32>(q6, DESK + 4), 24), v128.load(q6, DESK))
      q6 = child(q6, h6, 16)
      s6 = i32x4.add(s6, h6)
      const h7 = f32x4.ge(v128.load32_splat(block + load<u32>(q7, DESK + 4), 28), v128.load(q7, DESK))
      q7 = child(q7, h7, 16)
      s7 = i32x4.add(s7, h7)
    }
    addFour(
      sums,
      leaves + (q0 >> 1),
      leaves + (q1 >> 1),
      leaves + (q2 >> 1),
      leaves + (q3 >> 1),
      s0,
      s1,
      s2,
      s3,
      steps,
    )
    addFour(
      sums + 32,
      leaves + (q4 >> 1),
      leaves + (q5 >> 1),
      leaves + (q6 >> 1),
      leaves + (q7 >> 1),
      s4,
      s5,
      s6,
      s7,
      steps,
    )
    block += 32
    sums += 64
  }
}

/** Two terms: `{f64 centres, f64 weights, u32 offsets of the columns, 8 bytes}`. */
@inline
function twoTerms(pair: usize, row: usize): v128 {
  const values = v128.load32_lane(row + load<u32>(pair, 36), v128.load32_zero(row + load<u32>(pair, 32)), 1)
  return f64x2.mul(f64x2.sub(f64x2.promote_low_f32x4(values), v128.load(pair)), v128.load(pair, 16))
}

/** The terms of a cut, added in their order and rounded to f32, four times. */
@inline
function project(node: usize, pairs: u32, row: usize): v128 {
  const first = twoTerms(node + 16, row)
  let sum = f64x2.add(first, v128.shuffle<f64>(first, first, 1, 0))
  for (let p: u32 = 1; p < pairs; p++) {
    const terms = twoTerms(node + 16 + 48 * p, row)
    sum = f64x2.add(f64x2.add(sum, terms), v128.shuffle<f64>(terms, terms, 1, 0))
  }
  const value = f32x4.demote_f64x2_zero(sum)
  return v128.shuffle<f32>(value, value, 0, 0, 0, 0)
}

/** `q` over the size of a node, which divides it: `reciprocal` is ⌊2³² / size⌋ + 1, too large by less than 2³² / q. */
@inline
function leafAt(values: usize, q: u32, reciprocal: u64): usize {
  return values + ((<usize>(((<u64>q) * reciprocal) >> 32)) << 3)
}

/**
 * A padded tree of linear cuts: nodes of 16 + 48 `pairs` bytes, {threshold, 0, high, low, pairs of terms}. A copy on the desk would
 * save nothing, for the size of a node is no constant here, and cost a single row twice its time.
 */
export function walkLinear(tree: usize, depth: u32, pairs: u32, block: usize, count: u32, sums: usize): void {
  const size: u32 = 16 + 48 * pairs
  const reciprocal: u64 = 0x100000000 / <u64>size + 1
  const leaves = tree + ((<usize>size) << depth) - ((<usize>8) << depth)
  const steps = i32x4.splat(depth)
  for (let k: u32 = 0; k < count; k += 8) {
    let q0 = size
    let q1 = size
    let q2 = size
    let q3 = size
    let q4 = size
    let q5 = size
    let q6 = size
    let q7 = size
    let s0 = i32x4.splat(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    let s4 = s0
    let s5 = s0
    let s6 = s0
    let s7 = s0
    for (let s: u32 = 0; s < depth; s++) {
      const h0 = compare(tree + q0, project(tree + q0, pairs, block))
      q0 = child(q0, h0, size)
      s0 = i32x4.add(s0, h0)
      const h1 = compare(tree + q1, project(tree + q1, pairs, block + 4))
      q1 = child(q1, h1, size)
      s1 = i32x4.add(s1, h1)
      const h2 = compare(tree + q2, project(tree + q2, pairs, block + 8))
      q2 = child(q2, h2, size)
      s2 = i32x4.add(s2, h2)
      const h3 = compare(tree + q3, project(tree + q3, pairs, block + 12))
      q3 = child(q3, h3, size)
      s3 = i32x4.add(s3, h3)
      const h4 = compare(tree + q4, project(tree + q4, pairs, block + 16))
      q4 = child(q4, h4, size)
      s4 = i32x4.add(s4, h4)
      const h5 = compare(tree + q5, project(tree + q5, pairs, block + 20))
      q5 = child(q5, h5, size)
      s5 = i32x4.add(s5, h5)
      const h6 = compare(tree + q6, project(tree + q6, pairs, block + 24))
      q6 = child(q6, h6, size)
      s6 = i32x4.add(s6, h6)
      const h7 = compare(tree + q7, project(tree + q7, pairs, block + 28))
      q7 = child(q7, h7, size)
      s7 = i32x4.add(s7, h7)
    }
    addFour(
      sums,
      leafAt(leaves, q0, reciprocal),
      leafAt(leaves, q1, reciprocal),
      leafAt(leaves, q2, reciprocal),
      leafAt(leaves, q3, reciprocal),
      s0,
      s1,
      s2,
      s3,
      steps,
    )
    addFour(
      sums + 32,
      leafAt(leaves, q4, reciprocal),
      leafAt(leaves, q5, reciprocal),
      leafAt(leaves, q6, reciprocal),
      leafAt(leaves, q7, reciprocal),
      s4,
      s5,
      s6,
      s7,
      steps,
    )
    block += 32
    sums += 64
  }
}

/** The value that a linked node cuts, four times. Without pairs its column's offset stands at 16 bytes. */
@inline
function valueAt(node: usize, pairs: u32, row: usize): v128 {
  return pairs ? project(node, pairs, row) : v128.load32_splat(row + load<u32>(node, 16))
}

/**
 * A tree too deep to be padded: {u32 offset of the leaf values, 12 bytes, nodes, f64 a node}. In the place that is unused in padded
 * nodes stands the offset of the left child among the nodes; a leaf leads to itself. Walked until all eight rows stand in leaves.
 */
export function walkLinkedVariant(tree: usize, pairs: u32, block: usize, count: u32, sums: usize): void {
  const size: u32 = pairs ? 16 + 48 * pairs : 32
  const reciprocal: u64 = 0x100000000 / <u64>size + 1
  const nodes = tree + 16
  const values = tree + load<u32>(tree)
  for (let k: u32 = 0; k < count; k += 8) {
    // Eight rows that do not wait for one another: each load depends on the compare before it.
    let q0: u32 = 0
    let q1: u32 = 0
    let q2: u32 = 0
    let q3: u32 = 0
    let q4: u32 = 0
    let q5: u32 = 0
    let q6: u32 = 0
    let q7: u32 = 0
    let s0 = i32x4.splat(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    let s4 = s0
    let s5 = s0
    let s6 = s0
    let s7 = s0
    let steps: u32 = 0
    for (;;) {
      // A compare gives all ones or zeros: the right child stands one node behind the left one, and nothing branches.
      const h0 = compare(nodes + q0, valueAt(nodes + q0, pairs, block))
      const n0 = load<u32>(nodes + q0, 4) + (i32x4.extract_lane(h0, 0) & size)
      const h1 = compare(nodes + q1, valueAt(nodes + q1, pairs, block + 4))
      const n1 = load<u32>(nodes + q1, 4) + (i32x4.extract_lane(h1, 0) & size)
      const h2 = compare(nodes + q2, valueAt(nodes + q2, pairs, block + 8))
      const n2 = load<u32>(nodes + q2, 4) + (i32x4.extract_lane(h2, 0) & size)
      const h3 = compare(nodes + q3, valueAt(nodes + q3, pairs, block + 12))
      const n3 = load<u32>(nodes + q3, 4) + (i32x4.extract_lane(h3, 0) & size)
      const h4 = compare(nodes + q4, valueAt(nodes + q4, pairs, block + 16))
      const n4 = load<u32>(nodes + q4, 4) + (i32x4.extract_lane(h4, 0) & size)
      const h5 = compare(nodes + q5, valueAt(nodes + q5, pairs, block + 20))
      const n5 = load<u32>(nodes + q5, 4) + (i32x4.extract_lane(h5, 0) & size)
      const h6 = compare(nodes + q6, valueAt(nodes + q6, pairs, block + 24))
      const n6 = load<u32>(nodes + q6, 4) + (i32x4.extract_lane(h6, 0) & size)
      const h7 = compare(nodes + q7, valueAt(nodes + q7, pairs, block + 28))
      const n7 = load<u32>(nodes + q7, 4) + (i32x4.extract_lane(h7, 0) & size)
      const moved =
        (n0 ^ q0) | (n1 ^ q1) | (n2 ^ q2) | (n3 ^ q3) | (n4 ^ q4) | (n5 ^ q5) | (n6 ^ q6) | (n7 ^ q7)
      // A leaf leads to itself, so what stands still has arrived.
      if (!moved) break
      s0 = i32x4.add(s0, h0)
      s1 = i32x4.add(s1, h1)
      s2 = i32x4.add(s2, h2)
      s3 = i32x4.add(s3, h3)
      s4 = i32x4.add(s4, h4)
      s5 = i32x4.add(s5, h5)
      s6 = i32x4.add(s6, h6)
      s7 = i32x4.add(s7, h7)
      q0 = n0
      q1 = n1
      q2 = n2
      q3 = n3
      q4 = n4
      q5 = n5
      q6 = n6
      q7 = n7
      steps++
    }
    addFour(
      sums,
      leafAt(values, q0, reciprocal),
      leafAt(values, q1, reciprocal),
      leafAt(values, q2, reciprocal),
      leafAt(values, q3, reciprocal),
      s0,
      s1,
      s2,
      s3,
      i32x4.splat(steps),
    )
    addFour(
      sums + 32,
      leafAt(values, q4, reciprocal),
      leafAt(values, q5, reciprocal),
      leafAt(values, q6, reciprocal),
      leafAt(values, q7, reciprocal),
      s4,
      s5,
      s6,
      s7,
      i32x4.splat(steps),
    )
    block += 32
    sums += 64
  }
}
