// AssemblyScript: line lists of PLIO. The slow twin with the same bits is `decode-plio.ts`.

@inline
function word(bytes: usize, i: i32): i32 {
  const at = bytes + (<usize>i << 1)
  return (<i32>load<i8>(at) << 8) | load<u8>(at, 1)
}

/** Words before the instructions of a line list of the old and of the new kind. */
const OLD_HEADER: i32 = 3
const NEW_HEADER: i32 = 7

/**
 * Decodes `count` integers into `out`.
 *
 * @returns Whether the list is whole, and stands for no more.
 */
export function decodePlio(bytes: usize, byteLength: u32, count: i32, out: usize): bool {
  const words = <i32>(byteLength >> 1)
  if (words < OLD_HEADER) return false
  const isOld = word(bytes, 2) > 0
  if (!isOld && words < NEW_HEADER) return false
  const length = isOld ? word(bytes, 2) : (word(bytes, 4) << 15) + word(bytes, 3)
  let at = isOld ? OLD_HEADER : word(bytes, 1)
  if (at < OLD_HEADER || length > words) return false
  memory.fill(out, 0, <usize>count << 2)
  let value: i32 = 1
  let next: i32 = 0
  for (; at < length; at++) {
    const operand = word(bytes, at) & 0xfff
    const operation = (word(bytes, at) >> 12) & 0xf
    if (operation == 1) {
      if (at + 1 >= length) return false
      at++
      value = (word(bytes, at) << 12) + operand
      continue
    }
    if (operation == 2 || operation == 6) value += operand
    else if (operation == 3 || operation == 7) value -= operand
    else if (operation != 0 && operation != 4 && operation != 5) return false
    if (operation == 2 || operation == 3) continue
    const run = operation >= 6 ? 1 : operand
    if (run > count - next) return false
    if (operation == 4) {
      for (let i = next; i < next + run; i++) store<i32>(out + (<usize>i << 2), value)
    } else if (operation >= 5 && run > 0) {
      store<i32>(out + (<usize>(next + run - 1) << 2), value)
    }
    next += run
  }
  return true
}
