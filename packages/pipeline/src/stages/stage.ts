import { definedOnly, type Progress, type RunOptions } from '@astronomaly/core'
import type { RunDirectory } from '../run/run-directory.ts'
import { type RunRecord, type StageName, stageNames } from '../run/run-record.ts'
import type { Executor } from './executor.ts'
import type { ShardTask } from './shard-task.ts'

/** What every stage is given: where the run lies, where its shards are made, and how. */
export interface StageContext extends Pick<RunOptions, 'signal' | 'onWarning' | 'workers'> {
  readonly run: RunDirectory
  /** Where shards are made. */
  readonly executor: Executor
  readonly onProgress: (progress: Progress) => void
}

/** The shards of a stage that are not whole yet. */
export interface ShardPlan {
  /** Idempotent: a task that is done again writes the same bytes. Each writes files of its own, under their names when they are whole. */
  readonly tasks: readonly ShardTask[]
  /** Name of the work in progress reports. */
  readonly progress: string
  /** Objects in shards that are whole, and in all. */
  readonly done: number
  readonly total: number
}

/** A part of a run that writes files, and is made again only when something that they depend on has changed. */
export interface Stage<Output> {
  readonly name: StageName
  /** Hash of all that decides what is written. */
  readonly key: string
  /** What an earlier call left: undefined when any of it is not whole, with a warning. */
  restore(context: StageContext): Promise<Output | undefined>
  /** Removes what another key has written, before the first file of this one. Shards that know their own keys need none. */
  clear?(run: RunDirectory): Promise<void>
  /** Which shards are to be made. Without it the stage is a reduction alone. */
  plan?(context: StageContext): Promise<ShardPlan>
  /** Joins what the shards hold into the stage's output, and writes what is of the whole run. */
  reduce(context: StageContext): Promise<Output>
  /** What `run.json` says of it. */
  facts?(output: Output): Partial<RunRecord>
}

/** Stages that write a model and no rows. */
const isModel: ReadonlySet<StageName> = new Set(['pca', 'forest'])

/** What `run.json` says of the present call. */
export type CallFacts = Omit<RunRecord, 'stages' | 'begun' | 'rows' | 'shards' | 'features' | 'bits' | 'learner'>

/**
 * Takes a run through its stages: what is whole is kept, the rest is made.
 *
 * @remarks What `run.json` says is true of the files beside it whenever a run is stopped. Features are made beside what an earlier call has
 * ranked, which stays whole, with its options, until its objects change: only then does `run.json` take what is of the present call. The key
 * of a stage, and of the rows behind it, leaves `run.json` before its first file changes, and comes back after its last. What was begun is
 * written down with its key, after the files of another key are gone: shards that were finished before a stop are not made again.
 */
export class StageRunner {
  readonly context: StageContext
  /** Stages that an earlier call had left whole. */
  readonly reused: StageName[] = []
  readonly #call: CallFacts
  #record: RunRecord
  #featureKey: string | undefined

  /** @param before - What `run.json` says of the run so far. */
  constructor(context: StageContext, call: CallFacts, before: RunRecord | undefined) {
    this.context = context
    this.#call = call
    this.#record = before?.stages.scores === undefined ? { stages: {}, ...before, ...call } : before
  }

  /** `run.json` as it is now. */
  get record(): RunRecord {
    return this.#record
  }

  /**
   * Restores a stage, or makes it.
   *
   * @param keepsBehind - Whether the stages behind it hold whatever it writes.
   */
  async run<Output>(stage: Stage<Output>, keepsBehind = false): Promise<Output> {
    const { context } = this
    const { name, key } = stage
    context.signal?.throwIfAborted()
    const restored = this.#record.stages[name] === key ? await stage.restore(context) : undefined
    if (restored !== undefined) {
      this.reused.push(name)
      return restored
    }
    if (name !== 'features') await this.#begin(stage, keepsBehind)
    const plan = await stage.plan?.(context)
    if (plan) await this.#make(plan)
    const output = await stage.reduce(context)
    if (name === 'features') {
      this.#featureKey = key
      return output
    }
    const { begun: _begun, ...record } = this.#record
    await this.#write({ ...record, ...stage.facts?.(output), stages: { ...record.stages, [name]: key } })
    return output
  }

  /** Writes what is of the present call, where every stage was restored. */
  async settle(): Promise<void> {
    await this.#write({ ...this.#record, ...this.#call })
  }

  async #begin({ name, key, clear }: Stage<unknown>, keepsBehind: boolean): Promise<void> {
    const { stages, begun, ...record } = this.#record
    const isOfKey = stages[name] === key || (begun?.stage === name && begun.key === key)
    const behind = stageNames.slice(stageNames.indexOf(name) + 1)
    // A model is of the rows that its key says; shards of rows would stand beside those of another stage.
    const gone = [name, ...(keepsBehind ? [] : behind.filter((stage) => !isModel.has(stage)))]
    const kept = Object.entries(stages).filter(([own]) => !gone.includes(own as StageName))
    const features = this.#featureKey ?? stages.features
    const left: RunRecord = {
      ...record,
      ...this.#call,
      stages: definedOnly({ ...Object.fromEntries(kept), features }),
    }
    if (!isOfKey && clear) {
      // A stop within leaves nothing begun, and the files are cleared again.
      await this.#write(left)
      await clear(this.context.run)
    }
    await this.#write({ ...left, begun: { stage: name, key } })
  }

  async #make({ tasks, progress, done, total }: ShardPlan): Promise<void> {
    const { executor, onProgress, signal } = this.context
    let finished = done
    onProgress({ stage: progress, done, total })
    const onDone = (task: ShardTask): void => {
      finished += task.objectCount
      onProgress({ stage: progress, done: finished, total })
    }
    await executor.run(tasks, onDone, signal)
    signal?.throwIfAborted()
  }

  async #write(record: RunRecord): Promise<void> {
    this.#record = record
    await this.context.run.write(record)
  }
}
