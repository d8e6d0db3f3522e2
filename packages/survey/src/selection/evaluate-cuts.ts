import {
  choiceOption,
  describeValue,
  NotFoundError,
  numberOption,
  ParameterError,
  type Progress,
  passedOption,
  resolveOptions,
  runRules,
} from '@astronomaly/core'
import { bindPredicate, type ColumnMapping, columnsOf } from './bind-predicate.ts'
import { evaluateBound } from './evaluate-predicate.ts'
import type { Cut, Predicate } from './predicate.ts'
import { createTagger, type RowTag, type Tagger } from './row-tag.ts'
import { readSource, type TableSource } from './table-source.ts'

/** How cuts are counted. */
export interface EvaluateCutsOptions {
  /** A subset that is counted beside all rows, such as known anomalies. */
  readonly tag?: RowTag | undefined
  /** What the table has instead of columns that the cuts name. */
  readonly columns?: ColumnMapping | undefined
  /**
   * What to do with a cut whose columns the table lacks: an error, or leave it out and say so in the report.
   * @defaultValue 'error'
   */
  readonly lacking?: 'error' | 'leave-out' | undefined
  /**
   * Most rows at a time.
   * @defaultValue what the source gives
   */
  readonly batchRows?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: Progress) => void) | undefined
}

/** Rules of all who go through a table's batches. */
export const batchRules = {
  columns: passedOption<ColumnMapping>(),
  batchRows: numberOption(undefined, { min: 1, integer: true }),
  signal: runRules.signal,
  onProgress: runRules.onProgress,
}

const rules = { ...batchRules, tag: passedOption<RowTag>(), lacking: choiceOption(['error', 'leave-out'], 'error') }

/** Rows, of all and of the tagged subset. */
export interface RowCounts {
  readonly all: number
  /** 0 without a tag. */
  readonly tagged: number
}

/** What one cut does. */
export interface CutCounts {
  readonly name: string
  /** Rows that the cut excludes on its own. */
  readonly excluded: RowCounts
  /** Rows that this cut excludes and no other does. */
  readonly onlyThis: RowCounts
  /** Rows that are left by this cut and all before it. */
  readonly remaining: RowCounts
}

/** What cuts do to a catalogue: the paper's Table 1. */
export interface CutReport {
  readonly rows: RowCounts
  readonly cuts: readonly CutCounts[]
  /** Rows that no cut excludes. */
  readonly survivors: RowCounts
  /** Cuts that were left out, with the column that the table lacks. */
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
  /** Whether a subset was tagged. */
  readonly hasTag: boolean
  /** How many of the tag's ids or row numbers no row had; 0 for a predicate. */
  readonly unmatched: number
}

/**
 * Counts what each cut excludes, of all rows and of a tagged subset.
 *
 * @param source - Of a catalogue, only the columns that the cuts and the tag read.
 * @param cuts - Of different names. A row for which a cut is unknown (a missing value) is excluded.
 * @throws NotFoundError naming the cut and the column that the table lacks; ParameterError when cuts or options are damaged;
 * the signal's reason.
 * @remarks One pass; memory is that of a batch, and of the tag's ids or row numbers.
 * @see Etsebeth et al. 2024, MNRAS 529, 732, Table 1
 */
export async function evaluateCuts(
  source: TableSource,
  cuts: readonly Cut[],
  options: EvaluateCutsOptions = {},
): Promise<CutReport> {
  const subject = 'evaluateCuts'
  const { tag, columns, lacking, batchRows, signal, onProgress } = resolveOptions(subject, options, rules)
  checkCuts(subject, cuts)
  const tagger = tag === undefined ? undefined : createTagger(subject, tag, columns)
  const bind = (names: readonly string[]): BoundCuts => bindCuts(subject, cuts, names, columns, lacking)
  const counts = new Counter(cuts.length)
  const leftOut = new Map<string, string>()
  const batches = readSource(subject, source, {
    choose: (names) => {
      const bound = bind(names)
      for (const { name, reason } of bound.leftOut) leftOut.set(name, reason)
      return neededColumns(bound.keep, tagger, names)
    },
    batchRows,
    signal,
  })
  for await (const batch of batches) {
    const bound = bind([...batch.columns.keys()])
    for (const { name, reason } of bound.leftOut) if (!leftOut.has(name)) leftOut.set(name, reason)
    const masks = bound.keep.map((keep, i) => keep && evaluateBound(batch, keep, `${subject}: cut ${cuts[i]?.name}`))
    counts.add(masks, tagger?.mask(batch), batch.rowCount)
    onProgress?.({ stage: 'cuts', done: counts.rows.all })
  }
  return {
    rows: counts.rows,
    cuts: cuts.flatMap(({ name }, i) => (leftOut.has(name) ? [] : [{ name, ...(counts.cuts[i] as Counted) }])),
    survivors: counts.survivors,
    leftOut: [...leftOut].map(([name, reason]) => ({ name, reason })),
    hasTag: tagger !== undefined,
    unmatched: tagger?.unmatched() ?? 0,
  }
}

