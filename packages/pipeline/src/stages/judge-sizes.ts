import type { Warning } from '@astronomaly/core'
import type { Rejection } from '../run/scan-folder.ts'
import type { ShardRecord, ShardRow } from './feature-shard.ts'

/** Which rows are gone on without because their picture has another size than most. */
export interface SizeVerdict {
  readonly rejected: readonly Rejection[]
  readonly warnings: readonly Warning[]
}

/** Sides that differ from the usual side by more than this share count as another size. */
const sizeTolerance = 0.1

/** The most frequent size; of equally frequent ones the larger. */
function usualSize(rows: readonly ShardRow[]): { readonly height: number; readonly width: number } {
  const sizes = new Map<string, { readonly height: number; readonly width: number; count: number }>()
  for (const { height, width } of rows) {
    const size = sizes.get(`${height} ${width}`)
    if (size) size.count++
    else sizes.set(`${height} ${width}`, { height, width, count: 1 })
  }
  const sorted = [...sizes.values()].sort((a, b) => b.count - a.count || b.height - a.height || b.width - a.width)
  return sorted[0] ?? { height: 0, width: 0 }
}

/** Finds the pictures of another size than most. */
export function judgeSizes(records: readonly ShardRecord[], choice: 'auto' | 'any' | 'same'): SizeVerdict {
  const rows = records.flatMap((record) => record.rows)
  if (choice === 'any') return { rejected: [], warnings: [] }
  const { height, width } = usualSize(rows)
  const differs = (side: number, usual: number): boolean => Math.abs(side - usual) > sizeTolerance * usual
  const odd = rows.filter((row) => differs(row.height, height) || differs(row.width, width))
  if (choice === 'auto' && odd.length >= 0.1 * rows.length && odd.length > 1) {
    const message = `${odd.length} of ${rows.length} pictures have another size than ${width} x ${height}; all are resized and ranked`
    return { rejected: [], warnings: [{ message }] }
  }
  const rejected = odd.map((row): Rejection => {
    const reason = `size ${row.width} x ${row.height}, most are ${width} x ${height} (sizes 'any' would use it)`
    return { id: row.id, file: row.files.join(' '), stage: 'features', reason }
  })
  return { rejected, warnings: [] }
}
