// AssemblyScript: HCOMPRESS. `decode-hcompress.ts`, the slow twin with the same bits, says what the code looks like.

/** Coefficients are below this, so that nothing overflows, here nor in the doubles of the twin. */
const MOST: f64 = 35_184_372_088_832

/** The bits of the code from `at` on; those behind its end are zero. */
let at: usize = 0
let end: usize = 0
let buffer: u32 = 0
let held: u32 = 0

/** The next 1 to 8 bits. */
@inline
function bits(count: u32): u32 {
  if (held < count) {
    buffer = (buffer << 8) | (at < end ? <u32>load<u8>(at) : 0)
    at++
    held += 8
  }
  held -= count
  return (buffer >>> held) & ((1 << count) - 1)
}

/** The next Huffman code of four bits. */
@inline
function pattern(): u32 {
  const three = bits(3)
  if (three < 4) return 1 << three
  const four = ((three & 3) << 1) | bits(1)
  if (four < 5) return four == 0 ? 3 : four == 1 ? 5 : four == 2 ? 10 : four == 3 ? 12 : 15
  const five = ((four << 1) | bits(1)) & 7
  if (five < 7) return five == 2 ? 6 : five == 3 ? 7 : five == 4 ? 9 : five == 5 ? 11 : 13
  return bits(1) == 0 ? 0 : 14
}

/** ceil(n / 2^k) */
@inline
function halves(n: u32, k: u32): u32 {
  return (n + (1 << k) - 1) >>> k
}

/** Sets bit `plane` of the coefficients of a quadrant where the patterns of two by two say so. */
function setPlane(patterns: usize, rows: u32, columns: u32, corner: usize, stride: usize, plane: u64): void {
  const bit: i64 = 1 << plane
  for (let i: u32 = 0; i < rows; i += 2) {
    let p = corner
    for (let j: u32 = 0; j < columns; j += 2) {
      const four = load<u8>(patterns++)
      if (four) {
        if (four & 8) store<i64>(p, load<i64>(p) | bit)
        if (four & 4 && j + 1 < columns) store<i64>(p, load<i64>(p, 8) | bit, 8)
        if (i + 1 < rows) {
          const q = p + stride
          if (four & 2) store<i64>(q, load<i64>(q) | bit)
          if (four & 1 && j + 1 < columns) store<i64>(q, load<i64>(q, 8) | bit, 8)
        }
      }
      p += 16
    }
    corner += 2 * stride
  }
}

/** One step of the quadtree: the patterns of `rows` by `columns` from the bits of those of half as many. Read from the last to the first. */
function refine(coarse: usize, rows: u32, columns: u32, fine: usize): void {
  const width = (columns + 1) >>> 1
  for (let i = <i32>rows - 1; i >= 0; i--) {
    const above = coarse + (i >>> 1) * width
    const row = fine + i * columns
    const high = (~i & 1) << 1
    for (let j = <i32>columns - 1; j >= 0; j--) {
      const set = (<i32>load<u8>(above + (j >>> 1)) >>> (high | (~j & 1))) & 1
      store<u8>(row + j, set ? <u8>pattern() : 0)
    }
  }
}

/** Decodes the magnitudes of a quadrant; `patterns` is room for two arrays of `room` bytes each. */
function quadrant(
  corner: usize,
  stride: usize,
  rows: u32,
  columns: u32,
  planes: u32,
  patterns: usize,
  room: usize,
): bool {
  let levels: u32 = 1
  while (halves(max(rows, columns), levels) > 1) levels++
  for (let plane = <i32>planes - 1; plane >= 0; plane--) {
    const kind = bits(4)
    let from = patterns
    let to = patterns + room
    if (kind == 0) {
      const count = <usize>halves(rows, 1) * halves(columns, 1)
      if (count > ((end - at) << 1) + 2) return false
      for (let i: usize = 0; i < count; i++) store<u8>(from + i, <u8>bits(4))
    } else if (kind == 15) {
      const top = pattern()
      if (top == 0) continue
      store<u8>(from, <u8>top)
      for (let level = levels - 1; level >= 1; level--) {
        refine(from, halves(rows, level), halves(columns, level), to)
        const other = from
        from = to
        to = other
        if (at > end) return false
      }
    } else return false
    if (at > end) return false
    setPlane(from, rows, columns, corner, stride, plane)
  }
  return true
}

/** The nearest multiple of `bit`; of two equally near ones that farther from 0. */
@inline
function round(value: i64, bit: i64): i64 {
  return bit == 1 ? value : (value + (bit >> 1) - <i64>(value < 0)) & -bit
}

