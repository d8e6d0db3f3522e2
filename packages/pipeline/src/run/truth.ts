import type { RunOptions } from '@astronomaly/core'
import { type RatingScale, readRatings } from '../label/rating-file.ts'
import type { RunData } from './run-data.ts'

/** The true ratings of the objects of a run that have one. */
export interface Truth {
  /** Rows of the run, ascending. */
  readonly rows: readonly number[]
  /** The rating of each of `rows`, 0 to 5. */
  readonly ratings: Float64Array
}

/**
 * Reads a table of ids or files and ratings, as `label` does, as the truth of a run.
 *
 * @remarks Lines that cannot be used, such as those of objects that the run went on without, are warnings.
 * @throws What `label` throws for such a file.
 */
export async function readTruth(
  data: RunData,
  path: string,
  options: RatingScale & Pick<RunOptions, 'onWarning'> = {},
): Promise<Truth> {
  const { onWarning } = options
  const truth = await readRatings(path, data, options)
  for (const { id, file, reason } of truth.rejected) onWarning?.({ id, message: `${file}: ${reason}` })
  const rated = new Map<number, number>()
  for (const { row, id, rating } of truth.ratings) {
    const earlier = rated.get(row)
    if (earlier !== undefined && earlier !== rating) {
      onWarning?.({ id, message: `${path}: has ${earlier} and ${rating} for one object; the last counts` })
    }
    rated.set(row, rating)
  }
  const rows = [...rated.keys()].sort((a, b) => a - b)
  return { rows, ratings: Float64Array.from(rows, (row) => rated.get(row)!) }
}
