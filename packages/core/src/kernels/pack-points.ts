/** Points as the WebAssembly kernel reads them: in panels of 32 that lie close to each other in space. */
export interface PackedPoints {
  readonly points: number
  readonly columns: number
  /** `[panels, columns, 32]`, the columns in the order of `places`; behind the last point infinities. */
  readonly panels: Float32Array<ArrayBuffer>
  /** `[panels, 32]`, the point in each slot; behind the last point 2³² − 1. */
  readonly numbers: Uint32Array<ArrayBuffer>
  /** `[panels, 2, columns padded to a multiple of 4]`, least and greatest values of each panel, zeros behind the last column. */
  readonly boxes: Float32Array<ArrayBuffer>
  /** `[columns]`, where in a panel each column lies: those of largest variance first. */
  readonly places: Uint32Array<ArrayBuffer>
  /** The cuts that part the panels, in preorder: of a range of p panels the first ⌊p / 2⌋ lie at or below the cut. */
  readonly cutPlaces: Uint32Array<ArrayBuffer>
  readonly cuts: Float32Array<ArrayBuffer>
}

/** Points of a panel: eight registers of the kernel. */
const panelPoints = 32

/**
 * Lays out points for the kernel, in the order of a k-d tree whose leaves are the panels.
 *
 * @param points - `[count, columns]`, row-major, finite; count ≥ 1.
 * @remarks O(count × columns × log count) time, O(count × columns) memory.
 */
export function packPoints(points: Float32Array, count: number, columns: number): PackedPoints {
  const panelCount = Math.ceil(count / panelPoints)
  const places = placesByVariance(points, count, columns)
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  const cutPlaces = new Uint32Array(panelCount - 1)
  const cuts = new Float32Array(panelCount - 1)
  const values = new Float32Array(count)
  const ranges = [{ first: 0, panels: panelCount, node: 0 }]
  for (let range = ranges.pop(); range; range = ranges.pop()) {
    const { first, panels, node } = range
    if (panels === 1) continue
    const half = panels >> 1
    const from = first * panelPoints
    const to = Math.min(count, from + panels * panelPoints)
    const column = widestColumn(points, columns, order, from, to)
    for (let i = from; i < to; i++) values[i] = points[order[i]! * columns + column]!
    cuts[node] = partition(values, order, from + half * panelPoints - 1, from, to - 1)
    cutPlaces[node] = places[column]!
    // A subtree of h panels has h − 1 cuts.
    ranges.push({ first, panels: half, node: node + 1 })
    ranges.push({ first: first + half, panels: panels - half, node: node + half })
  }
  const panels = new Float32Array(panelCount * panelPoints * columns).fill(Number.POSITIVE_INFINITY)
  const numbers = new Uint32Array(panelCount * panelPoints).fill(0xffffffff)
  const wide = Math.ceil(columns / 4) * 4
  const boxes = new Float32Array(panelCount * 2 * wide)
  numbers.set(order)
  for (let p = 0; p < panelCount; p++) {
    const low = boxes.subarray(2 * p * wide, 2 * p * wide + columns).fill(Number.POSITIVE_INFINITY)
    const high = boxes.subarray((2 * p + 1) * wide, (2 * p + 1) * wide + columns).fill(Number.NEGATIVE_INFINITY)
    for (let slot = 0; slot < Math.min(panelPoints, count - p * panelPoints); slot++) {
      const from = order[p * panelPoints + slot]! * columns
      const at = p * panelPoints * columns + slot
      for (let c = 0; c < columns; c++) {
        const x = points[from + c]!
        const place = places[c]!
        panels[at + place * panelPoints] = x
        if (x < low[place]!) low[place] = x
        if (x > high[place]!) high[place] = x
      }
    }
  }
  return { points: count, columns, panels, numbers, boxes, places, cutPlaces, cuts }
}

/** Sums that reach far with the first columns leave the others unread. */
function placesByVariance(points: Float32Array, count: number, columns: number): Uint32Array<ArrayBuffer> {
  const mean = new Float64Array(columns)
  const variance = new Float64Array(columns)
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < columns; c++) mean[c] = mean[c]! + points[i * columns + c]! / count
  }
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < columns; c++) variance[c] = variance[c]! + (points[i * columns + c]! - mean[c]!) ** 2
  }
  const falling = Array.from(variance, (_, c) => c).sort((a, b) => variance[b]! - variance[a]! || a - b)
  const places = new Uint32Array(columns)
  for (const [place, column] of falling.entries()) places[column] = place
  return places
}

function widestColumn(points: Float32Array, columns: number, order: Uint32Array, from: number, to: number): number {
  const low = new Float32Array(columns).fill(Number.POSITIVE_INFINITY)
  const high = new Float32Array(columns).fill(Number.NEGATIVE_INFINITY)
  for (let i = from; i < to; i++) {
    const at = order[i]! * columns
    for (let c = 0; c < columns; c++) {
      const x = points[at + c]!
      if (x < low[c]!) low[c] = x
      if (x > high[c]!) high[c] = x
    }
  }
  let widest = 0
  for (let c = 1; c < columns; c++) if (high[c]! - low[c]! > high[widest]! - low[widest]!) widest = c
  return widest
}

/** Hoare's selection of `values[k]` that takes `order` along. */
function partition(values: Float32Array, order: Uint32Array, k: number, from: number, to: number): number {
  let left = from
  let right = to
  while (left < right) {
    const x = values[left]!
    const y = values[(left + right) >> 1]!
    const z = values[right]!
    const pivot = Math.max(Math.min(x, y), Math.min(Math.max(x, y), z))
    let i = left
    let j = right
    while (i <= j) {
      while (values[i]! < pivot) i++
      while (values[j]! > pivot) j--
      if (i > j) break
      const value = values[i]!
      values[i] = values[j]!
      values[j] = value
      const number = order[i]!
      order[i++] = order[j]!
      order[j--] = number
    }
    if (k <= j) right = j
    else if (k >= i) left = i
    else break
  }
  return values[k]!
}