/** `value` moved by `step` to the side of 0. */
@inline
function shrink(value: i64, step: i64): i64 {
  return value < 0 ? value + step : value - step
}

@inline
function clamp(value: i64, low: i64, high: i64): i64 {
  return max(min(value, high), low)
}

/** What to add to a slope of which 2^k times `wanted` would be better, at most `most`. */
@inline
function nudge(wanted: i64, value: i64, k: i64, most: i64): i64 {
  const difference = wanted - (value << k)
  const step = difference < 0 ? (difference + (1 << k) - 1) >> k : difference >> k
  return clamp(step, -most, most)
}

/** The slope over a cell that its neighbours, `before` and `after`, suggest, times 8; smoothed only where they are monotonic. */
@inline
function smoothSlope(slope: i64, before: i64, own: i64, after: i64, most: i64): i64 {
  const up = after - own
  const down = own - before
  const high = max(min(up, down), 0) << 2
  const low = min(max(up, down), 0) << 2
  return low < high ? slope + nudge(clamp(after - before, low, high), slope, 3, most) : slope
}

/** One step of the inverse transform: the sums of `rows` by `columns` cells from those of half as many, `sums`, and the differences in `a`. */
function invert(a: usize, stride: usize, rows: u32, columns: u32, level: i64, most: i64, sums: usize, fine: usize): void {
  const bit0: i64 = 1 << level
  const bit1: i64 = bit0 << 1
  const shift: i64 = level == 0 ? 2 : 1
  const height = (rows + 1) >>> 1
  const width = (columns + 1) >>> 1
  const rowBytes = <usize>columns << 3
  const wide = <usize>width << 3
  for (let i: u32 = 0; i < height; i++) {
    const hasBelow = (i << 1) + 1 < rows
    const innerRow = most > 0 && i > 0 && i + 1 < height
    let h = sums + <usize>i * wide
    // The differences between rows, between columns, and both.
    let x = a + <usize>(height + i) * stride
    let y = a + <usize>i * stride + wide
    let c = x + wide
    let out = fine + <usize>(i << 1) * rowBytes
    for (let j: u32 = 0; j < width; j++) {
      const hasRight = (j << 1) + 1 < columns
      const innerColumn = most > 0 && j > 0 && j + 1 < width
      let h0 = load<i64>(h)
      let hx: i64 = hasBelow ? load<i64>(x) : 0
      let hy: i64 = hasRight ? load<i64>(y) : 0
      if (innerRow) hx = smoothSlope(hx, load<i64>(h - wide), h0, load<i64>(h + wide), most)
      if (innerColumn) hy = smoothSlope(hy, load<i64>(h - 8), h0, load<i64>(h, 8), most)
      if (hasBelow && hasRight) {
        let hc = load<i64>(c)
        if (innerRow && innerColumn) {
          const mm = load<i64>(h - wide - 8)
          const mp = load<i64>(h - wide + 8)
          const pm = load<i64>(h + wide - 8)
          const pp = load<i64>(h + wide + 8)
          hc = smoothTwist(hc, hx << 1, hy << 1, pp - h0, h0 - pm, h0 - mp, mm - h0, pp + mm - mp - pm, most)
        }
        hx = round(hx, bit1)
        hy = round(hy, bit1)
        hc = round(hc, bit0)
        const low = hc & bit0
        hx = shrink(hx, low)
        hy = shrink(hy, low)
        const odd = (hc ^ hx ^ hy) & bit1
        if (h0 >= 0) h0 += low - odd
        else h0 += low == 0 ? odd : low - odd
        store<i64>(out, (h0 - hx - hy + hc) >> shift)
        store<i64>(out, (h0 - hx + hy - hc) >> shift, 8)
        store<i64>(out + rowBytes, (h0 + hx - hy - hc) >> shift)
        store<i64>(out + rowBytes, (h0 + hx + hy + hc) >> shift, 8)
      } else if (hasBelow) {
        hx = round(hx, bit1)
        h0 = shrink(h0, hx & bit1)
        store<i64>(out, (h0 - hx) >> shift)
        store<i64>(out + rowBytes, (h0 + hx) >> shift)
      } else if (hasRight) {
        hy = round(hy, bit1)
        h0 = shrink(h0, hy & bit1)
        store<i64>(out, (h0 - hy) >> shift)
        store<i64>(out, (h0 + hy) >> shift, 8)
      } else {
        store<i64>(out, h0 >> shift)
      }
      h += 8
      x += 8
      y += 8
      c += 8
      out += 16
    }
  }
}

