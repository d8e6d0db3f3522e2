import {
  type BatchOptions,
  checkNumber,
  definedOnly,
  matrix,
  NotFoundError,
  type OptionRules,
  ParameterError,
  passedOption,
  type RowBatch,
  type RowSource,
  resolveOptions,
  UnsupportedError,
} from '@astronomaly/core'
import type { Catalogue, CatalogueColumn, TableColumn } from '@astronomaly/core/table'

/** Which columns of a catalogue are the values of its rows. */
export interface TableRowSourceOptions {
  /**
   * Names of the columns, in their order. A column of several values a row gives as many.
   * @defaultValue all of floating point and of integers up to 32 bits, in the order of the catalogue
   */
  readonly columns?: readonly string[] | undefined
  /**
   * The column that identifies rows; it is no value unless it is named above.
   * @defaultValue none
   */
  readonly ids?: string | undefined
}

/** The rules of {@link TableRowSourceOptions}. */
export const tableRowRules = {
  columns: passedOption<readonly string[]>(),
  ids: passedOption<string>(),
} satisfies OptionRules<TableRowSourceOptions>

/**
 * The number columns of any catalogue as a row source.
 *
 * @returns A source that can be iterated again and again, in batches of exactly the size asked for. Values are rounded to f32; booleans
 * are 0 and 1; a missing value is NaN.
 * @throws NotFoundError for a column that does not exist; UnsupportedError for a named one that holds text or varies in length;
 * ParameterError when there is no column. Iterating throws what the catalogue throws.
 * @remarks O(values); memory holds one batch.
 */
export function tableRowSource(catalogue: Catalogue, options: TableRowSourceOptions = {}): RowSource {
  const { columns: named, ids } = resolveOptions('tableRowSource', options, tableRowRules)
  const chosen = chooseColumns(catalogue, named)
  const columns = chosen.reduce((sum, { width }) => sum + width, 0)
  const names = chosen.map(({ name }) => name)
  if (ids !== undefined) findColumn(catalogue, ids)
  const wanted = ids === undefined || names.includes(ids) ? names : [...names, ids]
  const { rowCount } = catalogue
  return {
    columns,
    ...definedOnly({ rowCount }),
    batches: ({ batchSize = 4096, signal }: BatchOptions = {}): AsyncGenerator<RowBatch> => {
      checkNumber('tableRowSource: batchSize', batchSize, { integer: true, min: 1 })
      const batches = catalogue.batches({ columns: wanted, batchRows: batchSize, signal })
      return rowsOf(batches, names, columns, ids)
    },
  }
}

async function* rowsOf(
  batches: ReturnType<Catalogue['batches']>,
  names: readonly string[],
  columns: number,
  ids: string | undefined,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    const data = new Float32Array(batch.rowCount * columns)
    let first = 0
    for (const name of names) {
      const { values, width } = batch.columns.get(name) as TableColumn
      for (let row = 0; row < batch.rowCount; row++) {
        const at = row * columns + first
        for (let i = 0; i < width; i++) data[at + i] = Number(values[row * width + i])
      }
      first += width
    }
    const rows = matrix(data, batch.rowCount, columns)
    if (ids === undefined) yield { start: batch.start, rows }
    else {
      const { values } = batch.columns.get(ids) as TableColumn
      yield { start: batch.start, ids: Array.from(values as ArrayLike<unknown>, String), rows }
    }
  }
}

function findColumn(catalogue: Catalogue, name: string): CatalogueColumn {
  const column = catalogue.columns.find((each) => each.name === name)
  if (column) return column
  const known = catalogue.columns.slice(0, 50).map((each) => each.name)
  throw new NotFoundError(`tableRowSource: column ${name} must exist. Known: ${known.join(', ')}.`)
}

function chooseColumns(catalogue: Catalogue, wanted: readonly string[] | undefined): CatalogueColumn[] {
  if (!wanted) {
    const numbers = catalogue.columns.filter(({ type, width }) => type !== 'text' && type !== 'boolean' && width > 0)
    if (numbers.length > 0) return numbers
    throw new ParameterError('tableRowSource: needs at least one number column. Received none.')
  }
  if (wanted.length === 0 || new Set(wanted).size < wanted.length) {
    throw new ParameterError(
      `tableRowSource: columns must be some, none of them twice. Received [${wanted.join(', ')}].`,
    )
  }
  return wanted.map((name) => {
    const column = findColumn(catalogue, name)
    if (column.type !== 'text' && column.width > 0) return column
    throw new UnsupportedError(
      `tableRowSource: column ${name} must hold plain numbers. Received ${column.type === 'text' ? 'text' : 'rows that vary in length'}.`,
    )
  })
}
