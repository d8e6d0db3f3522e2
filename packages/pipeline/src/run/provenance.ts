import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { RunData } from './run-data.ts'
import type { RunRecord } from './run-directory.ts'

/** What made something, and when. */
export interface Making {
  /** Version of `@astronomaly/pipeline`. */
  readonly version: string
  /** Commit of the sources that it was built from, with `+` where they had been changed; null when unknown. */
  readonly commit: string | null
  /** ISO 8601, UTC. */
  readonly date: string
  /** Version of Node. */
  readonly node: string
}

const require = createRequire(import.meta.url)

/** Written beside the built code; absent where the sources run as they are. */
function builtFrom(): string | null {
  const path = new URL('./commit.json', import.meta.url)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { commit: string | null }).commit : null
}

/** The present code, here and now. */
export function making(): Making {
  const { version } = require('@astronomaly/pipeline/package.json') as { version: string }
  return { version, commit: builtFrom(), date: new Date().toISOString(), node: process.versions.node }
}

/** The papers to cite for a ranking. */
export const citation =
  'Etsebeth et al. 2024, MNRAS 529, 732, doi:10.1093/mnras/stae496; Lochner & Bassett 2021, Astron. Comput. 36, 100481, doi:10.1016/j.ascom.2021.100481'

function describe({ version, commit, node }: Making): string {
  return `astronomaly ${version}${commit === null ? '' : ` (commit ${commit})`}, Node ${node}`
}

/** The options that differ from one run to the next, as they are written into provenance: all but paths and what shows nothing. */
function optionText({ options }: RunRecord): string {
  const { folder: _folder, out: _out, catalogue: _catalogue, top: _top, ...rest } = options
  return JSON.stringify(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)))
}

/**
 * Where a ranking comes from, as names and texts for the header of a file or a page: software and commit, dates, options, what it was
 * made from, learner, seed, labels, and what to cite.
 */
export function provenanceOf(data: RunData, now: Making = making()): ReadonlyMap<string, string> {
  const { record, learned, ids, ratings } = data
  const { made } = record
  return new Map([
    ['software', describe(now)],
    ['date', now.date],
    ...(made ? ([['ranked', `${made.date} by ${describe(made)}`]] as const) : []),
    ['folder', record.folder],
    ['catalogue', record.catalogue ? `${record.options.catalogue} (SHA-256 begins ${record.catalogue})` : 'none'],
    ['objects', String(ids.length)],
    ['options', optionText(record)],
    ...(record.bits === undefined || record.bits === 16
      ? []
      : ([['bits of deep pictures', String(record.bits)]] as const)),
    ['seed', String(record.options.seed)],
    ['learner', learned?.learner ?? 'none: isolation forest'],
    ...(learned ? ([['learner seed', String(learned.seed)]] as const) : []),
    ['labels', String(learned ? ratings.size : 0)],
    ['citation', citation],
  ])
}
