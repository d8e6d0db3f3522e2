/** The connected regions of a mask. */
export interface Regions {
  /** Row-major; 0 outside every region, else the region's number from 1, in the order of their first pixels. */
  readonly labels: Int32Array
  readonly count: number
  /** Pixels of each region, at its number; place 0 is unused. */
  readonly areas: Int32Array
}

/** Numbers the regions of `mask` (1 = inside) whose pixels touch by edge or corner. O(pixels). */
export function labelRegions(mask: Uint8Array, height: number, width: number): Regions {
  const { padded: open, row } = pad(mask, height, width)
  const neighbours = [-row - 1, -row, -row + 1, -1, 1, row - 1, row, row + 1]
  const found = new Int32Array(open.length)
  const stack = new Int32Array(mask.length)
  const areas = [0]
  let count = 0
  for (let start = row; start < open.length - row; start++) {
    if (open[start] !== 1) continue
    count++
    let area = 0
    let top = 0
    stack[top++] = start
    open[start] = 0
    while (top > 0) {
      const at = stack[--top]!
      found[at] = count
      area++
      for (let k = 0; k < 8; k++) {
        const next = at + neighbours[k]!
        if (open[next] === 1) {
          open[next] = 0
          stack[top++] = next
        }
      }
    }
    areas.push(area)
  }
  const labels = new Int32Array(mask.length)
  for (let y = 0; y < height; y++) {
    const from = (y + 1) * row + 1
    labels.set(found.subarray(from, from + width), y * width)
  }
  return { labels, count, areas: Int32Array.from(areas) }
}

/** The mask with every hole filled: outside is what reaches the edge of the picture by edges of pixels. O(pixels). */
export function fillHoles(mask: Uint8Array, height: number, width: number): Uint8Array {
  const { padded, row } = pad(mask, height, width)
  const stack = new Int32Array(padded.length)
  let top = 0
  stack[top++] = 0
  while (top > 0) {
    const seed = stack[--top]!
    if (padded[seed] !== 0) continue
    const end = seed - (seed % row) + row
    let from = seed
    while (from > end - row && padded[from - 1] === 0) from--
    let to = from
    for (; to < end && padded[to] === 0; to++) padded[to] = 2
    // In the rows above and below, one seed for each run of outside that touches this one.
    for (const shift of [-row, row]) {
      if (from + shift < 0 || from + shift >= padded.length) continue
      for (let at = from + shift; at < to + shift; at++) {
        if (padded[at] === 0 && (at === from + shift || padded[at - 1] !== 0)) stack[top++] = at
      }
    }
  }
  const filled = new Uint8Array(mask.length)
  for (let y = 0, to = 0; y < height; y++) {
    for (let from = (y + 1) * row + 1, x = 0; x < width; x++) filled[to++] = padded[from++] === 2 ? 0 : 1
  }
  return filled
}

/** The mask with a frame of one pixel of outside, so that every pixel has all its neighbours. */
function pad(mask: Uint8Array, height: number, width: number): { padded: Uint8Array; row: number } {
  const row = width + 2
  const padded = new Uint8Array((height + 2) * row)
  for (let y = 0; y < height; y++) padded.set(mask.subarray(y * width, (y + 1) * width), (y + 1) * row + 1)
  return { padded, row }
}

/**
 * The region at the point (x, y), the middle of the picture unless given.
 *
 * @returns Its number and whether it covers one of the pixels nearest to the point; when none does, the region with the pixel nearest to
 * it (of equally near ones the larger). Number 0 when there is no region.
 */
export function findCentral(
  regions: Regions,
  height: number,
  width: number,
  x: number = (width - 1) / 2,
  y: number = (height - 1) / 2,
): { label: number; covers: boolean } {
  const { labels, count, areas } = regions
  for (const row of [Math.floor(y), Math.ceil(y)]) {
    for (const column of [Math.floor(x), Math.ceil(x)]) {
      const label = labels[row * width + column]!
      if (label > 0) return { label, covers: true }
    }
  }
  const nearest = new Float64Array(count + 1).fill(Number.POSITIVE_INFINITY)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const label = labels[row * width + column]!
      const distance = (column - x) ** 2 + (row - y) ** 2
      if (label > 0 && distance < nearest[label]!) nearest[label] = distance
    }
  }
  let best = 0
  for (let label = 1; label <= count; label++) {
    const nearer = nearest[label]! - (best === 0 ? Number.POSITIVE_INFINITY : nearest[best]!)
    if (nearer < 0 || (nearer === 0 && areas[label]! > areas[best]!)) best = label
  }
  return { label: best, covers: false }
}
