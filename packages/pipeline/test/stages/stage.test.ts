import { readFile, writeFile } from 'node:fs/promises'
import { beforeEach, describe, expect, it } from 'vitest'
import { RunDirectory } from '../../src/run/run-directory.ts'
import { type RunRecord, type StageName, stageNames } from '../../src/run/run-record.ts'
import { type Executor, executorFor } from '../../src/stages/executor.ts'
import type { ScoreTask } from '../../src/stages/score-shard.ts'
import { type CallFacts, type Stage, StageRunner } from '../../src/stages/stage.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const call: CallFacts = { layout: 2, folder: '/sky', options: {}, versions: {}, shardSize: 4 }
const record: RunRecord = { ...call, stages: {} }
const allStages = Object.fromEntries(stageNames.map((name) => [name, `${name} 1`]))

let run: RunDirectory
let done: string[]

beforeEach(async () => {
  run = new RunDirectory(await temporaryFolder())
  done = []
})

const task = (index: number): ScoreTask => ({
  ...{ stage: 'scores' as const, out: run.path, index, key: 'scores 2', columns: 1, objectCount: 4 },
})

/** An executor that writes a file for each task, and fails at one of them. */
function fileExecutor(failAt = -1): Executor {
  return {
    local: executorFor(0).local,
    async run(tasks, onDone) {
      for (const one of tasks) {
        if (one.index === failAt) throw new Error('the machine has died')
        await writeFile(run.file(`shard-${one.index}`), one.key)
        done.push(`shard ${one.index}`)
        onDone(one)
      }
    },
    close: async () => {},
  }
}

/** A stage of three shards, each whole when its file is there. */
function shardStage(name: StageName, key: string): Stage<string> {
  return {
    name,
    key,
    restore: async () => undefined,
    clear: async () => void done.push('clear'),
    async plan() {
      const found = await Promise.all([0, 1, 2].map((i) => readFile(run.file(`shard-${i}`)).catch(() => undefined)))
      const tasks = [0, 1, 2].filter((i) => !found[i]).map(task)
      return { tasks, progress: name, done: 4 * (3 - tasks.length), total: 12 }
    },
    async reduce() {
      done.push('reduce')
      return key
    },
    facts: () => ({ rows: 12 }),
  }
}

function runner(stages: RunRecord['stages'], executor: Executor, begun?: RunRecord['begun']): StageRunner {
  const progress = (p: { stage: string; done: number }): void => void done.push(`${p.stage} ${p.done}`)
  const context = { run, executor, onProgress: progress, workers: 0, signal: undefined, onWarning: undefined }
  return new StageRunner(context, call, { ...record, stages, ...(begun ? { begun } : {}) })
}

describe('a stage', () => {
  it('that is whole is restored, and nothing is written', async () => {
    const runs = runner(allStages, fileExecutor())
    expect(await runs.run({ ...shardStage('scores', 'scores 1'), restore: async () => 'restored' })).toBe('restored')
    expect(runs.reused).toEqual(['scores'])
    expect(done).toEqual([])
    await expect(run.read()).rejects.toThrow('must hold run.json')
  })

  it('of another key is cleared, made shard by shard and reduced, and run.json says so', async () => {
    const runs = runner(allStages, fileExecutor())
    expect(await runs.run(shardStage('projection', 'projection 2'))).toBe('projection 2')
    const [first, ...rest] = ['shard 0', 'projection 4', 'shard 1', 'projection 8', 'shard 2', 'projection 12']
    expect(done).toEqual(['clear', 'projection 0', first, ...rest, 'reduce'])
    const { scores: _, ...others } = allStages
    expect(await run.read()).toEqual({ ...record, rows: 12, stages: { ...others, projection: 'projection 2' } })
    expect(runs.reused).toEqual([])
  })

  it('that has died keeps its finished shards, and what was whole behind it is no longer said to be', async () => {
    await expect(runner(allStages, fileExecutor(2)).run(shardStage('pca', 'pca 2'))).rejects.toThrow('has died')
    const { features, objects, forest } = allStages
    const left = await run.read()
    expect(left).toEqual({ ...record, stages: { features, objects, forest }, begun: { stage: 'pca', key: 'pca 2' } })
    done = []
    const again = runner(left.stages, fileExecutor(), left.begun)
    await again.run(shardStage('pca', 'pca 2'))
    expect(done).toEqual(['pca 8', 'shard 2', 'pca 12', 'reduce'])
    expect((await run.read()).begun).toBeUndefined()
  })

  it('that was begun with another key is cleared', async () => {
    await runner({}, fileExecutor(), { stage: 'pca', key: 'pca 1' }).run(shardStage('pca', 'pca 2'))
    expect(done[0]).toBe('clear')
  })

  it('that is stopped while the files of another key are removed removes them again', async () => {
    const stopped: Stage<string> = {
      ...shardStage('pca', 'pca 2'),
      clear: () => Promise.reject(new Error('power cut')),
    }
    await expect(runner(allStages, fileExecutor()).run(stopped)).rejects.toThrow('power cut')
    const left = await run.read()
    expect(left.begun).toBeUndefined()
    expect(left.stages).not.toHaveProperty('pca')
    await runner(left.stages, fileExecutor(), left.begun).run(shardStage('pca', 'pca 2'))
    expect(done).toContain('clear')
  })

  it('of features leaves what was ranked before, and what run.json says of it, until the objects change', async () => {
    const before: RunRecord = { ...record, folder: '/old', options: { seed: 5 }, stages: allStages, rows: 7 }
    await run.write(before)
    const runs = new StageRunner(runner({}, fileExecutor(0)).context, call, before)
    await expect(runs.run(shardStage('features', 'new'))).rejects.toThrow('has died')
    expect(await run.read()).toEqual(before)
    const again = new StageRunner(runner({}, fileExecutor()).context, call, before)
    await again.run(shardStage('features', 'new'))
    expect(await run.read()).toEqual(before)
    const { clear: _, ...objects } = shardStage('objects', 'objects 2')
    await again.run(objects)
    expect(await run.read()).toEqual({
      ...record,
      rows: 12,
      stages: { features: 'new', objects: 'objects 2', pca: 'pca 1', forest: 'forest 1' },
    })
  })

  it('keeps those behind it where they hold whatever it writes', async () => {
    const runs = runner(allStages, fileExecutor())
    await runs.run({ ...shardStage('objects', 'objects 2'), facts: () => ({}) }, true)
    expect((await run.read()).stages).toEqual({ ...allStages, objects: 'objects 2' })
  })

  it('that was restored leaves what is of the present call to be written at the end', async () => {
    const before: RunRecord = { ...record, options: { top: 100 }, stages: allStages }
    const runs = new StageRunner(runner({}, fileExecutor()).context, { ...call, options: { top: 5 } }, before)
    await runs.run({ ...shardStage('scores', 'scores 1'), restore: async () => 'restored' })
    await runs.settle()
    expect(await run.read()).toEqual({ ...before, options: { top: 5 } })
  })

  it('is not begun when the call is stopped', async () => {
    const reason = new Error('enough')
    const runs = runner(allStages, fileExecutor())
    const stopped = new StageRunner({ ...runs.context, signal: AbortSignal.abort(reason) }, call, runs.record)
    await expect(stopped.run(shardStage('pca', 'pca 2'))).rejects.toBe(reason)
    expect(done).toEqual([])
  })
})
