import { citation, type Making, making } from './making.ts'
import type { RunData } from './run-data.ts'
import type { RunRecord } from './run-record.ts'

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
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['software', describe(now)],
    ['date', now.date],
    ['ranked', made && `${made.date} by ${describe(made)}`],
    ['folder', record.folder],
    ['catalogue', record.catalogue ? `${record.options.catalogue} (SHA-256 begins ${record.catalogue})` : 'none'],
    ['objects', String(ids.length)],
    ['options', optionText(record)],
    ['bits of deep pictures', record.bits === undefined || record.bits === 16 ? undefined : String(record.bits)],
    ['seed', String(record.options.seed)],
    ['learner', learned?.learner ?? 'none: isolation forest'],
    ['learner seed', learned && String(learned.seed)],
    ['labels', String(learned ? ratings.size : 0)],
    ['citation', citation],
  ]
  return new Map(facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined))
}
