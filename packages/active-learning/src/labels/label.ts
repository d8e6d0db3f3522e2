import { ParameterError } from '@astronomaly/core'

/** What a person said about one object. */
export interface Label {
  /** Row number of the object, 0-based. */
  readonly row: number
  /** From 0 (boring, or an artefact) to 5 (just what is searched for). */
  readonly rating: number
}

/** The lowest and the highest rating. */
export const ratingRange: readonly [lowest: 0, highest: 5] = [0, 5]

/** Whether `value` is a finite number from 0 to 5. */
export function isRating(value: unknown): value is number {
  return typeof value === 'number' && value >= ratingRange[0] && value <= ratingRange[1]
}

/**
 * The labels as two columns in ascending order of rows, so that nothing learnt depends on the order of labelling.
 * When a row was labelled more than once, its last label counts.
 *
 * @param rowCount - Labels of rows beyond it are rejected.
 * @throws ParameterError for a row that is not an integer from 0 to `rowCount` − 1 or a rating outside 0 to 5.
 */
export function settleLabels(
  subject: string,
  labels: readonly Label[],
  rowCount: number,
): { readonly rows: Uint32Array; readonly ratings: Float64Array } {
  const latest = new Map<number, number>()
  for (const { row, rating } of labels) {
    if (!(Number.isInteger(row) && row >= 0 && row < rowCount)) {
      throw new ParameterError(
        `${subject}: a label's row must be an integer from 0 to ${rowCount - 1}. Received ${String(row)}.`,
      )
    }
    if (!isRating(rating)) {
      throw new ParameterError(`${subject}: the rating of row ${row} must be from 0 to 5. Received ${String(rating)}.`)
    }
    latest.set(row, rating)
  }
  const rows = Uint32Array.from(latest.keys()).sort()
  return { rows, ratings: Float64Array.from(rows, (row) => latest.get(row) as number) }
}
