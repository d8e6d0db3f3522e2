import { definedOnly } from '@astronomaly/core'

/** How two values are compared. */
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>='

/** A number of each row: a column, a constant, or what is computed from them. Plain data, which JSON holds (bigint apart). */
export type Quantity =
  | {
      readonly kind: 'column'
      /** As the table writes it; letters of either case are the same where the table has no column of exactly this name. */
      readonly name: string
      /** Which value of a vector column, from 0. */
      readonly element?: number
      /** What stands for the column in a table that has no such column. */
      readonly otherwise?: Quantity
    }
  | { readonly kind: 'number'; readonly value: number | bigint }
  | {
      readonly kind: 'arithmetic'
      readonly operator: '+' | '-' | '*' | '/'
      readonly left: Quantity
      readonly right: Quantity
    }
  | { readonly kind: 'function'; readonly name: 'abs' | 'log10' | 'sqrt'; readonly argument: Quantity }

/** A condition that each row meets, fails, or leaves open. Plain data, which JSON holds (bigint apart). */
export type Predicate =
  | {
      readonly kind: 'compare'
      readonly operator: Comparison
      readonly left: Quantity
      readonly right: Quantity | { readonly kind: 'text'; readonly value: string }
    }
  | { readonly kind: 'in'; readonly of: Quantity; readonly values: readonly (number | bigint | string)[] }
  | { readonly kind: 'missing'; readonly of: Quantity }
  | { readonly kind: 'all'; readonly of: readonly Predicate[] }
  | { readonly kind: 'any'; readonly of: readonly Predicate[] }
  | { readonly kind: 'not'; readonly of: Predicate }

/** A named predicate: the rows that a survey keeps. */
export interface Cut {
  /** Short, such as `'flux'`. */
  readonly name: string
  /** The rows for which this is true are kept; false and unknown exclude. */
  readonly keep: Predicate
}

/** A quantity, or in short a column's name or a number. */
export type QuantityLike = Quantity | string | number | bigint

/**
 * A column of the table.
 *
 * @param name - `'decam_flux[1]'` is element 1, counted from 0, of the vector column `decam_flux`.
 * @param options - `otherwise` stands for the column in tables without it.
 */
export function column(name: string, options: { readonly otherwise?: QuantityLike | undefined } = {}): Quantity {
  const [, base = name, element] = /^(.+)\[(\d{1,9})\]$/.exec(name) ?? []
  return definedOnly({
    kind: 'column' as const,
    name: base,
    element: element === undefined ? undefined : Number(element),
    otherwise: options.otherwise === undefined ? undefined : quantity(options.otherwise),
  })
}

/** A quantity of what stands for one: text is a column's name, as {@link column} reads it. */
export function quantity(value: QuantityLike): Quantity {
  if (typeof value === 'string') return column(value)
  return typeof value === 'object' ? value : { kind: 'number', value }
}

/** `left + right`, `left - right`, `left * right` or `left / right`, in float64. Division by 0 gives a missing value. */
export function arithmetic(left: QuantityLike, operator: '+' | '-' | '*' | '/', right: QuantityLike): Quantity {
  return { kind: 'arithmetic', operator, left: quantity(left), right: quantity(right) }
}

/** The square root; missing below 0. */
export function squareRoot(argument: QuantityLike): Quantity {
  return { kind: 'function', name: 'sqrt', argument: quantity(argument) }
}

/** The absolute value. */
export function absolute(argument: QuantityLike): Quantity {
  return { kind: 'function', name: 'abs', argument: quantity(argument) }
}

/** The logarithm to base 10; missing at 0 and below. */
export function logarithm10(argument: QuantityLike): Quantity {
  return { kind: 'function', name: 'log10', argument: quantity(argument) }
}

/**
 * Compares a quantity with a number, a text or another quantity.
 *
 * @param left - Text is the name of a column.
 * @param right - Text is text: `compare('type', '!=', 'PSF')`. For another column: `column('flux_r')`.
 * @remarks Unknown where either side is missing, as in SQL. Texts have `=` and `!=` only, and their trailing spaces do not
 * count. Booleans are 1 and 0.
 */
export function compare(left: QuantityLike, operator: Comparison, right: QuantityLike): Predicate {
  const value = typeof right === 'string' ? ({ kind: 'text', value: right } as const) : quantity(right)
  return { kind: 'compare', operator, left: quantity(left), right: value }
}

/** Whether a quantity lies from `low` to `high`, both included. */
export function between(of: QuantityLike, low: number | bigint, high: number | bigint): Predicate {
  return allOf(compare(of, '>=', low), compare(of, '<=', high))
}

/** Whether a quantity is one of some numbers, or a column one of some texts; unknown where it is missing. */
export function oneOf(of: QuantityLike, values: readonly (number | bigint | string)[]): Predicate {
  return { kind: 'in', of: quantity(of), values: [...values] }
}

/** Whether a quantity is missing: NaN, or empty text; `IS NULL` in ADQL. Never unknown. */
export function isMissing(of: QuantityLike): Predicate {
  return { kind: 'missing', of: quantity(of) }
}

/** True when all are, false when one is false, else unknown. True of none. */
export function allOf(...of: readonly Predicate[]): Predicate {
  return { kind: 'all', of }
}

/** True when one is, false when all are false, else unknown. False of none. */
export function anyOf(...of: readonly Predicate[]): Predicate {
  return { kind: 'any', of }
}

/** True for false, false for true; unknown stays unknown. */
export function not(of: Predicate): Predicate {
  return { kind: 'not', of }
}
