// AssemblyScript: the nearest points of each query of a block. No runtime, no allocation: the caller lays out the memory
// (`pack-points.ts` says how points are stored, `neighbour-kernel.ts` where they lie). The slow twin with the same bits is
// `nearest-points.ts`.
//
// Distances in f32 only tell which points cannot be among the nearest; the others get their distance in f64. What is computed in f32
// exceeds the square of the distance by a factor of (1 + 2^-24)^(columns + 3) at most, and by columns × 2^-150 where products
// underflow: `slack` and `tiny` are more than that. So points are passed over as soon as the sum over some columns, or over the
// distances between the boxes around the queries and around a panel of points, is beyond the limit.

/** Bytes of the columns after which the sums are compared with the limit: 4 columns. */
const STAGE: usize = 16

/** Offers the points of consecutive panels to the heaps of `count` queries. A query's own number is no neighbour of it. */
export function offerPanels(
  panels: usize,
  panelNumbers: usize,
  boxes: usize,
  panelCount: u32,
  columns: u32,
  places: usize,
  queries: usize,
  owns: usize,
  count: u32,
  queryBoxes: usize,
  k: u32,
  squares: usize,
  numbers: usize,
  limits: usize,
  slack: f64,
  tiny: f64,
): void {
  const width: usize = <usize>columns * 4
  const boxWidth: usize = (width + 15) & ~15
  for (let n: u32 = 0; n < panelCount; n++) {
    for (let q: u32 = 0; q < count; q += 8) {
      if (near(queryBoxes + <usize>q * boxWidth / 4, boxes, boxWidth, limits + q * 4)) {
        offerPanel(panels, panelNumbers, columns, places, queries, owns, q, min<u32>(count, q + 8), k, squares, numbers, limits, slack, tiny)
      }
    }
    panels += width * 32
    panelNumbers += 128
    boxes += boxWidth * 2
  }
}

/** Whether the distance between two boxes, {lows, highs} each, is within the largest of eight limits. */
function near(a: usize, b: usize, width: usize, limits: usize): bool {
  let sum = f32x4.splat(0)
  for (const end = a + width; a < end; a += 16) {
    const above = f32x4.sub(v128.load(a), v128.load(b + width))
    const below = f32x4.sub(v128.load(b), v128.load(a + width))
    const gap = f32x4.max(f32x4.max(above, below), f32x4.splat(0))
    sum = f32x4.add(sum, f32x4.mul(gap, gap))
    b += 16
  }
  const most = f32x4.pmax(v128.load(limits), v128.load(limits, 16))
  const pairs = f32x4.add(sum, v128.shuffle<f32>(sum, sum, 2, 3, 0, 1))
  const all = f32x4.add(pairs, v128.shuffle<f32>(pairs, pairs, 1, 0, 3, 2))
  return v128.any_true(f32x4.le(all, most))
}

/** Offers the points of one panel to the heaps of the queries `from` to `to`. */
function offerPanel(
  panel: usize,
  panelNumbers: usize,
  columns: u32,
  places: usize,
  queries: usize,
  owns: usize,
  from: u32,
  to: u32,
  k: u32,
  squares: usize,
  numbers: usize,
  limits: usize,
  slack: f64,
  tiny: f64,
): void {
  const width: usize = <usize>columns * 4
  for (let q = from; q < to; q++) {
    const query = queries + <usize>q * width
    const limit = v128.load32_splat(limits + q * 4)
    // The sums of the 32 points, one register for four: they never go through memory.
    let a = f32x4.splat(0)
    let b = f32x4.splat(0)
    let d = f32x4.splat(0)
    let e = f32x4.splat(0)
    let f = f32x4.splat(0)
    let g = f32x4.splat(0)
    let h = f32x4.splat(0)
    let i = f32x4.splat(0)
    let at = panel
    let p = query
    const end = query + width
    let within = false
    do {
      const stop = min<usize>(end, p + STAGE)
      do {
        const x = v128.load32_splat(p)
        a = addSquare(a, v128.load(at, 0), x)
        b = addSquare(b, v128.load(at, 16), x)
        d = addSquare(d, v128.load(at, 32), x)
        e = addSquare(e, v128.load(at, 48), x)
        f = addSquare(f, v128.load(at, 64), x)
        g = addSquare(g, v128.load(at, 80), x)
        h = addSquare(h, v128.load(at, 96), x)
        i = addSquare(i, v128.load(at, 112), x)
        at += 128
        p += 4
      } while (p < stop)
      // Sums only grow: once all lie beyond the limit, the other columns need not be read. That is so for most panels.
      const half = f32x4.pmin(f32x4.pmin(a, b), f32x4.pmin(d, e))
      const rest = f32x4.pmin(f32x4.pmin(f, g), f32x4.pmin(h, i))
      within = v128.any_true(f32x4.le(f32x4.pmin(half, rest), limit))
    } while (within && p < end)
    if (!within) continue
    const heap = squares + <usize>q * k * 8
    const heapNumbers = numbers + <usize>q * k * 4
    const own = load<u32>(owns + q * 4)
    for (let v: u32 = 0; v < 8; v++) {
      const sum = v < 4 ? (v < 2 ? (v < 1 ? a : b) : v < 3 ? d : e) : v < 6 ? (v < 5 ? f : g) : v < 7 ? h : i
      // Read anew: the points before may have lowered the limit.
      if (!v128.any_true(f32x4.le(sum, v128.load32_splat(limits + q * 4)))) continue
      offerFour(
        panel + v * 16,
        panelNumbers + v * 16,
        query,
        places,
        places + width,
        own,
        k,
        heap,
        heapNumbers,
        limits + q * 4,
        slack,
        tiny,
      )
    }
  }
}

