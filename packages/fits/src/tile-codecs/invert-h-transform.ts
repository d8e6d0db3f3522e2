/** The nearest multiple of `bit`; of two equally near ones that farther from 0. */
function round(value: number, bit: number): number {
  return bit === 1 ? value : Math.floor((value + bit / 2 - (value < 0 ? 1 : 0)) / bit) * bit
}

/** Whether bit `bit`, a power of two, of an integer is set. */
function has(value: number, bit: number): boolean {
  return Math.floor(value / bit) % 2 !== 0
}

/** `value` moved by `step` to the side of 0. */
function shrink(value: number, step: number): number {
  return value < 0 ? value + step : value - step
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(Math.min(value, high), low)
}

/** What to add to a value of which `wanted / times` would be better, towards 0 and at most `most`. */
function nudge(wanted: number, value: number, times: number, most: number): number {
  return clamp(Math.trunc((wanted - value * times) / times), -most, most)
}

/**
 * The slope over a cell that its neighbours suggest: an eighth of the difference between them, but no steeper than monotonic sums allow;
 * left alone where the sums have a peak or a dip.
 */
function smoothSlope(slope: number, before: number, own: number, after: number, most: number): number {
  const up = after - own
  const down = own - before
  const high = 4 * Math.max(Math.min(up, down), 0)
  const low = 4 * Math.min(Math.max(up, down), 0)
  return low < high ? slope + nudge(clamp(after - before, low, high), slope, 8, most) : slope
}

/** Sums of the neighbours at the corners of a cell: `mp` is the one before in rows, after in columns. */
interface Corners {
  readonly mm: number
  readonly mp: number
  readonly pm: number
  readonly pp: number
}

/** The twist of a cell that the corners suggest, a 64th of their own, but no more than keeps the surface monotonic. */
function smoothTwist(twist: number, hx: number, hy: number, own: number, corners: Corners, most: number): number {
  const { mm, mp, pm, pp } = corners
  const bound = (pick: (a: number, b: number) => number, towards: (a: number, b: number) => number): number =>
    16 *
    pick(
      pick(towards(pp - own, 0) - 2 * hx - 2 * hy, towards(own - pm, 0) + 2 * hx - 2 * hy),
      pick(towards(own - mp, 0) - 2 * hx + 2 * hy, towards(mm - own, 0) + 2 * hx + 2 * hy),
    )
  const high = bound(Math.min, Math.max)
  const low = bound(Math.max, Math.min)
  return low < high ? twist + nudge(clamp(pp + mm - mp - pm, low, high), twist, 64, most) : twist
}

/**
 * Inverts the H-transform: from the sum of all pixels down to the pixels, every step turns the sum over a cell and its three
 * differences (between its rows, its columns, and both) into the sums over its four quarters. Sums and differences of one cell are odd or
 * even together, which is why their lowest bits are not stored and come back here.
 *
 * @param coefficients - `[rows, columns]`: at every step the differences stand right of, below, and right below the sums.
 * @param most - Most that a difference may be changed by smoothing; 0 for none.
 * @returns Pixels, exact as long as coefficients are below 2^45.
 */
export function invertHTransform(
  coefficients: Float64Array,
  rows: number,
  columns: number,
  sum: number,
  most: number,
): Float64Array {
  const levels = 32 - Math.clz32(Math.max(rows, columns) - 1)
  let sums: Float64Array = Float64Array.of(round(sum, 2 ** (levels + 1)))
  for (let level = levels - 1; level >= 0; level--) {
    const size = [Math.ceil(rows / 2 ** level), Math.ceil(columns / 2 ** level)] as const
    sums = invertStep(coefficients, columns, size, level, sums, most)
  }
  return sums
}

function invertStep(
  coefficients: Float64Array,
  stride: number,
  [rows, columns]: readonly [number, number],
  level: number,
  sums: Float64Array,
  most: number,
): Float64Array {
  const bit0 = 2 ** level
  const bit1 = 2 * bit0
  const divisor = level === 0 ? 4 : 2
  const height = Math.ceil(rows / 2)
  const width = Math.ceil(columns / 2)
  const fine = new Float64Array(rows * columns)
  const sumAt = (i: number, j: number): number => sums[i * width + j]!
  for (let i = 0; i < height; i++) {
    const hasBelow = 2 * i + 1 < rows
    const innerRow = most > 0 && i > 0 && i + 1 < height
    for (let j = 0; j < width; j++) {
      const hasRight = 2 * j + 1 < columns
      const innerColumn = most > 0 && j > 0 && j + 1 < width
      let h0 = sumAt(i, j)
      let hx = hasBelow ? coefficients[(height + i) * stride + j]! : 0
      let hy = hasRight ? coefficients[i * stride + width + j]! : 0
      let hc = hasBelow && hasRight ? coefficients[(height + i) * stride + width + j]! : 0
      if (innerRow) hx = smoothSlope(hx, sumAt(i - 1, j), h0, sumAt(i + 1, j), most)
      if (innerColumn) hy = smoothSlope(hy, sumAt(i, j - 1), h0, sumAt(i, j + 1), most)
      if (innerRow && innerColumn && hasBelow && hasRight) {
        const corners = {
          mm: sumAt(i - 1, j - 1),
          mp: sumAt(i - 1, j + 1),
          pm: sumAt(i + 1, j - 1),
          pp: sumAt(i + 1, j + 1),
        }
        hc = smoothTwist(hc, hx, hy, h0, corners, most)
      }
      hx = round(hx, bit1)
      hy = round(hy, bit1)
      hc = round(hc, bit0)
      const low = has(hc, bit0) ? bit0 : 0
      hx = shrink(hx, low)
      hy = shrink(hy, low)
      const odd = has(hc, bit1) !== (has(hx, bit1) !== has(hy, bit1)) ? bit1 : 0
      if (h0 >= 0 || low > 0) h0 += low - odd
      else h0 += odd
      const at = 2 * i * columns + 2 * j
      fine[at] = Math.floor((h0 - hx - hy + hc) / divisor)
      if (hasRight) fine[at + 1] = Math.floor((h0 - hx + hy - hc) / divisor)
      if (hasBelow) fine[at + columns] = Math.floor((h0 + hx - hy - hc) / divisor)
      if (hasBelow && hasRight) fine[at + columns + 1] = Math.floor((h0 + hx + hy + hc) / divisor)
    }
  }
  return fine
}
