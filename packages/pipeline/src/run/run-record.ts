import { definedOnly, FormatError, type Seed } from '@astronomaly/core'
import type { Making } from './making.ts'

/** Neighbouring feature columns of one kind, and where a run keeps them. */
export interface FeatureKind {
  /** Folder of the shards in the run directory. */
  readonly folder: string
  readonly columns: number
  /** Names of the columns, when they have a meaning of their own. */
  readonly names: readonly string[] | null
}

/**
 * The stages of a run, in their order. What one writes depends on those before it alone.
 *
 * - `features`: pictures to `features/` (and `morphology/`), one shard of objects after the other.
 * - `objects`: who is ranked, and in which row: `catalogue.parquet`.
 * - `pca`: all feature rows to `pca.model`.
 * - `projection`: each shard of features to its shard of `reduced/`.
 * - `forest`: all reduced rows to `forest.model`.
 * - `scores`: each shard of `reduced/` to its shard of `scores/`.
 */
export const stageNames = ['features', 'objects', 'pca', 'projection', 'forest', 'scores'] as const

/** One of `stageNames`. */
export type StageName = (typeof stageNames)[number]

/** What `run.json` holds. */
export interface RunRecord {
  /** Version of the directory's layout. */
  readonly layout: 2
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
  /** Objects that were given to one shard; some of them may be gone on without. */
  readonly shardSize: number
  /** Shards in each folder of shards; after the features stage. */
  readonly shards?: number
  /** Kinds of features, in the order of their columns; after the features stage. */
  readonly features?: readonly FeatureKind[]
  /** Objects ranked: rows of the catalogue and of the scores; after the objects stage. */
  readonly rows?: number
  /** What learns from the ratings, and from how many, once there were any: `label` and `rank` go on with it. */
  readonly learner?: { readonly name: string; readonly seed: Seed; readonly labels: number }
  /** What to cite. */
  readonly citation?: string
  /** How many bits the pictures of 16 bits use, 1 to 16: what features and pages show as white; after the features stage. */
  readonly bits?: number
  /** Key of each finished stage: the hash of all that its files depend on. */
  readonly stages: Readonly<Partial<Record<StageName, string>>>
  /** A stage whose files are being written: those that are there already have this key. */
  readonly begun?: { readonly stage: StageName; readonly key: string }
}

type Fields = Readonly<Record<string, unknown>>

/** What makes a record of one layout one of the next. */
const migrations: Readonly<Record<number, (record: Fields) => Fields>> = {
  1: (record) => {
    const { features, pca, forest } = record.stages as Fields
    const shardSize = Number((record.options as Fields).shardSize)
    // What was one stage each is two now, with the same files under the same keys.
    const stages = definedOnly({ features, pca, projection: pca, forest, scores: forest })
    const shards = record.rows === undefined ? undefined : Math.ceil(Number(record.rows) / shardSize)
    return definedOnly({ ...record, layout: 2, shardSize, shards, stages })
  },
}

/** The layout of {@link RunRecord}. */
export const presentLayout: RunRecord['layout'] = 2

/** Whether a field may have a value. */
type Check = (value: unknown) => boolean

const isObject: Check = (value) => typeof value === 'object' && value !== null && !Array.isArray(value)
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

const isKind: Check = (value) => {
  const kind = value as Partial<FeatureKind> | null
  return isObject(value) && typeof kind?.folder === 'string' && /^\w+$/.test(kind.folder) && isCount(kind.columns)
}

/** What each field of a record must be. */
const fields: Readonly<Record<string, Check>> = {
  folder: (value) => typeof value === 'string',
  catalogue: optional((value) => value === null || typeof value === 'string'),
  options: isObject,
  made: optional(isObject),
  versions: isObject,
  shardSize: (value) => isCount(value) && value !== 0,
  shards: optional(isCount),
  features: optional((value) => Array.isArray(value) && value.every(isKind)),
  rows: optional(isCount),
  learner: optional((value) => isObject(value) && typeof (value as { name?: unknown }).name === 'string'),
  bits: optional((value) => isCount(value) && (value as number) >= 1 && (value as number) <= 16),
  stages: (value) => isObject(value) && Object.values(value as Fields).every((key) => typeof key === 'string'),
  begun: optional(isObject),
}

/**
 * Reads the text of a `run.json` of the present layout or of an earlier one, which becomes one of the present layout.
 *
 * @param source - The file, for errors.
 * @throws FormatError that names the field, and what helps.
 */
export function parseRunRecord(text: string, source: string): RunRecord {
  let record: unknown
  try {
    record = JSON.parse(text)
  } catch (cause) {
    throw new FormatError("run: run.json is damaged; run 'rank' again, it keeps what is whole", { source, cause })
  }
  if (!isObject(record)) throw new FormatError('run: run.json must hold an object', { source })
  let fieldsOf = record as Fields
  for (let layout = fieldsOf.layout; layout !== presentLayout; layout = fieldsOf.layout) {
    const migrate = typeof layout === 'number' ? migrations[layout] : undefined
    if (!migrate) {
      const rule = `run: layout must be 1 to ${presentLayout}; a later version of this program wrote the run, and goes on with it`
      throw new FormatError(`${rule}. Received ${String(layout)}`, { source, keyword: 'layout' })
    }
    for (const name of ['stages', 'options']) checkField(name, fieldsOf, source)
    fieldsOf = migrate(fieldsOf)
  }
  for (const name of Object.keys(fields)) checkField(name, fieldsOf, source)
  return fieldsOf as unknown as RunRecord
}

function checkField(name: string, record: Fields, source: string): void {
  if (fields[name]!(record[name])) return
  throw new FormatError(`run: run.json is damaged at '${name}'; run 'rank' again, it keeps what is whole`, {
    source,
    keyword: name,
  })
}
