import type { Warning } from '../run-options.ts'

/** Passes each warning on once, however often what it tells of is read. */
export function toldOnce(onWarning: ((warning: Warning) => void) | undefined): (warning: Warning) => void {
  const told = new Set<string>()
  return (warning) => {
    if (!told.has(warning.message)) onWarning?.(warning)
    told.add(warning.message)
  }
}
