// AssemblyScript: big-endian elements as the machine has them, 16 bytes at a time. No runtime, no allocation: the caller lays out the
// memory, and has room for whole groups of 16 bytes behind the last element. The slow twins are in `reverse-bytes.ts` and
// `convert-integers.ts`.

/** Elements of 2 bytes in [at, end). */
export function reverse2(at: usize, end: usize): void {
  for (; at < end; at += 16) {
    const v = v128.load(at)
    v128.store(at, v128.shuffle<u8>(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14))
  }
}

/** Elements of 4 bytes. */
export function reverse4(at: usize, end: usize): void {
  for (; at < end; at += 16) {
    const v = v128.load(at)
    v128.store(at, v128.shuffle<u8>(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
  }
}

/** Elements of 8 bytes. */
export function reverse8(at: usize, end: usize): void {
  for (; at < end; at += 16) {
    const v = v128.load(at)
    v128.store(at, v128.shuffle<u8>(v, v, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8))
  }
}

/** Four integers as f32: zero + scale × integer in double precision, rounded once; NaN where they equal `blank`. */
@inline
function storeSingles(to: usize, integers: v128, scale: v128, zero: v128, blank: v128): void {
  const low = f64x2.add(zero, f64x2.mul(scale, f64x2.convert_low_i32x4_s(integers)))
  const rest = v128.shuffle<u32>(integers, integers, 2, 3, 2, 3)
  const high = f64x2.add(zero, f64x2.mul(scale, f64x2.convert_low_i32x4_s(rest)))
  const values = v128.shuffle<u32>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 1, 4, 5)
  const missing = i32x4.eq(integers, blank)
  v128.store(to, v128.bitselect(f32x4.splat(f32.NaN), values, missing))
}

/** Unsigned bytes in [at, end) as f32 from `to` on. */
export function convert1(at: usize, end: usize, to: usize, scale: f64, zero: f64, blank: i32): void {
  const s = f64x2.splat(scale)
  const z = f64x2.splat(zero)
  const b = i32x4.splat(blank)
  for (; at < end; at += 16) {
    const v = v128.load(at)
    const low = i16x8.extend_low_i8x16_u(v)
    const high = i16x8.extend_high_i8x16_u(v)
    storeSingles(to, i32x4.extend_low_i16x8_u(low), s, z, b)
    storeSingles(to + 16, i32x4.extend_high_i16x8_u(low), s, z, b)
    storeSingles(to + 32, i32x4.extend_low_i16x8_u(high), s, z, b)
    storeSingles(to + 48, i32x4.extend_high_i16x8_u(high), s, z, b)
    to += 64
  }
}

/** Signed integers of 16 bits as f32. */
export function convert2(at: usize, end: usize, to: usize, scale: f64, zero: f64, blank: i32): void {
  const s = f64x2.splat(scale)
  const z = f64x2.splat(zero)
  const b = i32x4.splat(blank)
  for (; at < end; at += 16) {
    const v = v128.load(at)
    const own = v128.shuffle<u8>(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)
    storeSingles(to, i32x4.extend_low_i16x8_s(own), s, z, b)
    storeSingles(to + 16, i32x4.extend_high_i16x8_s(own), s, z, b)
    to += 32
  }
}

/** Signed integers of 32 bits as f64: zero + scale × integer; NaN where they equal `blank`, which is NaN itself when there is none. */
export function convert4(at: usize, end: usize, to: usize, scale: f64, zero: f64, blank: f64): void {
  const s = f64x2.splat(scale)
  const z = f64x2.splat(zero)
  const b = f64x2.splat(blank)
  const missing = f64x2.splat(f64.NaN)
  for (; at < end; at += 16) {
    const v = v128.load(at)
    const own = v128.shuffle<u8>(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12)
    const low = f64x2.convert_low_i32x4_s(own)
    const high = f64x2.convert_low_i32x4_s(v128.shuffle<u32>(own, own, 2, 3, 2, 3))
    v128.store(to, v128.bitselect(missing, f64x2.add(z, f64x2.mul(s, low)), f64x2.eq(low, b)))
    v128.store(to, v128.bitselect(missing, f64x2.add(z, f64x2.mul(s, high)), f64x2.eq(high, b)), 16)
    to += 32
  }
}
