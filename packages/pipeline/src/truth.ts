import type { Warning } from '@astronomaly/core'
import { readRatings } from './label.ts'
import type { RunData } from './run-data.ts'

/** The true ratings of the objects of a run that have one. */
export interface Truth {
  /** Rows of the run, ascending. */
  readonly rows: readonly number[]
  /** The rating of each of `rows`, 0 to 5. */
  readonly ratings: Float64Array
}

/**
 * Reads a CSV file with columns `id` and `rating` as the truth of a run.
 *
 * @remarks Lines that cannot be used, such as those of objects that the run went on without, are warnings.
 */
export async function readTruth(data: RunData, path: string, onWarning?: (warning: Warning) => void): Promise<Truth> {
  const rowOf = new Map(data.ids.map((id, row) => [id, row]))
  const truth = await readRatings(path, (id) => rowOf.has(id))
  for (const { id, file, reason } of truth.rejected) onWarning?.({ id, message: `${file}: ${reason}` })
  const rated = new Map<number, number>()
  for (const { id, rating } of truth.ratings) {
    const row = rowOf.get(id)!
    const earlier = rated.get(row)
    if (earlier !== undefined && earlier !== rating) {
      onWarning?.({ id, message: `${path}: has ${earlier} and ${rating} for one object; the last counts` })
    }
    rated.set(row, rating)
  }
  const rows = [...rated.keys()].sort((a, b) => a - b)
  return { rows, ratings: Float64Array.from(rows, (row) => rated.get(row)!) }
}
