import { definedOnly } from '@astronomaly/core'
import {
  type CatalogueColumn,
  type ColumnType,
  type ColumnValues,
  emptyValues,
  settledType,
  type TableColumn,
  type ValueKind,
  valueText,
} from '@astronomaly/core/table'
import { booleanOf, integerOf, isIdentifierName, numberOf, plainNumberOf } from './text-values.ts'

/** What a table of text says of a column beside its cells. */
export interface DeclaredColumn extends Pick<TableColumn, 'unit' | 'description' | 'ucd'> {
  /** What its values are; found out from its cells when absent. */
  readonly kind?: ValueKind
  /** Where a cell is a JSON list: its axis lengths, slowest first, or null where rows vary in length. */
  readonly list?: readonly number[] | null
}

/** Least and most of the integers that fit a kind. */
const ranges = {
  uint8: [0, 2 ** 8 - 1],
  int16: [-(2 ** 15), 2 ** 15 - 1],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
} as const

/** Says that a cell cannot be read. */
export type CellFault = (cell: string, row: number) => never

/**
 * One column of a table of text: finds out from its cells what they are, and makes values of them.
 *
 * @remarks What is asked for precedes what is declared, and that what the cells look like. A cell that is not what is declared makes its column text.
 */
export class TextColumn {
  readonly name: string
  private readonly asked: 'text' | 'float64' | undefined
  private readonly declared: DeclaredColumn
  /** Undefined: numbers as long as {@link TextColumn.maybe}. */
  private kind: ValueKind | undefined
  private list: readonly number[] | null | undefined
  private maybe: boolean
  private some = false
  private missing = false
  private unsafe = false
  /** The first cell that is not what is declared. */
  contradiction: { readonly cell: string; readonly line: number; readonly kind: ValueKind } | undefined

  constructor(name: string, asked: ColumnType | undefined, declared: DeclaredColumn = {}) {
    this.name = name
    this.asked = asked === 'text' || asked === 'float64' ? asked : undefined
    this.declared = declared
    this.kind = this.asked ?? declared.kind
    this.list = this.asked ? undefined : declared.list
    this.maybe = this.kind === undefined && !isIdentifierName(name)
  }

  /** Looks at a cell. */
  see(cell: string, line: number): void {
    if (this.kind === undefined) {
      if (!this.maybe) return
      const value = plainNumberOf(cell)
      if (value === undefined) this.maybe = false
      else if (!Number.isNaN(value)) this.some = true
      return
    }
    if (this.asked || (this.kind === 'text' && this.list === undefined)) return
    const items = this.itemsOf(cell)
    if (items?.every((item) => this.note(item))) return
    this.contradiction = { cell, line, kind: this.kind }
    this.kind = 'text'
    this.list = undefined
  }

  /** Looks at cells, of which each has its line. */
  seeAll(cells: readonly string[], lines: readonly number[]): void {
    for (let row = 0; row < cells.length; row++) this.see(cells[row] as string, lines[row] as number)
  }

  /** The column as it is after what has been seen. */
  column(): CatalogueColumn {
    const { unit, description, ucd } = this.declared
    const type =
      this.kind === undefined
        ? this.isNumbers
          ? 'float64'
          : 'text'
        : settledType(this.kind, { missing: this.missing, unsafe: this.unsafe })
    const width = this.list === null ? 0 : (this.list ?? []).reduce((product, length) => product * length, 1)
    const shape = this.list && this.list.length > 1 ? this.list : undefined
    return definedOnly({ name: this.name, type, width, shape, unit, description, ucd })
  }

  /** The types that the same cells could have without loss. */
  alternatives(): readonly ColumnType[] {
    if (this.kind === undefined) return this.maybe && !this.some ? ['float64'] : ['text']
    if (this.kind === 'text' || this.unsafe) return []
    return this.kind === 'int64' ? ['text'] : ['float64', 'text']
  }

