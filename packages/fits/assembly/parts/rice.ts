// AssemblyScript: Rice code. The slow twin with the same bits is `decode-rice.ts`.

/** Turns the bytes of every word around, so that its first byte is the highest. `bytes` is followed by 16 bytes of nothing. */
export function turnWords(bytes: usize, length: usize): void {
  for (const end = bytes + length; bytes < end; bytes += 16) {
    const w = v128.load(bytes)
    v128.store(bytes, v128.shuffle<u8>(w, w, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12))
  }
}

/**
 * Decodes `count` integers into `out`. `bytes` is aligned to 16 and followed by 32 zero bytes.
 *
 * @returns Whether the code stands for so many.
 */
export function decodeRice(bytes: usize, length: usize, count: u32, blockSize: u32, bytesPerPixel: u32, out: usize): bool {
  if (length < bytesPerPixel) return false
  turnWords(bytes, length)
  let splitBits: u64 = 5
  let rawSplit: i32 = 25
  if (bytesPerPixel == 1) {
    splitBits = 3
    rawSplit = 6
  } else if (bytesPerPixel == 2) {
    splitBits = 4
    rawSplit = 14
  }
  const rawBits: u64 = bytesPerPixel * 8
  // The highest `held` bits of `buffer` are those that come next; the others are 0.
  let buffer: u64 = (<u64>load<u32>(bytes) << 32) | load<u32>(bytes, 4)
  let held: u64 = 64
  let at = bytes + 8
  // Words behind the code are zero; beyond this they would belong to others.
  const last = bytes + length + 16
  let value = <i32>(buffer >> (64 - rawBits))
  buffer = buffer << (rawBits - 1) << 1
  held -= rawBits
  const end = out + (<usize>count << 2)
  while (out < end) {
    if (held < 32) {
      buffer |= <u64>load<u32>(at) << (32 - held)
      at += 4
      held += 32
    }
    const split = <i32>(buffer >> (64 - splitBits)) - 1
    buffer <<= splitBits
    held -= splitBits
    const stop = min(end, out + (<usize>blockSize << 2))
    if (split < 0) {
      const same = i32x4.splat(value)
      for (; out + 16 <= stop; out += 16) v128.store(out, same)
      for (; out < stop; out += 4) store<i32>(out, value)
    } else if (split >= rawSplit) {
      for (; out < stop; out += 4) {
        if (held < 32) {
          if (at > last) return false
          buffer |= <u64>load<u32>(at) << (32 - held)
          at += 4
          held += 32
        }
        const code = <u32>(buffer >> (64 - rawBits))
        buffer <<= rawBits
        held -= rawBits
        value += <i32>((code >>> 1) ^ (0 - (code & 1)))
        store<i32>(out, value)
      }
    } else {
      const low: u64 = split
      const drop: u64 = 63 - low
      for (; out < stop; out += 4) {
        if (held < 32) {
          buffer |= <u64>load<u32>(at) << (32 - held)
          at += 4
          held += 32
        }
        let zeros: u64 = clz(buffer)
        let code: u32 = 0
        if (zeros + low >= held) {
          // The zeros or what comes behind them goes on in the next words.
          if (at > last) return false
          while (buffer == 0) {
            if (at > last) return false
            code += <u32>held
            buffer = <u64>load<u32>(at) << 32
            at += 4
            held = 32
          }
          zeros = clz(buffer)
          code += <u32>zeros
          buffer = buffer << zeros << 1
          held -= zeros + 1
          if (held < 32) {
            buffer |= <u64>load<u32>(at) << (32 - held)
            at += 4
            held += 32
          }
          code = (code << <u32>low) | <u32>(buffer >> 1 >> drop)
          buffer <<= low
          held -= low
        } else {
          buffer = buffer << zeros << 1
          code = (<u32>zeros << <u32>low) | <u32>(buffer >> 1 >> drop)
          buffer <<= low
          held -= zeros + low + 1
        }
        value += <i32>((code >>> 1) ^ (0 - (code & 1)))
        store<i32>(out, value)
      }
    }
    if (at > last) return false
  }
  if (((at - bytes) << 3) - <usize>held > length << 3) return false
  if (bytesPerPixel == 1) {
    const mask = i32x4.splat(255)
    for (let p = end - (<usize>count << 2); p < end; p += 16) v128.store(p, v128.and(v128.load(p), mask))
  } else if (bytesPerPixel == 2) {
    for (let p = end - (<usize>count << 2); p < end; p += 16) {
      v128.store(p, i32x4.shr_s(i32x4.shl(v128.load(p), 16), 16))
    }
  }
  return true
}
