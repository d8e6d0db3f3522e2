import { NotFoundError } from '@astronomaly/core'

/** Objects without a picture, by reason. */
export type Reasons = Readonly<Record<string, number>>

/**
 * @param list - Path of the file that has the reason of each.
 * @throws NotFoundError when none of the objects has a picture.
 */
export function assertSomePicture(
  subject: string,
  pictures: number,
  objects: number,
  reasons: Reasons,
  list: string,
): void {
  if (pictures > 0) return
  const counts = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`)
  throw new NotFoundError(
    `${subject}: some object must have a picture. Received none of ${objects}: ${counts.join(', ')}; ${list} says why.`,
  )
}