  /** Cells as a column of this type. @param fault - Called for a cell that is no such value. */
  read(cells: readonly string[], type: ColumnType, fault: CellFault): TableColumn {
    const { name: _, type: __, ...rest } = this.column()
    const { list } = this
    if (list === undefined) return { values: this.valuesOf(cells, type, fault), ...rest }
    const rows = cells.map((cell, row) => this.itemsOf(cell) ?? fault(cell, row))
    const items = rows.flat()
    const values = this.valuesOf(items, type, (item) => fault(item, rowOfItem(rows, items.indexOf(item))))
    if (list !== null) return { values, ...rest }
    const offsets = new Uint32Array(rows.length + 1)
    for (const [row, { length }] of rows.entries()) offsets[row + 1] = (offsets[row] as number) + length
    return { values, offsets, ...rest }
  }

  private get isNumbers(): boolean {
    return this.maybe && this.some
  }

  /** The values of a cell as text; undefined when it is no list of as many as there should be. */
  private itemsOf(cell: string): readonly string[] | undefined {
    const { list } = this
    if (list === undefined) return [cell]
    const wanted = list?.reduce((product, length) => product * length, 1)
    // A blank is no list of fixed length: a few bytes must not stand for as many values as a header says.
    if (cell.trim() === '') return wanted === undefined ? [] : undefined
    const items = this.kind === 'text' ? stringsOf(cell) : tokensOf(cell)
    return wanted === undefined || items?.length === wanted ? items : undefined
  }

  /** Takes note of a value; false when it is not what is declared. */
  private note(item: string): boolean {
    const { kind } = this
    if (kind === 'text') return true
    const value = kind === 'boolean' ? booleanOf(item) : kind === 'int64' ? integerOf(item) : numberOf(item)
    if (value === undefined) return false
    if (typeof value === 'bigint') this.unsafe = true
    else if (Number.isNaN(value)) this.missing = true
    else if (kind !== undefined && kind in ranges) {
      const [least, most] = ranges[kind as keyof typeof ranges]
      return Number.isInteger(value) && value >= least && value <= most
    }
    return true
  }

  private valuesOf(cells: readonly string[], type: ColumnType, fault: CellFault): ColumnValues {
    const { kind } = this
    if (type === 'text') return kind === 'int64' ? cells.map((cell) => valueText(integerOf(cell))) : cells
    if (type === 'boolean') return cells.map((cell) => booleanOf(cell) === 1)
    const values = emptyValues(type, cells.length) as Float64Array
    const read = kind === 'boolean' ? booleanOf : numberOf
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i] as string
      // Cells that have been found to be numbers need no second look, but that Number('') is 0.
      const value = kind === undefined ? Number(cell) : 0
      values[i] = value !== 0 && !Number.isNaN(value) ? value : (read(cell) ?? fault(cell, i))
    }
    return values
  }
}

function rowOfItem(rows: readonly (readonly string[])[], item: number): number {
  let end = 0
  return rows.findIndex(({ length }) => {
    end += length
    return item < end
  })
}

/** The values of a JSON list of numbers or truth values, of any depth. */
function tokensOf(cell: string): string[] | undefined {
  const bare = /^\s*\[(.*)\]\s*$/s.exec(cell)?.[1]?.replace(/[[\]]/g, '').trim()
  if (bare === undefined) return undefined
  return bare === '' ? [] : bare.split(',').map((token) => token.trim())
}

/** The strings of a JSON list of strings and nulls, of any depth. */
function stringsOf(cell: string): string[] | undefined {
  try {
    const list: unknown = JSON.parse(cell)
    const items: unknown[] = Array.isArray(list) ? list.flat(Number.POSITIVE_INFINITY) : []
    const isText = items.every((item) => typeof item === 'string' || item === null)
    return Array.isArray(list) && isText ? items.map((item) => (item === null ? '' : (item as string))) : undefined
  } catch {
    return undefined
  }
}