interface BoundCuts {
  /** In the order of the cuts; undefined for one that is left out. */
  readonly keep: readonly (Predicate | undefined)[]
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[]
}

/** Cuts with the table's own columns. */
export function bindCuts(
  subject: string,
  cuts: readonly Cut[],
  names: readonly string[] | undefined,
  mapping: ColumnMapping | undefined,
  lacking: 'error' | 'leave-out' = 'error',
): BoundCuts {
  const leftOut: { name: string; reason: string }[] = []
  const keep = cuts.map((cut) => {
    try {
      return bindPredicate(cut.keep, { subject: `${subject}: cut ${cut.name}`, names, mapping })
    } catch (error) {
      if (lacking === 'error' || !(error instanceof NotFoundError)) throw error
      leftOut.push({ name: cut.name, reason: error.message })
      return undefined
    }
  })
  return { keep, leftOut }
}

/** @throws ParameterError when they are no list, two cuts have one name, or a cut has none. */
export function checkCuts(subject: string, cuts: readonly Cut[]): void {
  if (!Array.isArray(cuts)) {
    throw new ParameterError(`${subject}: cuts must be a list. Received ${describeValue(cuts)}.`)
  }
  const names = new Set<string>()
  for (const cut of cuts as readonly Cut[]) {
    const name: unknown = (cut as { name?: unknown } | null)?.name
    if (typeof name !== 'string' || name === '' || names.has(name)) {
      throw new ParameterError(`${subject}: cuts must have different names. Received ${String(name)}.`)
    }
    names.add(name)
  }
}

function neededColumns(
  keep: readonly (Predicate | undefined)[],
  tagger: Tagger | undefined,
  names: readonly string[],
): readonly string[] {
  const needed = new Set<string>(tagger?.columns(names))
  for (const each of keep) if (each) columnsOf(each, needed)
  return names.filter((name) => needed.has(name))
}

interface Counted {
  readonly excluded: { all: number; tagged: number }
  readonly onlyThis: { all: number; tagged: number }
  readonly remaining: { all: number; tagged: number }
}

const none = (): { all: number; tagged: number } => ({ all: 0, tagged: 0 })

class Counter {
  readonly rows: { all: number; tagged: number } = none()
  readonly survivors: { all: number; tagged: number } = none()
  readonly cuts: readonly Counted[]

  constructor(count: number) {
    this.cuts = Array.from({ length: count }, () => ({ excluded: none(), onlyThis: none(), remaining: none() }))
  }

  add(masks: readonly (Uint8Array | undefined)[], tagged: Uint8Array | undefined, rowCount: number): void {
    const tag = tagged ?? new Uint8Array(rowCount)
    // How many cuts exclude each row, and the last of them.
    const failed = new Uint32Array(rowCount)
    const last = new Uint32Array(rowCount)
    for (const [i, mask] of masks.entries()) {
      if (!mask) continue
      const { excluded, remaining } = this.cuts[i] as Counted
      for (let row = 0; row < rowCount; row++) {
        if (mask[row] === 0) {
          failed[row]!++
          last[row] = i
          excluded.all++
          excluded.tagged += tag[row]!
        } else if (failed[row] === 0) {
          remaining.all++
          remaining.tagged += tag[row]!
        }
      }
    }
    this.rows.all += rowCount
    for (let row = 0; row < rowCount; row++) {
      this.rows.tagged += tag[row]!
      if (failed[row]! > 1) continue
      const counts = failed[row] === 0 ? this.survivors : this.cuts[last[row]!]!.onlyThis
      counts.all++
      counts.tagged += tag[row]!
    }
  }
}
