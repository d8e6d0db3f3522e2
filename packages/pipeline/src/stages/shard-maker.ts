import { readFile } from 'node:fs/promises'
import type { Warning } from '@astronomaly/core'
import { PcaModel } from '@astronomaly/features'
import { IsolationForestModel } from '@astronomaly/iforest'
import { RunDirectory } from '../run/run-directory.ts'
import { createFeatureMakers } from './create-feature-makers.ts'
import type { FeatureMaker, FeatureSettings } from './feature-maker.ts'
import { computeFeatureShard } from './feature-shard.ts'
import { projectShard } from './projection-shard.ts'
import { scoreShard } from './score-shard.ts'
import type { ShardTask } from './shard-task.ts'

/** What was loaded for shards of one kind, and how it is let go. */
interface Tool {
  readonly key: string
  readonly loaded: Promise<unknown>
  readonly dispose: () => Promise<void>
}

/** Makes shards of any stage in one thread, and keeps what the last of them needed: encoders and models are loaded once. */
export class ShardMaker {
  #tool: Tool | undefined

  /** The makers of features for some settings. @param onWarning - Hears what was assumed of the encoder, when it is loaded. */
  featureMakers(settings: FeatureSettings, onWarning?: (warning: Warning) => void): Promise<readonly FeatureMaker[]> {
    const key = JSON.stringify(['features', settings])
    return this.#load(
      key,
      () => createFeatureMakers(settings, onWarning),
      async (makers) => {
        for (const maker of makers) await maker.dispose()
      },
    )
  }

  /** Makes one shard. Idempotent. */
  async make(task: ShardTask, signal?: AbortSignal): Promise<void> {
    switch (task.stage) {
      case 'features':
        return computeFeatureShard(task, await this.featureMakers(task.settings), signal)
      case 'projection':
        return projectShard(task, await this.#model(task, 'pca.model', PcaModel))
      case 'scores':
        return scoreShard(task, await this.#model(task, 'forest.model', IsolationForestModel))
    }
  }

  /** Lets go what was loaded. */
  async dispose(): Promise<void> {
    const tool = this.#tool
    this.#tool = undefined
    await tool?.dispose()
  }

  #model<Model>({ out, key }: ShardTask, file: string, type: { from(buffer: ArrayBuffer): Model }): Promise<Model> {
    const read = async (): Promise<Model> =>
      type.from(new Uint8Array(await readFile(new RunDirectory(out).file(file))).buffer)
    return this.#load(JSON.stringify([file, out, key]), read, async () => {})
  }

  async #load<Loaded>(
    key: string,
    load: () => Promise<Loaded>,
    dispose: (loaded: Loaded) => Promise<void>,
  ): Promise<Loaded> {
    if (this.#tool?.key !== key) {
      // One at a time: an encoder holds as much memory as thousands of pictures.
      await this.dispose()
      const loaded = load()
      this.#tool = { key, loaded, dispose: async () => loaded.then(dispose, () => {}) }
    }
    return this.#tool.loaded as Promise<Loaded>
  }
}
