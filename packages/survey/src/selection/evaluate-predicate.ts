import { NotFoundError, ParameterError, passedOption, resolveOptions, ShapeError } from '@astronomaly/core'
import type { ColumnValues, Table, TableColumn } from '@astronomaly/core/table'
import { bindPredicate, type ColumnMapping, columnsOf } from './bind-predicate.ts'
import type { Predicate, Quantity } from './predicate.ts'
import {
  apply,
  combine,
  compareNumbers,
  constant,
  isMissingNumber,
  type Numbers,
  plainNumber,
  truth,
} from './row-numbers.ts'

/** Which columns a predicate's names mean. */
export interface PredicateOptions {
  /**
   * What a table has instead of a column that the predicate names: `{ flux_g: 'decam_flux[1]' }`. It goes before a column of the
   * same name, and may be a quantity.
   * @defaultValue the predicate's own names
   */
  readonly columns?: ColumnMapping | undefined
}

const rules = { columns: passedOption<ColumnMapping>() }

/**
 * Which rows meet a predicate.
 *
 * @returns 1 for each row for which it is true, else 0.
 * @throws NotFoundError when the table lacks a column; ShapeError when a vector column is used without an element or the element
 * does not exist; ParameterError when the predicate is damaged or compares a text with a number.
 * @remarks Logic has three values, as in SQL: a comparison with a missing value (NaN, or empty text) is unknown, so is its `not`,
 * and unknown rows have 0. An element that a row of a column of variable length does not have is missing. Numbers are compared exactly, 64-bit integers too; arithmetic is float64. A text column can be
 * compared with a bigint when its cells are integers. O(rows) for each part of the predicate, in time and memory.
 */
export function evaluatePredicate(table: Table, predicate: Predicate, options: PredicateOptions = {}): Uint8Array {
  const subject = 'evaluatePredicate'
  const { columns: mapping } = resolveOptions(subject, options, rules)
  const names = [...table.columns.keys()]
  return evaluateBound(table, bindPredicate(predicate, { subject, names, mapping }), subject)
}

/**
 * The names of the columns that a predicate reads.
 *
 * @param names - The columns that the table has; without it every name is taken for one that exists.
 * @returns The table's own names, each once.
 * @throws NotFoundError when the table lacks a column; ParameterError when the predicate is damaged.
 */
export function predicateColumns(
  predicate: Predicate,
  names?: readonly string[],
  options: PredicateOptions = {},
): readonly string[] {
  const subject = 'predicateColumns'
  const { columns: mapping } = resolveOptions(subject, options, rules)
  return [...columnsOf(bindPredicate(predicate, { subject, names, mapping }))]
}

/** {@link evaluatePredicate} of a predicate whose columns are the table's. */
export function evaluateBound(table: Table, predicate: Predicate, subject: string): Uint8Array {
  const states = new PredicateEvaluation(table, subject).states(predicate)
  for (let row = 0; row < states.length; row++) states[row] = Number(states[row] === truth.yes)
  return states
}

class PredicateEvaluation {
  private readonly table: Table
  private readonly subject: string

  constructor(table: Table, subject: string) {
    this.table = table
    this.subject = subject
  }

  states(predicate: Predicate): Uint8Array {
    const { rowCount } = this.table
    switch (predicate.kind) {
      case 'all': {
        const out = new Uint8Array(rowCount).fill(truth.yes)
        for (const each of predicate.of) {
          const states = this.states(each)
          for (let row = 0; row < rowCount; row++) if (states[row]! < out[row]!) out[row] = states[row]!
        }
        return out
      }
      case 'any': {
        const out = new Uint8Array(rowCount)
        for (const each of predicate.of) {
          const states = this.states(each)
          for (let row = 0; row < rowCount; row++) if (states[row]! > out[row]!) out[row] = states[row]!
        }
        return out
      }
      case 'not': {
        const out = this.states(predicate.of)
        for (let row = 0; row < rowCount; row++) out[row] = truth.yes - out[row]!
        return out
      }
      case 'missing': {
        const text = this.text(predicate.of)
        const values = text ?? this.numbers(predicate.of)
        return this.each((row) => Number(text ? text[row]!.trimEnd() === '' : isMissingNumber(values[row])) * truth.yes)
      }
      case 'in':
        return this.oneOf(predicate.of, predicate.values)
      default:
        return this.compare(predicate)
    }
  }

  private each(state: (row: number) => number): Uint8Array {
    const out = new Uint8Array(this.table.rowCount)
    for (let row = 0; row < out.length; row++) out[row] = state(row)
    return out
  }

