import { readFile } from 'node:fs/promises'
import { FormatError } from '@astronomaly/core'
import type { TableColumn } from '@astronomaly/core/table'
import { type Catalogue, catalogueFrom } from '@astronomaly/core/table'
import { castColumn, commonColumns } from './piece-columns.ts'
import { decodeTable } from './service-answer.ts'
import type { TapFormat } from './service-options.ts'
import type { DonePiece } from './tap-journal.ts'

/** The rows of pieces one after the other, as one catalogue; it holds one piece at a time. */
export function pieceCatalogue(
  pieces: readonly (DonePiece & { readonly name: string })[],
  format: TapFormat,
): Catalogue {
  // Pieces without rows tell nothing of their types, but all of them tell of their columns.
  const filled = pieces.filter(({ rows }) => rows > 0)
  return catalogueFrom({
    columns: commonColumns(filled.length > 0 ? filled : pieces),
    rowCount: pieces.reduce((sum, { rows }) => sum + rows, 0),
    alternatives: new Map(),
    async *pieces(wanted, { signal }) {
      let start = 0
      for (const { name, rows } of filled) {
        signal?.throwIfAborted()
        const table = await decodeTable(await readFile(name), format, name)
        if (table.rowCount !== rows) {
          const rule = `file must have the ${rows} rows that the journal says`
          throw new FormatError(`downloadTap: ${rule}. Received ${table.rowCount}`, { source: name })
        }
        const columns = wanted.map(({ name: own, type }): [string, TableColumn] => {
          const column = table.columns.get(own)
          if (column) return [own, castColumn(column, type)]
          throw new FormatError('downloadTap: file must have the columns that the journal says', {
            source: name,
            keyword: own,
          })
        })
        yield { start, rowCount: rows, columns: new Map(columns) }
        start += rows
      }
    },
  })
}
