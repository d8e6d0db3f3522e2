import { NotFoundError, type Progress, passedOption, resolveOptions } from '@astronomaly/core'
import type { TableBatch, TableColumn } from '@astronomaly/core/table'
import { type ColumnMapping, columnsOf, findName } from './bind-predicate.ts'
import { batchRules, bindCuts, checkCuts } from './evaluate-cuts.ts'
import { evaluateBound } from './evaluate-predicate.ts'
import type { Cut, Predicate } from './predicate.ts'
import { readSource, type TableSource } from './table-source.ts'
import { takeRows } from './take-rows.ts'

/** How rows are selected. */
export interface SelectRowsOptions {
  /**
   * The columns to give, in this order and under these names; letters of either case find the table's.
   * @defaultValue all, by the table's own names
   */
  readonly select?: readonly string[] | undefined
  /** What the table has instead of columns that the cuts name. */
  readonly columns?: ColumnMapping | undefined
  /**
   * Most rows to look at at a time.
   * @defaultValue what the source gives
   */
  readonly batchRows?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

const rules = { ...batchRules, select: passedOption<readonly string[]>() }

/** Rows that met all cuts. */
export interface SelectedBatch extends TableBatch {
  /** The number of the first row among the selected. */
  readonly start: number
  /** The number in the source of each row, from 0, ascending. */
  readonly rows: Float64Array
}

/**
 * The rows that meet all cuts, in the order of the source.
 *
 * @param source - Of a catalogue, only the columns that the cuts read and that are wanted.
 * @param cuts - A row for which a cut is unknown (a missing value) is not selected.
 * @returns A batch for each batch of the source in which there is such a row; values are copies.
 * @throws NotFoundError naming a column that the table lacks, and the cut that wants it; ParameterError when cuts or options are
 * damaged; the signal's reason.
 * @remarks Holds one batch.
 */
export async function* selectRows(
  source: TableSource,
  cuts: readonly Cut[],
  options: SelectRowsOptions = {},
): AsyncGenerator<SelectedBatch, void, undefined> {
  const subject = 'selectRows'
  const { select, columns, batchRows, signal, onProgress } = resolveOptions(subject, options, rules)
  checkCuts(subject, cuts)
  const bind = (names: readonly string[]): readonly Predicate[] => {
    return bindCuts(subject, cuts, names, columns).keep as readonly Predicate[]
  }
  let start = 0
  let seen = 0
  const batches = readSource(subject, source, {
    choose: (names) => {
      const needed = new Set(wantedColumns(subject, select, names).values())
      for (const each of bind(names)) columnsOf(each, needed)
      return names.filter((name) => needed.has(name))
    },
    batchRows,
    signal,
  })
  for await (const batch of batches) {
    const names = [...batch.columns.keys()]
    const wanted = wantedColumns(subject, select, names)
    const masks = bind(names).map((keep, i) => evaluateBound(batch, keep, `${subject}: cut ${cuts[i]?.name}`))
    const places: number[] = []
    for (let row = 0; row < batch.rowCount; row++) if (masks.every((mask) => mask[row])) places.push(row)
    seen += batch.rowCount
    onProgress?.({ stage: 'select', done: seen })
    if (places.length === 0) continue
    const columns = Array.from(wanted, ([name, own]): [string, TableColumn] => {
      return [name, takeRows(batch.columns.get(own) as TableColumn, places)]
    })
    const rows = Float64Array.from(places, (row) => batch.start + row)
    yield { start, rowCount: places.length, columns: new Map(columns), rows }
    start += places.length
  }
}

/** The table's own name of each wanted column. */
function wantedColumns(
  subject: string,
  select: readonly string[] | undefined,
  names: readonly string[],
): ReadonlyMap<string, string> {
  const own = (select ?? names).map((name): [string, string] => {
    const found = findName(subject, names, name)
    if (found === undefined) throw new NotFoundError(`${subject}: column must exist. Received ${name}.`)
    return [name, found]
  })
  return new Map(own)
}
