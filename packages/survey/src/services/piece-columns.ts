import { FormatError } from '@astronomaly/core'
import type { ColumnType, ColumnValues, Table, TableColumn } from '@astronomaly/core/table'
import { typeOf } from '@astronomaly/core/table'
import type { PieceColumn } from './tap-journal.ts'

/** The columns of a piece, as its journal keeps them. */
export function pieceColumns(table: Table): PieceColumn[] {
  return [...table.columns].map(([name, { values, width }]) => [name, pieceType(values), width])
}

function pieceType(values: ColumnValues): ColumnType | 'empty' {
  const type = typeOf(values)
  return type === 'text' && (values as readonly string[]).every((value) => value === '') ? 'empty' : type
}

/**
 * One type for each column over all pieces: that of the pieces when they agree; text when one has text, else float64.
 *
 * @throws FormatError when two pieces have other columns or widths.
 */
export function commonColumns(pieces: readonly { readonly name: string; readonly columns: readonly PieceColumn[] }[]): {
  readonly name: string
  readonly type: ColumnType
  readonly width: number
}[] {
  const [first] = pieces
  const types = first?.columns.map(([, type]) => type) ?? []
  for (const { name, columns } of pieces) {
    const isSame =
      columns.length === types.length &&
      columns.every(([own, , width], i) => {
        const [wanted, , size] = first?.columns[i] ?? []
        return own === wanted && width === size
      })
    if (!isSame) {
      const has = columns.map(([own]) => own).join(', ')
      throw new FormatError(`downloadTap: pieces must have the same columns as the first. Received ${has}`, {
        source: name,
      })
    }
    for (const [i, [, type]] of columns.entries()) types[i] = commonType(types[i] as ColumnType | 'empty', type)
  }
  return types.map((type, i) => {
    const [name = '', , width = 1] = first?.columns[i] ?? []
    return { name, type: type === 'empty' ? 'text' : type, width }
  })
}

function commonType(a: ColumnType | 'empty', b: ColumnType | 'empty'): ColumnType | 'empty' {
  if (a === b) return a
  const other = a === 'empty' ? b : a
  if ((a === 'empty' || b === 'empty') && ['text', 'float32', 'float64'].includes(other)) return other
  return a === 'text' || b === 'text' ? 'text' : 'float64'
}

/** A column in the type that it has over all pieces. */
export function castColumn(column: TableColumn, type: ColumnType): TableColumn {
  const { values } = column
  const own = pieceType(values)
  if (own === type || (own === 'empty' && type === 'text')) return column
  if (own !== 'empty') {
    if (type === 'text') return { ...column, values: Array.from(values as ArrayLike<unknown>, textOf) }
    return { ...column, values: Float64Array.from(values as ArrayLike<number>, Number) }
  }
  // Without any value there is nothing but missing ones, or no row.
  const { length } = values
  if (type === 'float32') return { ...column, values: new Float32Array(length).fill(Number.NaN) }
  return { ...column, values: new Float64Array(length).fill(Number.NaN) }
}

function textOf(value: unknown): string {
  return typeof value === 'number' && Number.isNaN(value) ? '' : String(value)
}
