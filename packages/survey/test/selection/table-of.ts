import type { ColumnValues, Table, TableBatch } from '@astronomaly/core/table'

/** A table of columns of one value a row. */
export function tableOf(columns: Readonly<Record<string, ColumnValues>>): Table {
  const rowCount = Object.values(columns)[0]?.length ?? 0
  return { rowCount, columns: new Map(Object.entries(columns).map(([name, values]) => [name, { values, width: 1 }])) }
}

/** The same rows in batches. */
export function* batchesOf(table: Table, size: number): Generator<TableBatch> {
  for (let start = 0; start < table.rowCount; start += size) {
    const rowCount = Math.min(size, table.rowCount - start)
    const columns = [...table.columns].map(([name, { values, width }]) => {
      return [name, { values: values.slice(start * width, (start + rowCount) * width), width }] as const
    })
    yield { start, rowCount, columns: new Map(columns) }
  }
}
