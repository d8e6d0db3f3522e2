import type { Table, TableColumn } from './table.ts'

/** A value as text, in every format: '' where it is missing (null, undefined, NaN, ''), else its digits or words. */
export function valueText(value: unknown): string {
  return isMissing(value) ? '' : String(value)
}

/** A value as a number, in every format: NaN where it is missing. Integers beyond ±(2^53 - 1) are rounded. */
export function valueNumber(value: unknown): number {
  return isMissing(value) ? Number.NaN : Number(value)
}

/** Whether an integer (bigint, number, or its digits) lies beyond ±(2^53 - 1), where f64 does not hold each of them. */
export function isInexact(value: unknown): boolean {
  return !Number.isSafeInteger(Number(value))
}

/**
 * 64-bit integers as a column: float64 when every one of them lies within ±(2^53 - 1), else their digits as text, so that
 * identifiers stay exact.
 *
 * @param values - bigint, number or text; missing values (null, undefined, NaN, '') become NaN, or '' in text.
 */
export function safeIntegers(values: ArrayLike<unknown>): Float64Array | string[] {
  const out = new Float64Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = valueNumber(values[i])
    if (!Number.isNaN(value) && isInexact(value)) return Array.from(values, valueText)
    out[i] = value
  }
  return out
}

/** A table whose 64-bit integers are `safeIntegers`. */
export function withSafeIntegers(table: Table): Table {
  const columns = [...table.columns].map(([name, column]): [string, TableColumn] => [
    name,
    column.values instanceof BigInt64Array || column.values instanceof BigUint64Array
      ? { ...column, values: safeIntegers(column.values) }
      : column,
  ])
  return { ...table, columns: new Map(columns) }
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === '' || Number.isNaN(value)
}
