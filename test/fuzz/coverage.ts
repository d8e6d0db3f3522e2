import { Session } from 'node:inspector'

interface FunctionCoverage {
  readonly ranges: readonly { readonly startOffset: number; readonly endOffset: number; readonly count: number }[]
}

/** Tells whether runs reach code of one script that none before them reached, by V8's own block coverage. */
export class Coverage {
  readonly #session = new Session()
  readonly #script: string
  readonly #covered: Uint8Array
  #scratch = new Uint8Array(0)

  /** @param script - Address of the script, as V8 knows it. */
  constructor(script: string, length: number) {
    this.#script = script
    this.#covered = new Uint8Array(length)
    this.#session.connect()
    this.#post('Profiler.enable', {})
    this.#post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Characters of the script that were reached. */
  get reached(): number {
    return this.#covered.reduce((sum, byte) => sum + byte, 0)
  }

  /** Whether anything new was reached since the last call; `keep` remembers it. */
  take(keep: boolean): boolean {
    const { result } = this.#post('Profiler.takePreciseCoverage', {}) as {
      result: readonly { readonly url: string; readonly functions: readonly FunctionCoverage[] }[]
    }
    let found = false
    for (const { url, functions } of result) {
      if (url !== this.#script) continue
      for (const { ranges } of functions) if (this.#paint(ranges, keep)) found = true
    }
    return found
  }

  /** Outer ranges come before inner ones, which have the last word. */
  #paint(ranges: FunctionCoverage['ranges'], keep: boolean): boolean {
    const outer = ranges[0]
    if (!outer || (ranges.length === 1 && outer.count === 0)) return false
    const length = outer.endOffset - outer.startOffset
    if (this.#scratch.length < length) this.#scratch = new Uint8Array(length)
    for (const { startOffset, endOffset, count } of ranges) {
      this.#scratch.fill(count > 0 ? 1 : 0, startOffset - outer.startOffset, endOffset - outer.startOffset)
    }
    let found = false
    for (let i = 0; i < length; i++) {
      const at = outer.startOffset + i
      if (this.#scratch[i] === 0 || this.#covered[at] === 1) continue
      found = true
      if (!keep) return true
      this.#covered[at] = 1
    }
    return found
  }

  #post(method: string, parameters: object): unknown {
    let answer: unknown
    this.#session.post(method, parameters, (error, result) => {
      if (error) throw error
      answer = result
    })
    return answer
  }
}
