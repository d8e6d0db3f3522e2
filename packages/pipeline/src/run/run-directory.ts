import { access, readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { NotFoundError, ParameterError } from '@astronomaly/core'
import { makeFolder, withFolderLock, writeFileAtomic } from '@astronomaly/core/node'
import { parseRunRecord, type RunRecord } from './run-record.ts'

/** Folders of shards. */
const shardFolders = ['features', 'morphology', 'reduced', 'scores'] as const

/** Paths of one run directory. */
export class RunDirectory {
  readonly path: string

  constructor(path: string) {
    this.path = resolve(path)
  }

  /** A path inside the directory. */
  file(...parts: string[]): string {
    return join(this.path, ...parts)
  }

  /** A shard's file, such as `features/00042.npy`. */
  shard(folder: string, index: number, extension: string): string {
    return this.file(folder, `${String(index).padStart(5, '0')}.${extension}`)
  }

  /** The files of a folder of shards, in their order. */
  shards(folder: (typeof shardFolders)[number], count: number): string[] {
    return Array.from({ length: count }, (_, index) => this.shard(folder, index, 'npy'))
  }

  /** @throws NotFoundError when no run is there. */
  async check(): Promise<void> {
    await access(this.file('run.json')).catch((cause) => {
      throw new NotFoundError(`run: ${this.path} must hold run.json; 'rank' writes it.`, { cause })
    })
  }

  /**
   * Reads `run.json`, of this layout or an earlier one.
   *
   * @throws NotFoundError when there is none; what `parseRunRecord` throws.
   */
  async read(): Promise<RunRecord> {
    await this.check()
    const path = this.file('run.json')
    return parseRunRecord(await readFile(path, 'utf8'), path)
  }

  /** Writes `run.json` in one step. */
  async write(record: RunRecord): Promise<void> {
    await writeFileAtomic(this.file('run.json'), `${JSON.stringify(record, null, 2)}\n`)
  }

  /** Removes shards that are not part of the run any more: those of a folder from number `count` on. */
  async removeShards(folder: string, count: number): Promise<void> {
    for (const name of await readdir(this.file(folder)).catch(() => [])) {
      const number = shardName.exec(name)?.[1]
      if (number !== undefined && Number(number) >= count) await rm(this.file(folder, name), { force: true })
    }
  }

  /** Removes what writers that were killed have left. */
  async #removeTemporaryFiles(): Promise<void> {
    for (const folder of ['', ...shardFolders]) {
      const names = await readdir(this.file(folder)).catch(() => [])
      for (const name of names) if (temporaryName.test(name)) await rm(this.file(folder, name), { force: true })
    }
  }

  /**
   * Makes the directory, or takes one that an earlier run made.
   *
   * @throws ParameterError when it cannot be written, or holds other things than a run.
   */
  async prepare(): Promise<void> {
    try {
      await makeFolder(this.path)
      const entries = await readdir(this.path)
      // run.json comes first: without it, only what a writer of it left is ours, whatever the names.
      const isOwn = (name: string): boolean => /^run\.lock(\.|$)/.test(name) || temporaryName.test(name)
      const strange = entries.filter((name) => !isOwn(name))
      if (strange.length > 0 && !entries.includes('run.json')) {
        throw new ParameterError(
          `rank: out must be an empty folder or an earlier run. Received ${this.path}, which holds ${strange[0]}.`,
        )
      }
    } catch (cause) {
      throw asUnwritable(this.path, cause)
    }
  }

  /**
   * Runs `body` while nobody else writes to the directory.
   *
   * @throws ParameterError when somebody else does, or when it cannot be written.
   */
  async locked<T>(body: () => Promise<T>): Promise<T> {
    let begun = false
    try {
      return await withFolderLock(this.file('run.lock'), 'run', async () => {
        begun = true
        await this.#removeTemporaryFiles()
        return body()
      })
    } catch (cause) {
      throw begun ? cause : asUnwritable(this.path, cause)
    }
  }
}

const shardName = /^(\d{5,})\.(?:npy|json)$/
const temporaryName = /\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/
function asUnwritable(path: string, cause: unknown): unknown {
  if (cause instanceof ParameterError) return cause
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause)
  return new ParameterError(`rank: out must be a folder that can be written. Received ${path} (${code}).`, { cause })
}
