import type { Comparison } from './predicate.ts'

/** Truth as a number, so that all is the least, any the greatest, and not the difference from `yes`. */
export const truth = { no: 0, unknown: 1, yes: 2 } as const

/** A number for each row, of any of a column's types. */
export type Numbers = ArrayLike<number> | ArrayLike<bigint> | ArrayLike<boolean>

export function isMissingNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isNaN(value)
}

/** One form for numbers that are equal, whatever their type. */
export function plainNumber(value: unknown): number | bigint {
  const near = Number(value)
  if (typeof value === 'bigint') return Number.isSafeInteger(near) ? near : value
  return Number.isInteger(near) && !Number.isSafeInteger(near) ? BigInt(near) : near
}

export function constant(value: number | bigint, rowCount: number): Numbers {
  if (typeof value === 'bigint' && !Number.isSafeInteger(Number(value))) {
    return Array.from({ length: rowCount }, () => value) as unknown as Numbers
  }
  return new Float64Array(rowCount).fill(Number(value))
}

export function compareNumbers(left: Numbers, operator: Comparison, right: Numbers, rowCount: number): Uint8Array {
  const out = new Uint8Array(rowCount)
  const [below, same, above] = {
    '=': [0, 2, 0],
    '!=': [2, 0, 2],
    '<': [2, 0, 0],
    '<=': [2, 2, 0],
    '>': [0, 0, 2],
    '>=': [0, 2, 2],
  }[operator] as [number, number, number]
  for (let row = 0; row < rowCount; row++) {
    // Relations of number and bigint are exact, and all are false with NaN.
    const a = left[row] as number
    const b = right[row] as number
    out[row] = a < b ? below : a > b ? above : a >= b ? same : truth.unknown
  }
  return out
}

export function combine(
  operator: '+' | '-' | '*' | '/',
  left: Numbers,
  right: Numbers,
  rowCount: number,
): Float64Array {
  const out = new Float64Array(rowCount)
  for (let row = 0; row < rowCount; row++) {
    const a = Number(left[row])
    const b = Number(right[row])
    if (operator === '*') out[row] = a * b
    else if (operator === '+') out[row] = a + b
    else if (operator === '-') out[row] = a - b
    else out[row] = b === 0 ? Number.NaN : a / b
  }
  return out
}

export function apply(name: 'abs' | 'log10' | 'sqrt', value: number): number {
  if (name === 'log10') return value > 0 ? Math.log10(value) : Number.NaN
  return name === 'sqrt' ? Math.sqrt(value) : Math.abs(value)
}
