const n = (count: number): string => count.toLocaleString('en-GB')

/** How many objects have their picture, and since when. */
export function pictureCounts(fresh: number, verb: string, kept: number, objects: number): string {
  const before = kept > 0 ? `, ${n(kept)} from earlier runs` : ''
  return `${n(fresh + kept)} of ${n(objects)} pictures: ${n(fresh)} ${verb}${before}`
}

/** How many objects have none, and why; `file` says it of each. */
export function failureLine(failed: number, reasons: Readonly<Record<string, number>>, file: string): string {
  const counts = Object.entries(reasons).sort(([, a], [, b]) => b - a)
  const why = counts.map(([reason, count]) => `${reason} ${n(count)}`).join(', ')
  return `gone on without ${n(failed)} ${failed === 1 ? 'object' : 'objects'} (${why}): ${file} says why\n`
}
