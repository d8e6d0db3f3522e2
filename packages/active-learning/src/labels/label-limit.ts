import { UnsupportedError } from '@astronomaly/core'

/** Labels that an exact Gaussian process can still solve for in minutes. */
const mostLabels = 2000

/** Rejects more labels than an exact Gaussian process takes. @throws UnsupportedError */
export function checkLabelCount(subject: string, count: number): void {
  if (count > mostLabels) {
    throw new UnsupportedError(
      `${subject}: an exact Gaussian process takes at most ${mostLabels} labels; the learner neighbour-score takes any number. Received ${count}.`,
    )
  }
}