/** The twist of a cell that its corner neighbours suggest, times 64; smoothed only where the surface stays monotonic. */
@inline
function smoothTwist(
  twist: i64,
  x2: i64,
  y2: i64,
  toPp: i64,
  fromPm: i64,
  fromMp: i64,
  toMm: i64,
  wanted: i64,
  most: i64,
): i64 {
  const high =
    min(
      min(max(toPp, 0) - x2 - y2, max(fromPm, 0) + x2 - y2),
      min(max(fromMp, 0) - x2 + y2, max(toMm, 0) + x2 + y2),
    ) << 4
  const low =
    max(
      max(min(toPp, 0) - x2 - y2, min(fromPm, 0) + x2 - y2),
      max(min(fromMp, 0) - x2 + y2, min(toMm, 0) + x2 + y2),
    ) << 4
  return low < high ? twist + nudge(clamp(wanted, low, high), twist, 6, most) : twist
}

@inline
function bigWord(p: usize): u32 {
  return (<u32>load<u8>(p) << 24) | (<u32>load<u8>(p, 1) << 16) | (<u32>load<u8>(p, 2) << 8) | load<u8>(p, 3)
}

/**
 * Decodes a picture of `rows` by `columns` into `out`, i32.
 *
 * @param room - (rows + 1) × (columns + 1) × 19 bytes.
 * @returns Whether the code is sound, and that of such a picture.
 */
export function decodeHcompress(
  bytes: usize,
  length: usize,
  rows: u32,
  columns: u32,
  smooth: bool,
  room: usize,
  out: usize,
): bool {
  if (length < 26 || rows < 2 || columns < 2) return false
  if (load<u8>(bytes) != 0xdd || load<u8>(bytes, 1) != 0x99) return false
  if (bigWord(bytes + 2) != rows || bigWord(bytes + 6) != columns) return false
  const scale = <i32>bigWord(bytes + 10)
  const sum = <i64>((<u64>bigWord(bytes + 14) << 32) | bigWord(bytes + 18))
  const times: i64 = scale > 1 ? scale : 1
  if (scale < 0 || abs(<f64>sum) * <f64>times >= MOST) return false
  const count = <usize>rows * columns
  const stride = <usize>columns << 3
  const height = (rows + 1) >>> 1
  const width = (columns + 1) >>> 1
  const a = room
  // The sums, on even and on odd levels.
  const even = a + (count << 3)
  const odd = even + (count << 3)
  const patterns = odd + ((<usize>height * width) << 3)
  const patternRoom = <usize>halves(rows, 2) * halves(columns, 2)
  memory.fill(a, 0, count << 3)
  for (let q: u32 = 0; q < 3; q++) {
    const planes = <u32>load<u8>(bytes + 22 + q)
    if (planes > 45 || <f64>((<i64>1) << planes) * <f64>times > MOST) return false
  }
  at = bytes + 25
  end = bytes + length
  buffer = 0
  held = 0
  for (let q: u32 = 0; q < 4; q++) {
    const below = q >>> 1
    const beside = q & 1
    const sound = quadrant(
      a + <usize>(below * height) * stride + <usize>((beside * width) << 3),
      stride,
      below ? rows - height : height,
      beside ? columns - width : width,
      load<u8>(bytes + 22 + ((q + 1) >>> 1)),
      patterns,
      patternRoom,
    )
    if (!sound) return false
  }
  if (bits(4) != 0) return false
  held = 0
  for (let p = a; p < even; p += 8) {
    const value = load<i64>(p)
    if (value && bits(1)) store<i64>(p, -value)
  }
  if (at > end) return false
  if (times > 1) for (let p = a; p < even; p += 8) store<i64>(p, load<i64>(p) * times)
  let levels: i64 = 0
  while (halves(max(rows, columns), <u32>levels) > 1) levels++
  store<i64>(levels & 1 ? odd : even, round(sum * times, 1 << (levels + 1)))
  const most: i64 = smooth ? times >> 1 : 0
  for (let level = levels - 1; level >= 0; level--) {
    const k = <u32>level
    const isOdd = k & 1
    invert(a, stride, halves(rows, k), halves(columns, k), level, most, isOdd ? even : odd, isOdd ? odd : even)
  }
  for (let i: usize = 0; i < count; i++) {
    store<i32>(out + (i << 2), <i32>clamp(load<i64>(even + (i << 3)), i32.MIN_VALUE, i32.MAX_VALUE))
  }
  return true
}
