import { definedOnly, describeValue, NotFoundError, ParameterError } from '@astronomaly/core'
import { type Predicate, type Quantity, type QuantityLike, quantity } from './predicate.ts'

/** Names of a predicate's columns, and what a table has instead: a column's name, or a quantity of columns of the table. */
export type ColumnMapping = Readonly<Record<string, QuantityLike>>

/** What the names of a predicate's columns are looked up in. */
export interface ColumnNames {
  /** Begins messages: a call, and the cut where there is one. */
  readonly subject: string
  /** The columns that a table has; undefined takes every name for one that exists. */
  readonly names: readonly string[] | undefined
  readonly mapping?: ColumnMapping | undefined
}

/** Bounds recursion over predicates that come from files. */
const deepest = 100

const comparisons = ['=', '!=', '<', '<=', '>', '>=']
const operators = ['+', '-', '*', '/']
const functions = ['abs', 'log10', 'sqrt']

/**
 * Checks a predicate, and puts the table's own names in place of its columns'.
 *
 * @throws ParameterError when it is no predicate, is deeper than 100 levels, or a name differs in letter case alone from two
 * columns; NotFoundError naming a column that the table lacks.
 */
export function bindPredicate(predicate: Predicate, columns: ColumnNames, depth = 0): Predicate {
  checkNode(columns.subject, predicate, depth)
  switch (predicate.kind) {
    case 'all':
    case 'any': {
      if (!Array.isArray(predicate.of)) refuse(columns.subject, `${predicate.kind} must be of a list`, predicate.of)
      return { kind: predicate.kind, of: predicate.of.map((each) => bindPredicate(each, columns, depth + 1)) }
    }
    case 'not':
      return { kind: 'not', of: bindPredicate(predicate.of, columns, depth + 1) }
    case 'missing':
      return { kind: 'missing', of: bindQuantity(predicate.of, columns, depth + 1) }
    case 'in': {
      const { values } = predicate
      if (!(Array.isArray(values) && values.length > 0)) refuse(columns.subject, 'in must have values', values)
      for (const value of values) if (typeof value !== 'string') checkConstant(columns.subject, value)
      return { kind: 'in', of: bindQuantity(predicate.of, columns, depth + 1), values }
    }
    case 'compare': {
      const { operator, right } = predicate
      if (!comparisons.includes(operator))
        refuse(columns.subject, `comparison must be ${comparisons.join(' ')}`, operator)
      const left = bindQuantity(predicate.left, columns, depth + 1)
      if (right?.kind !== 'text') {
        return { kind: 'compare', operator, left, right: bindQuantity(right, columns, depth + 1) }
      }
      if (typeof right.value !== 'string') refuse(columns.subject, 'text must be a string', right.value)
      if (left.kind !== 'column') refuse(columns.subject, 'text must be compared with a column', left.kind)
      if (operator !== '=' && operator !== '!=') refuse(columns.subject, 'texts must be compared by = or !=', operator)
      return { kind: 'compare', operator, left, right }
    }
    default:
      return refuse(columns.subject, 'predicate must be of a known kind', (predicate as { kind?: unknown }).kind)
  }
}

function bindQuantity(value: Quantity, columns: ColumnNames, depth: number): Quantity {
  checkNode(columns.subject, value, depth)
  switch (value.kind) {
    case 'number':
      checkConstant(columns.subject, value.value)
      return value
    case 'arithmetic':
      if (!operators.includes(value.operator)) refuse(columns.subject, 'operator must be + - * /', value.operator)
      return {
        kind: 'arithmetic',
        operator: value.operator,
        left: bindQuantity(value.left, columns, depth + 1),
        right: bindQuantity(value.right, columns, depth + 1),
      }
    case 'function':
      if (!functions.includes(value.name))
        refuse(columns.subject, `function must be ${functions.join(' ')}`, value.name)
      return { kind: 'function', name: value.name, argument: bindQuantity(value.argument, columns, depth + 1) }
    case 'column':
      return bindColumn(value, columns, depth)
    default:
      return refuse(columns.subject, 'quantity must be of a known kind', (value as { kind?: unknown }).kind)
  }
}

function bindColumn(value: Quantity & { kind: 'column' }, columns: ColumnNames, depth: number): Quantity {
  const { subject, names, mapping } = columns
  const { name, element, otherwise } = value
  if (typeof name !== 'string' || name === '') refuse(subject, 'name of a column must be text', name)
  if (element !== undefined && !(Number.isInteger(element) && element >= 0)) {
    refuse(subject, `element of ${name} must be an integer >= 0`, element)
  }
  const key = findName(subject, Object.keys(mapping ?? {}), name)
  if (key !== undefined) {
    // The mapping speaks of the table's own columns, so it is not applied to its own names.
    return bindQuantity(quantity(mapping?.[key] as QuantityLike), { subject, names }, depth + 1)
  }
  const own = names ? findName(subject, names, name) : name
  if (own !== undefined) return definedOnly({ kind: 'column' as const, name: own, element })
  if (otherwise !== undefined) return bindQuantity(otherwise, columns, depth + 1)
  throw new NotFoundError(`${subject}: column must exist. Received ${name}; the table has ${listed(names ?? [])}.`)
}

/** The name itself, or the one that differs from it in letter case alone. */
export function findName(subject: string, names: readonly string[], name: string): string | undefined {
  if (names.includes(name)) return name
  const same = names.filter((each) => each.toLowerCase() === name.toLowerCase())
  if (same.length > 1) refuse(subject, `column must be named exactly, one of ${same.join(', ')}`, name)
  return same[0]
}

const longestList = 40

function listed(names: readonly string[]): string {
  const more = names.length > longestList ? ` and ${names.length - longestList} more` : ''
  return `${names.slice(0, longestList).join(', ') || 'none'}${more}`
}

/** The columns that a bound predicate reads. */
export function columnsOf(
  bound: Predicate | Quantity | { readonly kind: 'text' },
  into: Set<string> = new Set(),
): Set<string> {
  switch (bound.kind) {
    case 'all':
    case 'any':
      for (const each of bound.of) columnsOf(each, into)
      break
    case 'not':
    case 'missing':
    case 'in':
      columnsOf(bound.of, into)
      break
    case 'compare':
    case 'arithmetic':
      columnsOf(bound.left, into)
      columnsOf(bound.right, into)
      break
    case 'function':
      columnsOf(bound.argument, into)
      break
    case 'column':
      into.add(bound.name)
      break
    default:
  }
  return into
}

function checkNode(subject: string, node: unknown, depth: number): void {
  if (depth > deepest) refuse(subject, `predicate must be at most ${deepest} levels deep`, 'a deeper one')
  if (typeof node !== 'object' || node === null) refuse(subject, 'predicate must be made of objects', node)
}

function checkConstant(subject: string, value: unknown): void {
  if (typeof value !== 'bigint' && !(typeof value === 'number' && Number.isFinite(value))) {
    refuse(subject, 'constant must be a finite number', value)
  }
}

function refuse(subject: string, rule: string, received: unknown): never {
  throw new ParameterError(`${subject}: ${rule}. Received ${describeValue(received)}.`)
}
