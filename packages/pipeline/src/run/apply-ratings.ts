import type { JournalEntry } from '@astronomaly/active-learning/node'
import type { RunOptions } from '@astronomaly/core'
import type { RunData } from './run-data.ts'

/**
 * The row that each rating belongs to: that of its picture, whatever the object is called now; where several objects have that picture, that
 * of its file or id. A rating that remembers no picture belongs to its id.
 */
export function applyRatings(
  entries: readonly JournalEntry[],
  { ids, files, pictures }: Pick<RunData, 'ids' | 'files' | 'pictures'>,
): Pick<RunData, 'journal' | 'ratings' | 'setAside'> {
  const rowOfId = new Map(ids.map((id, row) => [id, row]))
  const rowsOfPicture = new Map<string, number[]>()
  for (const { picture } of entries) if (picture !== undefined) rowsOfPicture.set(picture, [])
  for (const [row, picture] of pictures.entries()) rowsOfPicture.get(picture)?.push(row)
  const ratings = new Map<number, number>()
  const setAside = new Map<string, JournalEntry>()
  for (const entry of entries) {
    const { id, file, picture, rating } = entry
    const own = rowOfId.get(id)
    // Runs of versions that kept no fingerprints can only go by the id.
    const rows =
      picture === undefined || pictures[0] === '' ? (own === undefined ? [] : [own]) : rowsOfPicture.get(picture)!
    const row = rows.find((r) => files[r]?.[0] === file) ?? rows.find((r) => r === own) ?? rows[0]
    if (row === undefined) setAside.set(picture ?? id, entry)
    else ratings.set(row, rating)
  }
  return { journal: entries, ratings, setAside: [...setAside.values()] }
}

/** Says how many ratings are not used because the run does not have their pictures. */
export function warnOfSetAside({ setAside }: RunData, onWarning: RunOptions['onWarning']): void {
  if (setAside.length === 0) return
  onWarning?.({
    message: `${setAside.length} ratings were given to pictures that the run does not have, such as ${setAside[0]?.id}: they stay in labels.jsonl and are not used`,
  })
}
