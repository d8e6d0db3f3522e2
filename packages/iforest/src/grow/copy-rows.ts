/**
 * Copies rows side by side.
 *
 * @param data - `[n, columns]`, row-major.
 * @param copy - Receives `[rows, columns]`. Begins at a multiple of 8 bytes of its buffer.
 * @param finite - Whether all values of the rows are finite, or the copy is of no use when one is not: faster then.
 */
export function copyRows(
  data: Float32Array,
  rows: Uint32Array,
  columns: number,
  copy: Float32Array,
  finite: boolean,
): void {
  // Bits are moved as they are: nothing is converted. Two finite values as one of 64 bits are never a NaN, which engines may replace
  // by another; a NaN and a finite value can be.
  const ints = new Int32Array(data.buffer, data.byteOffset, data.length)
  // Keeps the reads from being dropped as idle: the last value is overwritten below.
  if (copy.length > 0) copy[copy.length - 1] = touchRows(ints, rows, columns)
  if (finite && columns % 2 === 0 && data.byteOffset % 8 === 0) {
    const from = new Float64Array(data.buffer, data.byteOffset, data.length >> 1)
    copyUnits(from, rows, columns >> 1, new Float64Array(copy.buffer, copy.byteOffset, copy.length >> 1))
  } else {
    copyUnits(ints, rows, columns, new Int32Array(copy.buffer, copy.byteOffset, copy.length))
  }
}

/**
 * Reads one value of each cache line of the rows. These reads do not wait for each other: rows that lie far apart come into the cache
 * several times faster than when they are read from end to end.
 */
function touchRows(data: Int32Array, rows: Uint32Array, columns: number): number {
  let mixed = 0
  for (let k = 0; k < rows.length; k++) {
    const start = rows[k]! * columns
    mixed ^= data[start + columns - 1]!
    for (let c = 0; c < columns; c += 16) mixed ^= data[start + c]!
  }
  return mixed
}

function copyUnits<A extends Int32Array | Float64Array>(from: A, rows: Uint32Array, width: number, to: A): void {
  let at = 0
  for (let k = 0; k < rows.length; k++) {
    let i = rows[k]! * width
    const end = i + width
    for (; i + 3 < end; i += 4) {
      to[at] = from[i]!
      to[at + 1] = from[i + 1]!
      to[at + 2] = from[i + 2]!
      to[at + 3] = from[i + 3]!
      at += 4
    }
    for (; i < end; i++) to[at++] = from[i]!
  }
}