@inline
function addSquare(sum: v128, y: v128, x: v128): v128 {
  const d = f32x4.sub(y, x)
  return f32x4.add(sum, f32x4.mul(d, d))
}

/** Distances of four points in f64, summed in the order of the columns. */
function offerFour(
  panel: usize,
  panelNumbers: usize,
  query: usize,
  places: usize,
  placesEnd: usize,
  own: u32,
  k: u32,
  heap: usize,
  heapNumbers: usize,
  limitAt: usize,
  slack: f64,
  tiny: f64,
): void {
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (; places < placesEnd; places += 4) {
    const place: usize = load<u32>(places)
    const at = panel + place * 128
    const x = f64x2.splat(<f64>load<f32>(query + place * 4))
    const a = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(at)), x)
    const b = f64x2.sub(f64x2.promote_low_f32x4(v128.load64_zero(at, 8)), x)
    low = f64x2.add(low, f64x2.mul(a, a))
    high = f64x2.add(high, f64x2.mul(b, b))
  }
  offer(f64x2.extract_lane(low, 0), load<u32>(panelNumbers), own, k, heap, heapNumbers)
  offer(f64x2.extract_lane(low, 1), load<u32>(panelNumbers, 4), own, k, heap, heapNumbers)
  offer(f64x2.extract_lane(high, 0), load<u32>(panelNumbers, 8), own, k, heap, heapNumbers)
  offer(f64x2.extract_lane(high, 1), load<u32>(panelNumbers, 12), own, k, heap, heapNumbers)
  const top = load<f64>(heap)
  store<f32>(limitAt, <f32>(top + top * slack + tiny))
}

/** Behind the last point the number is the one that an empty place of a heap has, and the distance is infinite. */
@inline
function offer(square: f64, number: u32, own: u32, k: u32, heap: usize, numbers: usize): void {
  if (number != own && after(load<f64>(heap), load<u32>(numbers), square, number)) {
    sink(heap, numbers, k, square, number)
  }
}

/** Whether (a, i) comes after (b, j). Without a branch: in a heap it would be mispredicted half of the time. */
@inline
function after(a: f64, i: u32, b: f64, j: u32): u32 {
  return u32(a > b) | (u32(a == b) & u32(i > j))
}

/** Puts (square, number) in the place of the first, which is the last in order, of a heap of `size`. */
function sink(heap: usize, numbers: usize, size: u32, square: f64, number: u32): void {
  let n: u32 = 0
  let child: u32 = 1
  while (child < size) {
    // Behind the last place lies something that is only read.
    child += u32(child + 1 < size) & after(
      load<f64>(heap + child * 8, 8),
      load<u32>(numbers + child * 4, 4),
      load<f64>(heap + child * 8),
      load<u32>(numbers + child * 4),
    )
    const childSquare = load<f64>(heap + child * 8)
    const childNumber = load<u32>(numbers + child * 4)
    if (!after(childSquare, childNumber, square, number)) break
    store<f64>(heap + n * 8, childSquare)
    store<u32>(numbers + n * 4, childNumber)
    n = child
    child = 2 * n + 1
  }
  store<f64>(heap + n * 8, square)
  store<u32>(numbers + n * 4, number)
}

/** Sorts the heaps: nearest first, of equal distances the lower number first. */
export function sortHeaps(count: u32, k: u32, squares: usize, numbers: usize): void {
  for (let q: u32 = 0; q < count; q++) {
    for (let last = k - 1; last > 0; last--) {
      const square = load<f64>(squares + last * 8)
      const number = load<u32>(numbers + last * 4)
      store<f64>(squares + last * 8, load<f64>(squares))
      store<u32>(numbers + last * 4, load<u32>(numbers))
      sink(squares, numbers, last, square, number)
    }
    squares += <usize>k * 8
    numbers += <usize>k * 4
  }
}
