import type { ColumnType } from '@astronomaly/core/table'

/** What the values of a column are where none is missing. */
export type ValueKind = 'text' | 'boolean' | 'uint8' | 'int16' | 'int32' | 'uint32' | 'int64' | 'float32' | 'float64'

/** What was met among the values of a column. */
export interface Oddities {
  /** A missing value. */
  missing: boolean
  /** A 64-bit integer beyond ±(2^53 - 1). */
  unsafe: boolean
}

/**
 * The type of a column of this kind, in every format: integers and truth values become f64 where one is missing, and 64-bit
 * integers f64 when all are exact in it, else text.
 */
export function settledType(
  kind: ValueKind,
  { missing, unsafe }: Readonly<Oddities>,
): Exclude<ColumnType, 'int64' | 'uint64'> {
  if (kind === 'int64') return unsafe ? 'text' : 'float64'
  if (kind === 'uint32') return 'float64'
  return missing && kind !== 'text' && kind !== 'float32' ? 'float64' : kind
}

/** An array for numbers of a type that {@link settledType} gives, all 0. */
export function numberArray(
  type: ColumnType,
  length: number,
): Float32Array | Float64Array | Uint8Array | Int16Array | Int32Array {
  if (type === 'float32') return new Float32Array(length)
  if (type === 'uint8') return new Uint8Array(length)
  if (type === 'int16') return new Int16Array(length)
  return type === 'int32' ? new Int32Array(length) : new Float64Array(length)
}
