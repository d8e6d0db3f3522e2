import type { Progress } from '@astronomaly/pipeline'

/** Where progress is shown: a terminal, or a log. */
export interface ProgressOutput {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?'
  const s = Math.round(seconds)
  if (s < 60) return `${s} s`
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`
}

/**
 * Shows how far a run has come: on a terminal one line that is drawn again, with bar, rate and time left; otherwise a plain line
 * when a stage begins, at most every ten seconds, and when it ends.
 */
export class ProgressLine {
  readonly #out: ProgressOutput
  readonly #now: () => number
  #stage = ''
  #startedAt = 0
  #doneAtStart = 0
  #shownAt = Number.NEGATIVE_INFINITY
  #lastDone = -1
  #drawn = false

  constructor(out: ProgressOutput, now: () => number = () => performance.now()) {
    this.#out = out
    this.#now = now
  }

  /** Shows one report. */
  show(progress: Progress): void {
    const { stage, done, total } = progress
    const now = this.#now()
    if (stage !== this.#stage) {
      this.end()
      this.#stage = stage
      this.#startedAt = now
      this.#doneAtStart = done
      this.#shownAt = Number.NEGATIVE_INFINITY
      this.#lastDone = -1
    }
    const finished = total !== undefined && done >= total
    if (done === this.#lastDone) return
    if (now - this.#shownAt < (this.#out.isTTY ? 100 : 10_000) && !finished) return
    this.#shownAt = now
    this.#lastDone = done
    const seconds = (now - this.#startedAt) / 1000
    const rate = (done - this.#doneAtStart) / seconds
    const parts = [stage.padEnd(8)]
    if (total !== undefined) {
      if (this.#out.isTTY) {
        const full = Math.round((20 * done) / Math.max(1, total))
        parts.push(`${'█'.repeat(full)}${'░'.repeat(20 - full)}`)
      }
      parts.push(`${done.toLocaleString('en-GB')} / ${total.toLocaleString('en-GB')}`)
    }
    if (seconds > 0.05 && rate > 0) {
      parts.push(`${rate >= 10 ? Math.round(rate).toLocaleString('en-GB') : rate.toPrecision(2)}/s`)
      if (total !== undefined && !finished) parts.push(`${duration((total - done) / rate)} left`)
    }
    const text = parts.join('  ')
    if (this.#out.isTTY) {
      this.#out.write(`\r\u001b[2K${text.slice(0, (this.#out.columns ?? 80) - 1)}`)
      this.#drawn = true
    } else this.#out.write(`${text}\n`)
  }

  /** Leaves the line as it is and goes to the next one. */
  end(): void {
    if (this.#drawn) this.#out.write('\n')
    this.#drawn = false
    this.#stage = ''
  }

  /** Prints a line above the progress line. */
  note(text: string): void {
    if (this.#drawn) this.#out.write('\r\u001b[2K')
    this.#drawn = false
    this.#out.write(`${text}\n`)
  }
}
