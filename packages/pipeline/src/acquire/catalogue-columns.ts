import { definedOnly, FormatError, NotFoundError, ParameterError } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { cellNumber, cellText } from '@astronomaly/io'
import {
  findIdColumn,
  findPositionColumns,
  type NamedColumn,
  type PositionColumns,
  type PositionOptions,
} from '@astronomaly/io/sky'

/** What is known of a column before its rows are read. */
export interface KnownColumn extends NamedColumn {
  /** Values a row. */
  readonly width: number
}

/** A table's columns, as they are known before rows are read. */
export function columnsOf({ columns }: Table): KnownColumn[] {
  return Array.from(columns, ([name, { width, unit, ucd }]) => definedOnly({ name, width, unit, ucd }))
}

/** Names shown in a message. */
const shown = 50

/** Finds columns by name in a catalogue whose rows are not read yet. */
export class ColumnFinder {
  readonly #subject: string
  readonly #source: string
  readonly #columns: readonly KnownColumn[]

  constructor(subject: string, source: string, columns: readonly KnownColumn[]) {
    this.#subject = subject
    this.#source = source
    this.#columns = columns
  }

  /**
   * The column of that name; when there is none, the only one that differs from it in case alone.
   *
   * @throws NotFoundError when there is none; FormatError when its rows hold several values.
   */
  named(name: string): string {
    const alike = this.#columns.filter((column) => column.name.toLowerCase() === name.toLowerCase())
    const column = alike.find((one) => one.name === name) ?? (alike.length === 1 ? alike[0] : undefined)
    if (!column) {
      throw new NotFoundError(
        `${this.#subject}: column must exist. Received ${name}; the catalogue has ${this.#list()} (${this.#source}).`,
      )
    }
    if (column.width !== 1) {
      throw new FormatError(`${this.#subject}: column ${column.name} must have one value a row`, {
        source: this.#source,
      })
    }
    return column.name
  }

  /** The column of ids: the named one, else one of a usual name. @throws FormatError when there is none. */
  id(given: string | undefined): string {
    const name = given ?? findIdColumn(this.#columns)
    if (name !== undefined) return this.named(name)
    throw new FormatError(
      `${this.#subject}: catalogue must have a column id (or of another usual name), or be told its name. It has ${this.#list()}`,
      { source: this.#source },
    )
  }

  /** The columns of positions: the named ones, else a pair of usual names. @throws FormatError when there is none. */
  positions({ raColumn, decColumn, frame }: PositionOptions): PositionColumns {
    const pair = findPositionColumns(this.#columns, {
      raColumn: raColumn === undefined ? undefined : this.named(raColumn),
      decColumn: decColumn === undefined ? undefined : this.named(decColumn),
      frame,
    })
    if (!pair) {
      throw new FormatError(
        `${this.#subject}: catalogue must have columns ra and dec (or of other usual names), or be told their names. It has ${this.#list()}`,
        { source: this.#source },
      )
    }
    this.named(pair.raColumn)
    this.named(pair.decColumn)
    return pair
  }

  /** The parts of an id: a column's name, or a template such as `{brickid}_{objid}`. */
  idParts(named: string | undefined): IdParts {
    const isColumn = named === undefined || !named.includes('{') || this.#columns.some(({ name }) => name === named)
    if (isColumn) return { texts: ['', ''], columns: [this.id(named)] }
    const parts = named.split(/\{([^{}]*)\}/)
    const columns = parts.filter((_, i) => i % 2 === 1)
    const texts = parts.filter((_, i) => i % 2 === 0)
    if (columns.includes('') || texts.some((text) => /[{}]/.test(text))) {
      throw new ParameterError(
        `${this.#subject}: idColumn must be a column, or have a column's name in each pair of braces. Received ${named}.`,
      )
    }
    return { texts, columns: columns.map((name) => this.named(name)) }
  }

  #list(): string {
    const names = this.#columns.slice(0, shown).map(({ name }) => name)
    return `${names.join(', ')}${this.#columns.length > shown ? ' …' : ''}`
  }
}

/** Columns whose values stand between fixed texts, of which there is one more. */
export interface IdParts {
  readonly texts: readonly string[]
  readonly columns: readonly string[]
}

/** The id of a row; empty when one of its values is missing. */
export function idOfRow(table: Table, row: number, { texts, columns }: IdParts): string {
  let id = texts[0] as string
  for (const [i, name] of columns.entries()) {
    const value = cellValue(table.columns.get(name) as TableColumn, row)
    if (value === '' || Number.isNaN(value)) return ''
    id += `${value}${texts[i + 1] as string}`
  }
  return id.trim()
}

/** One cell: numbers as they are, NaN where missing, the rest as trimmed text. */
export function cellValue(column: TableColumn, row: number): string | number {
  return typeof column.values[row] === 'number' ? cellNumber(column, row) : cellText(column, row)
}
