import { formatCount } from './format-count.ts'

/** How many objects have their picture, and since when. */
export function pictureCounts(fresh: number, verb: string, kept: number, objects: number): string {
  const before = kept > 0 ? `, ${formatCount(kept)} from earlier runs` : ''
  return `${formatCount(fresh + kept)} of ${formatCount(objects)} pictures: ${formatCount(fresh)} ${verb}${before}`
}

/** How many objects have none, and why; `file` says it of each. */
export function failureLine(failed: number, reasons: Readonly<Record<string, number>>, file: string): string {
  const counts = Object.entries(reasons).sort(([, a], [, b]) => b - a)
  const why = counts.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(', ')
  return `gone on without ${formatCount(failed)} ${failed === 1 ? 'object' : 'objects'} (${why}): ${file} says why`
}

/** Such as `0.1 MB` or `2.5 GB`. */
export function formatBytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
