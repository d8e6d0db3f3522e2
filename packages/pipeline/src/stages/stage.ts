import type { Progress, RunOptions } from '@astronomaly/core'
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

/**
 * Takes a run through its stages: what is whole is kept, the rest is made.
 *
 * @remarks The keys of a stage and of those behind it leave `run.json` before its first file changes, and come back after its last: a
 * key there always speaks of the files that lie beside it, whenever a run is stopped. What was begun is written down with its key: shards
 * that were finished before a stop are not made again.
 */
export class StageRunner {
  readonly context: StageContext
  /** Stages that an earlier call had left whole. */
  readonly reused: StageName[] = []
  #record: RunRecord

  constructor(context: StageContext, record: RunRecord) {
    this.context = context
    this.#record = record
  }

  /** `run.json` as it is now. */
  get record(): RunRecord {
    return this.#record
  }

  async run<Output>(stage: Stage<Output>): Promise<Output> {
    const { context } = this
    const { name, key } = stage
    context.signal?.throwIfAborted()
    const restored = this.#record.stages[name] === key ? await stage.restore(context) : undefined
    if (restored !== undefined) {
      this.reused.push(name)
      return restored
    }
    await this.#begin(stage)
    const plan = await stage.plan?.(context)
    if (plan) await this.#make(plan)
    const output = await stage.reduce(context)
    const { begun: _begun, ...record } = this.#record
    await this.#write({ ...record, ...stage.facts?.(output), stages: { ...record.stages, [name]: key } })
    return output
  }

  async #begin({ name, key, clear }: Stage<unknown>): Promise<void> {
    const { stages, begun } = this.#record
    const isOfKey = stages[name] === key || (begun?.stage === name && begun.key === key)
    // Features are made beside what an earlier ranking left, which stays whole until its objects change.
    const gone = name === 'features' ? ['features'] : stageNames.slice(stageNames.indexOf(name))
    const kept = Object.entries(stages).filter(([own]) => !gone.includes(own))
    await this.#write({ ...this.#record, stages: Object.fromEntries(kept), begun: { stage: name, key } })
    if (!isOfKey) await clear?.(this.context.run)
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
