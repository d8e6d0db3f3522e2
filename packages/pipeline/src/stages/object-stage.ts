import { contentHash } from '../run/content-hash.ts'
import { type CatalogueMatch, writeObjectTable } from '../run/object-table.ts'
import type { RankedRows } from './ranked-rows.ts'
import type { Stage, StageContext } from './stage.ts'

/**
 * The stage that gives every ranked object its row: `catalogue.parquet`. Its key is that of the rows; the columns beside the run's own are
 * written anew by every call.
 */
export function objectStage(ranked: RankedRows, match: CatalogueMatch | undefined): Stage<true> {
  const { features, rows } = ranked
  const write = async ({ run }: StageContext): Promise<true> => {
    await writeObjectTable(run.file('catalogue.parquet'), rows, match)
    return true
  }
  return {
    name: 'objects',
    key: contentHash([features.key, rows.map(({ id }) => id)]),
    // It costs less to write it again than to tell whether it is whole.
    restore: write,
    reduce: write,
    facts: () => ({
      rows: rows.length,
      shards: features.records.length,
      features: features.kinds,
      bits: features.bits,
    }),
  }
}
