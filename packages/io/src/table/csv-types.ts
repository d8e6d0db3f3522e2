import { FormatError, NotFoundError, ParameterError, type Warning } from '@astronomaly/core'
import type { ColumnType } from '@astronomaly/core/table'
import type { CsvHandler } from './csv-reader.ts'
import { type CellFault, type DeclaredColumn, TextColumn } from './text-column.ts'

/** Finds out what the columns of a table of text are, as its rows pass. */
export class CsvTypes implements CsvHandler {
  readonly source: string
  columns: readonly TextColumn[] = []
  rows = 0
  private readonly types: ReadonlyMap<string, ColumnType>
  private readonly onWarning: ((warning: Warning) => void) | undefined

  /** @throws ParameterError for types that are not asked of text. */
  constructor(
    source: string,
    types: Readonly<Record<string, ColumnType>>,
    onWarning: ((warning: Warning) => void) | undefined,
  ) {
    this.source = source
    this.types = new Map(Object.entries(types))
    this.onWarning = onWarning
    for (const [name, type] of this.types) {
      if (type === 'text' || type === 'float64') continue
      throw new ParameterError(
        `catalogue: types of text files must be text or float64. Received ${type} for ${name} (${source}).`,
      )
    }
  }

  /** Whether all types are given, so that no row need be looked at. */
  get isSettled(): boolean {
    return this.columns.length > 0 && this.columns.every(({ name }) => this.types.has(name))
  }

  header(names: readonly string[], declared: readonly (DeclaredColumn | undefined)[]): void {
    this.columns = names.map((name, i) => new TextColumn(name, this.types.get(name), declared[i]))
  }

  row(cells: readonly string[], line: number): void {
    this.rows++
    for (let i = 0; i < cells.length; i++) (this.columns[i] as TextColumn).see(cells[i] as string, line)
  }

  /** Ends the search. @throws NotFoundError for a type that is asked of no column. */
  finish(): void {
    for (const name of this.types.keys()) {
      if (this.columns.some((column) => column.name === name)) continue
      throw new NotFoundError(`catalogue: column must exist. Received ${name} (${this.source}).`)
    }
    for (const { name, contradiction } of this.columns) {
      if (!contradiction) continue
      const { cell, line, kind } = contradiction
      this.onWarning?.({
        message: `csv: column ${name} is declared as ${kind} and read as text. Received ${shown(cell)} on line ${line} (${this.source})`,
      })
    }
  }
}

/** What throws for a cell that is not what its column must hold. @param lineOf - The line of a row. */
export function cellFault(source: string, name: string, lineOf: (row: number) => number | undefined): CellFault {
  return (cell, row) => {
    throw new FormatError(`csv: column must hold numbers. Received ${shown(cell)} on line ${lineOf(row)}`, {
      source,
      keyword: name,
    })
  }
}

function shown(cell: string): string {
  return JSON.stringify(cell.slice(0, 40))
}
