/** Bits of each coordinate in a key: three times 17 make 27 high and 24 low ones. */
const cells = 2 ** 17

/** Bits of 0 to 511, each moved to three times its place. */
const spread = Uint32Array.from({ length: 512 }, (_, value) => {
  let bits = 0
  for (let k = 0; k < 9; k++) bits |= ((value >> k) & 1) << (3 * k)
  return bits
})

/** Longest run of points in one cell that is left as it is. */
const longestRun = 64

/**
 * Puts points in the order of a curve on which neighbours in space are near (Morton's), in place.
 *
 * @param points - x, y, z of each point, one after another.
 * @param order - Numbers of the points to sort.
 * @remarks Keys count cells of the box around the points, 2^17 along its longest edge; crowded cells are sorted by themselves. Equal
 * points keep their order. O(n) time; 28 bytes a point beside `order` while it runs.
 */
export function orderPoints(points: Float64Array, order: Uint32Array): void {
  const count = order.length
  if (count < 2) return
  const low = [Infinity, Infinity, Infinity] as [number, number, number]
  const high = [-Infinity, -Infinity, -Infinity] as [number, number, number]
  for (let i = 0; i < count; i++) {
    const at = 3 * order[i]!
    for (let k = 0; k < 3; k++) {
      const value = points[at + k]!
      if (value < low[k]!) low[k] = value
      if (value > high[k]!) high[k] = value
    }
  }
  const edge = Math.max(high[0] - low[0], high[1] - low[1], high[2] - low[2])
  if (!(edge > 0)) return
  // Slightly less than cells / edge, so that no coordinate falls into the cell after the last.
  const scale = (cells / edge) * (1 - 2 ** -40)
  const lowKeys = new Uint32Array(count)
  const highKeys = new Uint32Array(count)
  for (let i = 0; i < count; i++) {
    const at = 3 * order[i]!
    const x = ((points[at]! - low[0]) * scale) | 0
    const y = ((points[at + 1]! - low[1]) * scale) | 0
    const z = ((points[at + 2]! - low[2]) * scale) | 0
    lowKeys[i] = (spread[x & 255]! << 2) | (spread[y & 255]! << 1) | spread[z & 255]!
    highKeys[i] = (spread[x >> 8]! << 2) | (spread[y >> 8]! << 1) | spread[z >> 8]!
  }
  let places: Uint32Array = Uint32Array.from({ length: count }, (_, i) => i)
  let spare: Uint32Array = new Uint32Array(count)
  for (const [keys, shift, bits] of [
    [lowKeys, 0, 12],
    [lowKeys, 12, 12],
    [highKeys, 0, 14],
    [highKeys, 14, 13],
  ] as const) {
    sortByDigit(keys, shift, bits, places, spare)
    const held = places
    places = spare
    spare = held
  }
  for (let i = 0; i < count; i++) spare[i] = order[places[i]!]!
  order.set(spare)
  for (let from = 0; from < count; ) {
    const [upper, lower] = [highKeys[places[from]!]!, lowKeys[places[from]!]!]
    let to = from + 1
    while (to < count && highKeys[places[to]!] === upper && lowKeys[places[to]!] === lower) to++
    if (to - from > longestRun) orderPoints(points, order.subarray(from, to))
    from = to
  }
}

/** One stable pass: `places` into `out` by some bits of their keys. */
function sortByDigit(keys: Uint32Array, shift: number, bits: number, places: Uint32Array, out: Uint32Array): void {
  const mask = 2 ** bits - 1
  const starts = new Uint32Array(mask + 2)
  for (let i = 0; i < keys.length; i++) starts[((keys[i]! >>> shift) & mask) + 1]!++
  for (let digit = 1; digit <= mask; digit++) starts[digit]! += starts[digit - 1]!
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    out[starts[(keys[place]! >>> shift) & mask]!++] = place
  }
}
