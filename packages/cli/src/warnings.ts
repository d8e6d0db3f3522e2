import type { Warning } from '@astronomaly/pipeline'

/** Kinds of warnings about single objects that are shown; the rest are counted. */
const shown = 5

/** Gathers warnings, so that a survey's worth of them does not hide the rest of the output. */
export class WarningList {
  readonly #kinds = new Map<string, { count: number; first: Warning }>()

  /** Takes one warning; those that differ only in the object or in numbers are one kind. */
  add(warning: Warning): void {
    const kind = warning.message.replace(/[-\d.,]+/g, '#')
    const entry = this.#kinds.get(kind)
    if (entry) entry.count++
    else this.#kinds.set(kind, { count: 1, first: warning })
  }

  /** One line a kind: first what is said of the whole, all of it, then of objects, the most frequent first. */
  lines(): string[] {
    const all = [...this.#kinds.values()]
    const whole = all.filter(({ first }) => first.id === undefined)
    const kinds = all.filter(({ first }) => first.id !== undefined).sort((a, b) => b.count - a.count)
    const lines = [...whole, ...kinds.slice(0, shown)].map(({ count, first }) => {
      const subject = first.id === undefined ? '' : `${first.id}: `
      return `warning: ${subject}${first.message}${count > 1 ? ` (and ${count - 1} more like it)` : ''}`
    })
    if (kinds.length > shown) lines.push(`and ${kinds.length - shown} more kinds of warnings`)
    return lines
  }
}
