// AssemblyScript: grows one isolation tree on rows that lie side by side. No runtime, no allocation: the caller lays out the memory
// (`isolation-tree-kernel.ts`). The slow twin with the same bits is `growInto` of `@astronomaly/iforest`; the random numbers are
// those of `random.ts`.

let a: i32 = 0
let b: i32 = 0
let c: i32 = 0
let counter: i32 = 0

/** Begins a stream of random numbers: sfc32 with the state that `randomState` hashes. */
export function seed(first: i32, second: i32, third: i32, count: i32): void {
  a = first
  b = second
  c = third
  counter = count
  for (let i = 0; i < 15; i++) bits()
}

@inline
function bits(): u32 {
  const out = a + b + counter
  counter++
  a = b ^ (b >>> 9)
  b = c + (c << 3)
  c = ((c << 21) | (c >>> 11)) + out
  return out
}

/** Uniform in [0, 1), 53 bits. */
@inline
function next(): f64 {
  const high = bits() >>> 5
  const low = bits() >>> 6
  return (f64(high) * 67108864.0 + f64(low)) * (1.0 / 9007199254740992.0)
}

/**
 * Draws `count` different integers below `n` in random order: `sampleSparsely` of `random.ts`.
 *
 * `table` is room for 2^(32 − shift) numbers, at least twice as many as are drawn.
 */
export function sample(n: f64, count: i32, table: usize, shift: i32, out: usize): void {
  const mask: u32 = (1 << (32 - shift)) - 1
  memory.fill(table, 0, (<usize>mask + 1) << 2)
  for (let filled = 0; filled < count; ) {
    const value = u32(next() * n)
    let place = (value * 0x9e3779b1) >>> shift
    let held = load<u32>(table + (place << 2))
    while (held != 0 && held != value + 1) {
      place = (place + 1) & mask
      held = load<u32>(table + (place << 2))
    }
    if (held != 0) continue
    store<u32>(table + (place << 2), value + 1)
    store<u32>(out + (filled << 2), value)
    filled++
  }
}

/** Whether `count` values are all finite; the room behind them up to a multiple of four is overwritten. */
export function areFinite(values: usize, count: u32): i32 {
  const end = values + (<usize>count << 2)
  for (let at = end; at & 15; at += 4) store<f32>(at, 0)
  // x - x is 0 for a finite x and NaN for any other.
  let odd = f32x4.splat(0)
  for (let at = values; at < end; at += 16) {
    const x = v128.load(at)
    odd = v128.or(odd, f32x4.sub(x, x))
  }
  return i32(!v128.any_true(odd))
}

/**
 * Grows a tree on `count` finite rows and returns its number of nodes.
 *
 * `places` are the byte offsets of the rows in `rows`, `features` the columns that may be cut, `lengths` the table of c(n),
 * `right` and `values` room for `count` numbers, `stack` for 20 bytes a level; the arrays of nodes follow each other at `nodes`, with
 * room for `most` each: value (f64), feature, threshold, left, size, low and high (4 bytes).
 */
export function grow(
  rows: usize,
  places: usize,
  count: i32,
  features: usize,
  featureCount: i32,
  maxDepth: i32,
  lengths: usize,
  right: usize,
  values: usize,
  stack: usize,
  nodes: usize,
  most: i32,
): i32 {
  const feature = nodes + (most << 3)
  const threshold = feature + (most << 2)
  const left = threshold + (most << 2)
  const size = left + (most << 2)
  const lows = size + (most << 2)
  const highs = lows + (most << 2)
  let top = stack
  let used = 1
  let node = 0
  let start = places
  let end = places + (count << 2)
  let depth = 0
  let candidates = featureCount
  while (true) {
    const at = <usize>node << 2
    const held = i32((end - start) >>> 2)
    store<i32>(size + at, held)
    store<f64>(nodes + (at << 1), f64(depth) + load<f64>(lengths + (held << 3)))
    let cut = false
    while (!cut && held > 1 && depth < maxDepth && candidates > 0) {
      const pick = features + ((candidates > 1 ? i32(next() * f64(candidates)) : 0) << 2)
      const column = load<i32>(pick)
      const base = rows + (column << 2)
      // One lane of four: a minimum is one instruction this way, which passes NaN over as the twin does.
      let lowest = f32x4.splat(Infinity)
      let highest = f32x4.splat(-Infinity)
      let value = values
      for (let p = start; p < end; p += 4) {
        const x = v128.load32_zero(base + load<u32>(p))
        v128.store_lane<f32>(value, x, 0)
        lowest = f32x4.pmin(lowest, x)
        highest = f32x4.pmax(highest, x)
        value += 4
      }
      const low = f32x4.extract_lane(lowest, 0)
      const high = f32x4.extract_lane(highest, 0)
      // A column constant here is constant in all nodes below: it leaves the candidates, behind those that remain.
      if (!(high > low)) {
        candidates--
        const last = features + (candidates << 2)
        store<i32>(pick, load<i32>(last))
        store<i32>(last, column)
        continue
      }
      cut = true
      const wanted = f32(f64(low) + next() * (f64(high) - f64(low)))
      // Rounding to 32 bits may reach `high`, and then no row would go right.
      const limit = wanted < high ? wanted : low
      store<i32>(feature + at, column)
      store<f32>(threshold + at, limit)
      store<i32>(left + at, used)
      store<f32>(lows + at, low)
      store<f32>(highs + at, high)
      let middle = start
      let above = right
      value = values
      // Without a branch, which would be mispredicted half of the time: every row is written to both sides.
      for (let p = start; p < end; p += 4) {
        const place = load<i32>(p)
        const step = usize(load<f32>(value) > limit) << 2
        store<i32>(middle, place)
        store<i32>(above, place)
        above += step
        middle += 4 - step
        value += 4
      }
      for (let from = right, to = middle; from < above; from += 4, to += 4) store<i32>(to, load<i32>(from))
      // The right child waits, the left one is next: the order in which the twin takes its random numbers.
      depth++
      store<i32>(top, used + 1)
      store<u32>(top, u32(middle), 4)
      store<u32>(top, u32(end), 8)
      store<i32>(top, depth, 12)
      store<i32>(top, candidates, 16)
      top += 20
      node = used
      end = middle
      used += 2
    }
    if (cut) continue
    store<i32>(feature + at, 0)
    store<f32>(threshold + at, Infinity)
    store<i32>(left + at, node)
    store<f32>(lows + at, -Infinity)
    store<f32>(highs + at, Infinity)
    if (top == stack) return used
    top -= 20
    node = load<i32>(top)
    start = load<u32>(top, 4)
    end = load<u32>(top, 8)
    depth = load<i32>(top, 12)
    candidates = load<i32>(top, 16)
  }
  return 0
}
