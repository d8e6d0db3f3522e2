import { FormatError, type RowSource } from '@astronomaly/core'
import { RunDirectory } from '../run/run-directory.ts'
import { reducedRows } from './reduce-stage.ts'

/**
 * The features of a run as a row source: what another estimator is fitted to, or scores, without ranking the folder again.
 *
 * @param path - A run directory in which the PCA has been done.
 * @returns The principal components of every object, in the order of the run's catalogue; read from disk batch by batch, and can
 * `gather`.
 * @throws NotFoundError when there is no run; FormatError when its features are not there yet, or differ in number from its objects.
 */
export async function featureRows(path: string): Promise<RowSource> {
  const run = new RunDirectory(path)
  const record = await run.read()
  const rowCount = record.rows ?? 0
  if (!record.stages.pca || rowCount === 0) {
    throw new FormatError("run: has no features yet; the same 'rank' command goes on with it", { source: run.path })
  }
  const shardSize = Number(record.options.shardSize)
  const rows = await reducedRows({ run, shardSize, rowCount, onProgress: () => {} })
  if (rows.rowCount === rowCount) return rows
  throw new FormatError(`run: reduced/ must have ${rowCount} rows. Received ${rows.rowCount}`, { source: run.path })
}
