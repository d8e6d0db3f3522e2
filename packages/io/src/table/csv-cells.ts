import type { ColumnValues } from '@astronomaly/core/table'

/**
 * The shortest decimal that reads back as the same float64, or the same float32 when `single`; NaN is empty. Whole numbers
 * beyond ±(2^53 - 1) have an exponent, so that they are not taken for identifiers.
 */
export function numberText(value: number, single: boolean): string {
  if (Number.isNaN(value)) return ''
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (Object.is(value, -0)) return '-0'
  if (Number.isSafeInteger(value)) return String(value)
  const shortest = single ? shortestSingle(value) : value
  return Number.isInteger(shortest) ? shortest.toExponential() : String(shortest)
}

/** The shortest decimal that reads back as the same float32. */
export function shortestSingle(value: number): number {
  // Nine digits tell any two float32 apart.
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return shorter
  }
  return Number(value.toPrecision(9))
}

/** Writes a cell so that a reader takes it for what it is; quotes are doubled. */
export function quoteCell(text: string): string {
  return /[",;\t\r\n\uFEFF]|^#/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A function from index to the text of that value. */
export function cellWriter(values: ColumnValues): (index: number) => string {
  const single = values instanceof Float32Array
  return (index) => {
    const value = values[index]
    if (typeof value === 'string') return quoteCell(value)
    return typeof value === 'number' ? numberText(value, single) : String(value)
  }
}
