import {
  checkNumber,
  describeValue,
  numberOption,
  ParameterError,
  passedOption,
  resolveOptions,
  UnsupportedError,
} from '@astronomaly/core'
import { reservedWords } from './adql-words.ts'
import type { ColumnMapping } from './bind-predicate.ts'
import { bindPredicate } from './bind-predicate.ts'
import { bindCuts, checkCuts } from './evaluate-cuts.ts'
import type { Cut, Predicate, Quantity } from './predicate.ts'

/** A query for rows of one table. */
export interface AdqlQuery {
  /** Schema and table, divided by dots: `'ls_dr8.tractor'`; a list where a name has a dot itself: `['viz1', 'J/A.B/table']`. */
  readonly table: string | readonly string[]
  /**
   * The columns to give.
   * @defaultValue all
   */
  readonly select?: readonly string[] | undefined
  /** All of them must keep a row. */
  readonly cuts?: readonly Cut[] | undefined
  /** A range of an integer column, both ends included. */
  readonly ids?: { readonly column: string; readonly from: number | bigint; readonly to: number | bigint } | undefined
  /** Most rows to give. */
  readonly top?: number | undefined
  /** Columns to sort by, ascending. */
  readonly orderBy?: readonly string[] | undefined
}

/** What the table of a query looks like. */
export interface AdqlOptions {
  /** What the table has instead of columns that the cuts name. */
  readonly columns?: ColumnMapping | undefined
  /**
   * The names of the table's columns. Known, they decide between a column and what stands for it, and a lacking one is an error.
   * @defaultValue every column that a cut names exists
   */
  readonly tableColumns?: readonly string[] | undefined
  /**
   * Columns of text that the service pads with spaces to a fixed length: `{ type: 4 }` compares with `'PSF'` and `'PSF '`.
   * @defaultValue none
   */
  readonly textLengths?: Readonly<Record<string, number>> | undefined
}

const queryRules = {
  table: passedOption<AdqlQuery['table']>(),
  select: passedOption<readonly string[]>(),
  cuts: (value: readonly Cut[] | undefined): readonly Cut[] => value ?? [],
  ids: passedOption<NonNullable<AdqlQuery['ids']>>(),
  top: numberOption(undefined, { min: 0, max: 2 ** 53 - 1, integer: true }),
  orderBy: (value: readonly string[] | undefined): readonly string[] => value ?? [],
}

const rules = {
  columns: passedOption<ColumnMapping>(),
  tableColumns: passedOption<readonly string[]>(),
  textLengths: (value: Readonly<Record<string, number>> | undefined) => value ?? {},
}

/**
 * Writes cuts as one ADQL query.
 *
 * @returns `SELECT … FROM … WHERE …`, on one line.
 * @throws ParameterError when a part is damaged, or a text holds a control character or a backslash; UnsupportedError for an
 * element of a vector column, which ADQL does not have; NotFoundError when `tableColumns` lacks a column.
 * @remarks Names that are not plain or are reserved (`dec`) are delimited and then written exactly as given, texts are quoted,
 * numbers are the shortest decimals that read back as the same float64. Texts with backslashes are refused, because some
 * databases take one for an escape. Division multiplies by 1.0 first, so that integers are not divided as integers. A service gives
 * the same rows as `evaluatePredicate` when its missing values are NULL; a service may fail where a part of a
 * predicate divides by 0 or takes a root or logarithm out of range.
 * @see https://www.ivoa.net/documents/ADQL/20231215/
 */
export function renderAdql(query: AdqlQuery, options: AdqlOptions = {}): string {
  return renderQuery('renderAdql', query, options)
}

/**
 * Writes the query that counts the rows of another: `SELECT COUNT(*) AS row_count FROM … WHERE …`, without top and order.
 *
 * @throws As {@link renderAdql}.
 */
export function countAdql(query: AdqlQuery, options: AdqlOptions = {}): string {
  const { top: _, orderBy: __, ...rest } = query
  return renderQuery('countAdql', rest, options, 'COUNT(*) AS row_count')
}

function renderQuery(subject: string, query: AdqlQuery, options: AdqlOptions, list?: string): string {
  const { cuts, ids, select, top, orderBy, ...from } = resolveOptions(subject, query, queryRules)
  const { columns, tableColumns, textLengths } = resolveOptions(subject, options, rules)
  checkCuts(subject, cuts)
  const writer = new AdqlWriter(subject, textLengths)
  const conditions = bindCuts(subject, cuts, tableColumns, columns).keep as readonly Predicate[]
  const where = conditions.map((each) => writer.predicate(each, binding.and))
  if (ids) {
    const { column, from, to } = ids
    where.push(`${writer.name(column)} BETWEEN ${writer.integer(from)} AND ${writer.integer(to)}`)
  }
  const table = typeof from.table === 'string' ? from.table.split('.') : from.table
  if (!(Array.isArray(table) && table.length >= 1 && table.length <= 3)) {
    throw new ParameterError(`${subject}: table must have 1 to 3 parts. Received ${describeValue(from.table)}.`)
  }
  if (select?.length === 0) throw new ParameterError(`${subject}: select must name a column. Received none.`)
  const order = orderBy.map((name) => writer.name(name))
  return [
    `SELECT ${top === undefined ? '' : `TOP ${top} `}${list ?? select?.map((name) => writer.name(name)).join(', ') ?? '*'}`,
    `FROM ${table.map((part) => writer.name(part)).join('.')}`,
    where.length > 0 ? `WHERE ${where.join(' AND ')}` : '',
    order.length > 0 ? `ORDER BY ${order.join(', ')}` : '',
  ]
    .filter(Boolean)
    .join(' ')
}

