import { numberOption, type OptionRules, passedOption } from './options.ts'

/** One report of how far a long call has come. */
export interface Progress {
  /** What is being done, such as `'features'`. */
  readonly stage: string
  /** Units finished so far. */
  readonly done: number
  /** Units in all, when known. */
  readonly total?: number | undefined
}

/** A recoverable oddity: the call goes on. */
export interface Warning {
  readonly message: string
  /** The object that it concerns, when there is one. */
  readonly id?: string | undefined
}

/** What every call that can take longer than 50 ms accepts. */
export interface RunOptions {
  /** Checked before each batch; an abort rejects with `signal.reason` untouched. */
  readonly signal?: AbortSignal | undefined
  /** Called at most once per batch. */
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Called for each recoverable oddity. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
  /**
   * Worker threads; 0 runs inline. Results never depend on it.
   * @defaultValue 0
   */
  readonly workers?: number | undefined
}

/**
 * The rules of {@link RunOptions}, for calls that take them beside their own: `{ sigma: numberOption(3), ...runRules }`, or single ones as
 * `signal: runRules.signal`.
 */
export const runRules = {
  signal: passedOption<AbortSignal>(),
  onProgress: passedOption<(progress: Progress) => void>(),
  onWarning: passedOption<(warning: Warning) => void>(),
  workers: numberOption(0, { integer: true, min: 0 }),
} satisfies OptionRules<RunOptions>
