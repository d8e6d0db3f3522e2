import { readFileSync } from 'node:fs'
import type { TableColumn } from '@astronomaly/core/table'
import { describe, expect, it } from 'vitest'
import { unpack } from '../../../../fits/test/read-golden.ts'
import { parseVoTable } from '../../../src/table/votable/parse-votable.ts'

const { cases } = JSON.parse(readFileSync(new URL('../../golden/votable.json', import.meta.url), 'utf8')) as {
  cases: { name: string; file: string; columns: Record<string, unknown[]> }[]
}

/** The rows of a column as the golden file writes them. */
function rowsOf({ values, width, offsets }: TableColumn, rowCount: number): unknown[] {
  const plain = Array.from(values as ArrayLike<unknown>, (value) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  )
  return Array.from({ length: rowCount }, (_, row) =>
    offsets
      ? plain.slice(offsets[row], offsets[row + 1])
      : width === 1
        ? plain[row]
        : plain.slice(row * width, (row + 1) * width),
  )
}

describe('parseVoTable reads what astropy writes as astropy reads it', () => {
  it.each(cases)('$name', async ({ file, columns }) => {
    const table = await parseVoTable(unpack(file), { source: 'golden' })
    expect([...table.columns.keys()]).toEqual(Object.keys(columns))
    for (const [name, rows] of Object.entries(columns)) {
      expect(rowsOf(table.columns.get(name) as TableColumn, table.rowCount), name).toEqual(rows)
    }
  })
})