/**
 * Writes a predicate as an ADQL condition, as it stands after WHERE.
 *
 * @throws As {@link renderAdql}.
 */
export function predicateAdql(predicate: Predicate, options: AdqlOptions = {}): string {
  const subject = 'predicateAdql'
  const { columns, tableColumns, textLengths } = resolveOptions(subject, options, rules)
  const bound = bindPredicate(predicate, { subject, names: tableColumns, mapping: columns })
  return new AdqlWriter(subject, textLengths).predicate(bound, binding.or)
}

/** How tightly an operator holds its operands; one inside a tighter one needs parentheses. */
const binding = { or: 1, and: 2, not: 3, sum: 4, product: 5, atom: 6 } as const

const functionNames = { abs: 'ABS', log10: 'LOG10', sqrt: 'SQRT' } as const

class AdqlWriter {
  private readonly subject: string
  private readonly textLengths: Readonly<Record<string, number>>

  constructor(subject: string, textLengths: Readonly<Record<string, number>>) {
    this.subject = subject
    this.textLengths = textLengths
  }

  predicate(predicate: Predicate, within: number): string {
    switch (predicate.kind) {
      case 'all':
      case 'any': {
        const [only] = predicate.of
        if (!only) return predicate.kind === 'all' ? '1 = 1' : '1 = 0'
        if (predicate.of.length === 1) return this.predicate(only, within)
        const [own, word] = predicate.kind === 'all' ? [binding.and, ' AND '] : [binding.or, ' OR ']
        return enclose(predicate.of.map((each) => this.predicate(each, own)).join(word), own < within)
      }
      case 'not':
        return `NOT (${this.predicate(predicate.of, binding.or)})`
      case 'missing':
        return `${this.quantity(predicate.of, binding.sum)} IS NULL`
      case 'in':
        return `${this.quantity(predicate.of, binding.sum)} IN (${this.values(predicate.of, predicate.values)})`
      default: {
        const { operator, left, right } = predicate
        if (right.kind !== 'text') {
          return `${this.quantity(left, binding.sum)} ${sqlOperator(operator)} ${this.quantity(right, binding.sum)}`
        }
        const forms = this.textForms(left, right.value)
        if (forms.length === 1) return `${this.quantity(left, binding.sum)} ${sqlOperator(operator)} ${forms[0]}`
        return `${this.quantity(left, binding.sum)} ${operator === '=' ? 'IN' : 'NOT IN'} (${forms.join(', ')})`
      }
    }
  }

  private values(of: Quantity, values: readonly (number | bigint | string)[]): string {
    return values
      .flatMap((value) => (typeof value === 'string' ? this.textForms(of, value) : [numberText(value)]))
      .join(', ')
  }

  /** A text, and where the column is padded also with its spaces. */
  private textForms(of: Quantity, value: string): string[] {
    const text = value.trimEnd()
    const name = of.kind === 'column' ? of.name.toLowerCase() : ''
    const key = Object.keys(this.textLengths).find((each) => each.toLowerCase() === name)
    const length =
      key === undefined ? 0 : checkNumber(`${this.subject}: textLengths.${key}`, this.textLengths[key], lengths)
    return [...new Set([text, text.padEnd(length)])].map((each) => this.text(each))
  }

  private quantity(of: Quantity, within: number): string {
    switch (of.kind) {
      case 'number':
        return enclose(numberText(of.value), of.value < 0 && within > binding.sum)
      case 'function':
        return `${functionNames[of.name]}(${this.quantity(of.argument, binding.sum)})`
      case 'arithmetic': {
        const isSum = of.operator === '+' || of.operator === '-'
        const own = isSum ? binding.sum : binding.product
        // One more on the right: a - (b - c), and -(-1) never becomes a comment.
        const right = this.quantity(of.right, own + 1)
        if (of.operator === '/') return enclose(`${this.quantity(of.left, own)} * 1.0 / ${right}`, own < within)
        return enclose(`${this.quantity(of.left, own)} ${of.operator} ${right}`, own < within)
      }
      default:
        if (of.element === undefined) return this.name(of.name)
        throw new UnsupportedError(
          `${this.subject}: ADQL must name whole columns. Received element ${of.element} of ${of.name}.`,
        )
    }
  }

  integer(value: unknown): string {
    if (typeof value === 'bigint') return String(value)
    return String(checkNumber(`${this.subject}: id`, value, { integer: true, min: -(2 ** 53) + 1, max: 2 ** 53 - 1 }))
  }

  name(name: unknown): string {
    const ok = typeof name === 'string' && name !== '' && !hasControl(name)
    if (!ok) {
      const rule = 'name must be text without control characters'
      throw new ParameterError(`${this.subject}: ${rule}. Received ${JSON.stringify(name)}.`)
    }
    const isPlain = /^[A-Za-z][A-Za-z0-9_]*$/.test(name) && !reservedWords.has(name.toUpperCase())
    return isPlain ? name : `"${name.replaceAll('"', '""')}"`
  }

  private text(text: string): string {
    if (hasControl(text) || text.includes('\\')) {
      const rule = 'text must not hold a control character or a backslash'
      throw new ParameterError(`${this.subject}: ${rule}. Received ${JSON.stringify(text)}.`)
    }
    return `'${text.replaceAll("'", "''")}'`
  }
}

const lengths = { min: 0, max: 1000, integer: true } as const

function enclose(text: string, needed: boolean): string {
  return needed ? `(${text})` : text
}

function sqlOperator(operator: string): string {
  return operator === '!=' ? '<>' : operator
}

/** ADQL's form of a number: digits, or mantissa and exponent. */
function numberText(value: number | bigint): string {
  if (Object.is(value, -0)) return '0'
  return String(value).replace('e+', 'E').replace('e', 'E')
}

function hasControl(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  return /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)
}
