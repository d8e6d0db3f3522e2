type TypedArray =
  | Int8Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>

/**
 * Typed arrays one after the other, such as `concatArrays(Uint8Array, pieces)`.
 *
 * @param type - What they become; their elements are converted as `set` does it.
 * @returns Fresh memory, even of one part or none.
 * @remarks O(elements).
 */
export function concatArrays<A extends TypedArray>(
  type: new (length: number) => A,
  parts: readonly ArrayLike<A[number]>[],
): A {
  const all = new type(parts.reduce((sum, part) => sum + part.length, 0))
  const target = all as { set(part: ArrayLike<A[number]>, at: number): void }
  let at = 0
  for (const part of parts) {
    target.set(part, at)
    at += part.length
  }
  return all
}
