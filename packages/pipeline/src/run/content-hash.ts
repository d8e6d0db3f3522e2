import { createHash } from 'node:crypto'

/** A stable content hash of any JSON value: SHA-256, hexadecimal. Object keys are sorted. */
export function contentHash(value: unknown): string {
  const stable = (_key: string, v: unknown): unknown =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v
  return createHash('sha256').update(JSON.stringify(value, stable)).digest('hex')
}
