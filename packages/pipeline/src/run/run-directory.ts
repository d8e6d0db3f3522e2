import { createHash } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FormatError, NotFoundError, ParameterError, type Seed } from '@astronomaly/core'
import { makeFolder, withFolderLock, writeFileAtomic } from '@astronomaly/core/node'
import type { FeatureKind } from '../stages/feature-maker.ts'
import type { Making } from './provenance.ts'

/** What `run.json` holds. */
export interface RunRecord {
  /** Version of the directory's layout. */
  readonly layout: 1
  /** The folder that was ranked, absolute. */
  readonly folder: string
  /** Fingerprint of the catalogue's bytes; null for a run without one. */
  readonly catalogue?: string | null
  /** Every option with its default filled in. */
  readonly options: Readonly<Record<string, unknown>>
  /** What ranked last, and when. */
  readonly made?: Making
  /** Package versions that wrote the run. */
  readonly versions: Readonly<Record<string, string>>
  /** Kinds of features, in the order of their columns; after the features stage. */
  readonly features?: readonly FeatureKind[]
  /** Objects ranked: rows of the catalogue and of the scores; after the features stage. */
  readonly rows?: number
  /** What learns from the ratings, and from how many, once there were any: `label` and `rank` go on with it. */
  readonly learner?: { readonly name: string; readonly seed: Seed; readonly labels: number }
  /** What to cite. */
  readonly citation?: string
  /** How many bits the pictures of 16 bits use, 1 to 16: what features and pages show as white; after the features stage. */
  readonly bits?: number
  /** Content hash of each finished stage. */
  readonly stages: Readonly<Partial<Record<StageName, string>>>
}

/** Stages in their order. */
export type StageName = 'features' | 'pca' | 'forest'

/** A stable content hash of any JSON value: SHA-256, hexadecimal. Object keys are sorted. */
export function contentHash(value: unknown): string {
  const stable = (_key: string, v: unknown): unknown =>
    v && typeof v === 'object' && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v
  return createHash('sha256').update(JSON.stringify(value, stable)).digest('hex')
}

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

  /**
   * Reads `run.json`.
   *
   * @throws NotFoundError when there is none; FormatError when it is damaged.
   */
  async read(): Promise<RunRecord> {
    const path = this.file('run.json')
    let text: string
    try {
      text = await readFile(path, 'utf8')
    } catch (cause) {
      throw new NotFoundError(`run: ${this.path} must hold run.json; 'rank' writes it.`, { cause })
    }
    try {
      const record = JSON.parse(text) as RunRecord
      if (record.layout !== 1 || typeof record.folder !== 'string' || typeof record.stages !== 'object') {
        throw new FormatError('run: run.json has another layout', { source: path })
      }
      return record
    } catch (cause) {
      if (cause instanceof FormatError) throw cause
      throw new FormatError("run: run.json is damaged; run 'rank' again, it keeps what is whole", {
        source: path,
        cause,
      })
    }
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
    for (const folder of ['', 'features', 'morphology', 'reduced', 'scores']) {
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
