import { FormatError, type RowSource } from '@astronomaly/core'
import { npyRowSource } from '@astronomaly/io/node'
import { RunDirectory } from '../run/run-directory.ts'
import type { RunRecord } from '../run/run-record.ts'

/** The principal components of every object, from disk. @throws FormatError when they are not there, or not as many as objects. */
export async function reducedRows(run: RunDirectory, { stages, rows = 0, shards = 0 }: RunRecord): Promise<RowSource> {
  if (stages.projection === undefined || rows === 0) {
    throw new FormatError("run: has no features yet; the same 'rank' command goes on with it", { source: run.path })
  }
  const source = await npyRowSource(run.shards('reduced', shards))
  if (source.rowCount === rows) return source
  throw new FormatError(`run: reduced/ must have ${rows} rows. Received ${source.rowCount}`, { source: run.path })
}

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
  return reducedRows(run, await run.read())
}
