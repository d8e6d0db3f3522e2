import type { ColumnType, ColumnValues, TableColumn } from './table.ts'
import { isInexact, valueNumber, valueText } from './values.ts'

/** What the values of a column are where none is missing. */
export type ValueKind = 'text' | 'boolean' | 'uint8' | 'int16' | 'int32' | 'uint32' | 'int64' | 'float32' | 'float64'

/** What was met among the values of a column. */
export interface Oddities {
  /** A missing value. */
  missing: boolean
  /** An integer that is not exact as f64. */
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

/** Takes note of missing values and of integers that are not exact as f64. O(values). */
export function noteOddities(values: ArrayLike<unknown>, kind: ValueKind, oddities: Oddities): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i]
    if (value === null || value === undefined || value === '') oddities.missing = true
    else if (kind === 'int64' && isInexact(value)) oddities.unsafe = true
  }
}

/** The types that values of a settled type can have as well, without loss. */
export function alternativesOf(type: ColumnType, kind?: ValueKind): readonly ColumnType[] {
  if (kind === 'int64' && type === 'float64') return ['text']
  return type === 'text' || type === 'float64' ? [] : ['float64']
}

/** Values in a type that holds them: missing ones become NaN, in text ''. */
export function valuesAs(type: ColumnType, values: ArrayLike<unknown>): ColumnValues {
  if (type === 'text') return Array.from(values, valueText)
  if (type === 'boolean') return Array.from(values, Boolean)
  const out = emptyValues(type, values.length) as Float64Array
  for (let i = 0; i < values.length; i++) out[i] = valueNumber(values[i])
  return out
}

/** A column's values in another type that holds them; in their own they are not copied. */
export function asType(column: TableColumn, type: ColumnType): TableColumn {
  const { values } = column
  if (values.length === 0) return { ...column, values: emptyValues(type) }
  return typeOf(values) === type ? column : { ...column, values: valuesAs(type, values as ArrayLike<unknown>) }
}

/** Values of a type: none, or zeros where it is one of numbers. */
export function emptyValues(type: ColumnType, length = 0): ColumnValues {
  switch (type) {
    case 'text':
    case 'boolean':
      return []
    case 'uint8':
      return new Uint8Array(length)
    case 'int16':
      return new Int16Array(length)
    case 'int32':
      return new Int32Array(length)
    case 'int64':
      return new BigInt64Array(length)
    case 'uint64':
      return new BigUint64Array(length)
    case 'float32':
      return new Float32Array(length)
    case 'float64':
      return new Float64Array(length)
  }
}

/** The type of a column's values; no values at all in a plain array are text. */
export function typeOf(values: ColumnValues): ColumnType {
  if (values instanceof Float64Array) return 'float64'
  if (values instanceof Float32Array) return 'float32'
  if (values instanceof Int32Array) return 'int32'
  if (values instanceof Int16Array) return 'int16'
  if (values instanceof Uint8Array) return 'uint8'
  if (values instanceof BigInt64Array) return 'int64'
  if (values instanceof BigUint64Array) return 'uint64'
  return typeof values[0] === 'boolean' ? 'boolean' : 'text'
}
