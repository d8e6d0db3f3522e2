// AssemblyScript: integers of a tile to pixels. The slow twin with the same bits is `restore-pixels.ts`.

/** The standard's random numbers. */
export const PERIOD: u32 = 10_000

/** Makes the numbers of the standard's sequence, in (0, 1). */
export function fillRandom(out: usize): void {
  let seed: u64 = 1
  for (let i: u32 = 0; i < PERIOD; i++) {
    seed = (16_807 * seed) % 2_147_483_647
    store<f32>(out + (i << 2), <f32>(<f64>seed / 2_147_483_647.0))
  }
}

/** By this integer SUBTRACTIVE_DITHER_2 marks pixels of exactly 0. */
const ZERO: i32 = -2_147_483_646

/** Pixels from integers, in `T`: value × scale + zero; NaN for `blank`. */
@inline
function scaleTo<T>(stored: usize, count: u32, scale: f64, zero: f64, hasBlank: bool, blank: i32, out: usize): void {
  const plain = scale == 1 && zero == 0
  for (const end = stored + (<usize>count << 2); stored < end; stored += 4) {
    const value = load<i32>(stored)
    let pixel = <f64>value
    if (!plain) pixel = pixel * scale + zero
    if (hasBlank && value == blank) pixel = NaN
    store<T>(out, <T>pixel)
    out += sizeof<T>()
  }
}

/** Pixels from dithered integers, in `T`: (value − r + 0.5) × scale + zero. `seed` is below the period. */
@inline
function ditherTo<T>(
  stored: usize,
  count: u32,
  scale: f64,
  zero: f64,
  hasBlank: bool,
  blank: i32,
  keepsZero: bool,
  random: usize,
  seed: u32,
  out: usize,
): void {
  const end = stored + (<usize>count << 2)
  const period = random + (PERIOD << 2)
  let next = random + (<usize>(<f64>load<f32>(random + (seed << 2)) * 500) << 2)
  while (stored < end) {
    const stop = min(end, stored + (period - next))
    for (; stored < stop; stored += 4) {
      const value = load<i32>(stored)
      let pixel = (<f64>value - <f64>load<f32>(next) + 0.5) * scale + zero
      if (keepsZero && value == ZERO) pixel = 0
      if (hasBlank && value == blank) pixel = NaN
      store<T>(out, <T>pixel)
      out += sizeof<T>()
      next += 4
    }
    if (next == period) {
      seed = seed + 1 == PERIOD ? 0 : seed + 1
      next = random + (<usize>(<f64>load<f32>(random + (seed << 2)) * 500) << 2)
    }
  }
}

/** @param dither - 0 without, 1 and 2 as in SUBTRACTIVE_DITHER_1 and _2. @param wide - Whether pixels are f64. */
export function restore(
  stored: usize,
  count: u32,
  dither: i32,
  scale: f64,
  zero: f64,
  hasBlank: bool,
  blank: i32,
  random: usize,
  seed: u32,
  wide: bool,
  out: usize,
): void {
  if (dither == 0) {
    if (wide) scaleTo<f64>(stored, count, scale, zero, hasBlank, blank, out)
    else scaleTo<f32>(stored, count, scale, zero, hasBlank, blank, out)
  } else if (wide) ditherTo<f64>(stored, count, scale, zero, hasBlank, blank, dither == 2, random, seed, out)
  else ditherTo<f32>(stored, count, scale, zero, hasBlank, blank, dither == 2, random, seed, out)
}

/** A big-endian integer of 1 (unsigned), 2 or 4 bytes at every step, or one whose bytes stand `apart` bytes from each other. */
export function unpackIntegers(bytes: usize, count: u32, width: u32, shuffled: bool, out: usize): void {
  if (width == 4) {
    unpackWords(bytes, count, shuffled, out)
    return
  }
  const apart: usize = shuffled ? <usize>count : 1
  const step: usize = shuffled ? 1 : <usize>width
  for (let i: u32 = 0; i < count; i++) {
    const value = width == 1 ? <i32>load<u8>(bytes) : (<i32>load<i8>(bytes) << 8) | load<u8>(bytes + apart)
    store<i32>(out, value)
    bytes += step
    out += 4
  }
}

/** Big-endian words of 4 bytes. */
function unpackWords(bytes: usize, count: u32, shuffled: bool, out: usize): void {
  const most = <usize>count
  let i: usize = 0
  if (shuffled) {
    for (; i + 16 <= most; i += 16) {
      const a = v128.load(bytes + i)
      const b = v128.load(bytes + i + most)
      const c = v128.load(bytes + i + 2 * most)
      const d = v128.load(bytes + i + 3 * most)
      // Pairs of upper and of lower bytes, in the order of memory.
      const high0 = v128.shuffle<u8>(b, a, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
      const high1 = v128.shuffle<u8>(b, a, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
      const low0 = v128.shuffle<u8>(d, c, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
      const low1 = v128.shuffle<u8>(d, c, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
      const to = out + (i << 2)
      v128.store(to, v128.shuffle<u16>(low0, high0, 0, 8, 1, 9, 2, 10, 3, 11))
      v128.store(to, v128.shuffle<u16>(low0, high0, 4, 12, 5, 13, 6, 14, 7, 15), 16)
      v128.store(to, v128.shuffle<u16>(low1, high1, 0, 8, 1, 9, 2, 10, 3, 11), 32)
      v128.store(to, v128.shuffle<u16>(low1, high1, 4, 12, 5, 13, 6, 14, 7, 15), 48)
    }
    for (; i < most; i++) store<i32>(out + (i << 2), bigWord(bytes + i, most))
    return
  }
  for (; i + 4 <= most; i += 4) {
    const w = v128.load(bytes + (i << 2))
    v128.store(out + (i << 2), v128.shuffle<u8>(w, w, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
  }
  for (; i < most; i++) store<i32>(out + (i << 2), bigWord(bytes + (i << 2), 1))
}

@inline
function bigWord(bytes: usize, apart: usize): i32 {
  return (
    (<i32>load<u8>(bytes) << 24) |
    (<i32>load<u8>(bytes + apart) << 16) |
    (<i32>load<u8>(bytes + 2 * apart) << 8) |
    load<u8>(bytes + 3 * apart)
  )
}

/** Big-endian floating-point pixels of 4 or 8 bytes, to f64 when `wide`, else f32. */
export function unpackFloats(bytes: usize, count: u32, width: u32, shuffled: bool, wide: bool, out: usize): void {
  if (width == 4 && !wide) {
    unpackWords(bytes, count, shuffled, out)
    return
  }
  const apart: usize = shuffled ? <usize>count : 1
  const step: usize = shuffled ? 1 : <usize>width
  for (let i: u32 = 0; i < count; i++) {
    const word = <u32>bigWord(bytes, apart)
    const value =
      width == 4
        ? <f64>reinterpret<f32>(word)
        : reinterpret<f64>((<u64>word << 32) | <u32>bigWord(bytes + 4 * apart, apart))
    if (wide) store<f64>(out, value)
    else store<f32>(out, <f32>value)
    bytes += step
    out += wide ? 8 : 4
  }
}