  private compare({ operator, left, right }: Predicate & { kind: 'compare' }): Uint8Array {
    if (right.kind === 'text') {
      const cells = this.text(left) ?? this.refuse(left, 'text')
      const wanted = right.value.trimEnd()
      const [same, other] = operator === '=' ? [truth.yes, truth.no] : [truth.no, truth.yes]
      return this.each((row) => {
        const cell = cells[row]!.trimEnd()
        return cell === '' ? truth.unknown : cell === wanted ? same : other
      })
    }
    const exact = isWhole(left) || isWhole(right)
    return compareNumbers(this.numbers(left, exact), operator, this.numbers(right, exact), this.table.rowCount)
  }

  private oneOf(of: Quantity, values: readonly (number | bigint | string)[]): Uint8Array {
    const kinds = new Set(values.map((value) => typeof value === 'string'))
    if (kinds.size > 1) {
      throw new ParameterError(`${this.subject}: values must be all numbers or all texts. Received both.`)
    }
    if (kinds.has(true)) {
      const cells = this.text(of) ?? this.refuse(of, 'text')
      const wanted = new Set(values.map((value) => String(value).trimEnd()))
      return this.each((row) => {
        const cell = cells[row]!.trimEnd()
        return cell === '' ? truth.unknown : wanted.has(cell) ? truth.yes : truth.no
      })
    }
    const column = this.numbers(
      of,
      values.some((value) => typeof value === 'bigint'),
    )
    const wanted = new Set(values.map(plainNumber))
    return this.each((row) => {
      const value = column[row]!
      return isMissingNumber(value) ? truth.unknown : wanted.has(plainNumber(value)) ? truth.yes : truth.no
    })
  }

  /** A text column's cells; undefined when the quantity is something else. */
  private text(of: Quantity): readonly string[] | undefined {
    if (of.kind !== 'column') return undefined
    const column = this.column(of.name)
    return isTextColumn(column.values) ? (this.element(of, column) as readonly string[]) : undefined
  }

  /** @param integers - Whether cells of text that are integers count as numbers. */
  private numbers(of: Quantity, integers = false): Numbers {
    switch (of.kind) {
      case 'number':
        return constant(of.value, this.table.rowCount)
      case 'arithmetic':
        return combine(of.operator, this.numbers(of.left), this.numbers(of.right), this.table.rowCount)
      case 'function': {
        const values = this.numbers(of.argument)
        return Float64Array.from({ length: this.table.rowCount }, (_, row) => apply(of.name, Number(values[row])))
      }
      default: {
        const text = this.text(of)
        if (text && text.length > 0) return integers ? this.integers(of, text) : this.refuse(of, 'numbers')
        return this.element(of, this.column(of.name)) as Numbers
      }
    }
  }

  private integers(of: Quantity, cells: readonly string[]): Numbers {
    return cells.map((cell): number | bigint => {
      if (cell === '') return Number.NaN
      return /^\s*[+-]?\d{1,40}\s*$/.test(cell) ? BigInt(cell) : this.refuse(of, 'integers', cell)
    }) as unknown as Numbers
  }

  private element(of: Quantity & { kind: 'column' }, column: TableColumn): ArrayLike<unknown> {
    const { name, element } = of
    const { values, width, offsets } = column
    const { rowCount } = this.table
    const wanted = offsets?.[rowCount] ?? rowCount * width
    if (values.length !== wanted) {
      throw new ShapeError(`${this.subject}: ${name} must have ${wanted} values. Received ${values.length}.`)
    }
    if (element === undefined) {
      if (width === 1) return values
      const has = offsets ? 'any number' : width
      throw new ShapeError(`${this.subject}: ${name} must have one value a row, or an element be named. It has ${has}.`)
    }
    if (offsets) {
      const missing = isTextColumn(values) ? '' : Number.NaN
      return Array.from({ length: rowCount }, (_, row) => {
        const place = (offsets[row] as number) + element
        return place < (offsets[row + 1] as number) ? values[place] : missing
      })
    }
    if (element >= width) {
      throw new ShapeError(
        `${this.subject}: element of ${name} must be below its width. Received ${element} of ${width}.`,
      )
    }
    return width === 1 ? values : Array.from({ length: rowCount }, (_, row) => values[row * width + element])
  }

  private column(name: string): TableColumn {
    const found = this.table.columns.get(name)
    if (!found) throw new NotFoundError(`${this.subject}: column must exist. Received ${name}.`)
    return found
  }

  private refuse(of: Quantity, wanted: string, received = `what does not`): never {
    const name = of.kind === 'column' ? `column ${of.name}` : 'quantity'
    throw new ParameterError(`${this.subject}: ${name} must hold ${wanted}. Received ${received}.`)
  }
}

/** An empty list tells no type, and counts as text. */
function isTextColumn(values: ColumnValues): boolean {
  return Array.isArray(values) && typeof values[0] !== 'boolean'
}

function isWhole(of: Quantity): boolean {
  return of.kind === 'number' && typeof of.value === 'bigint'
}
