import { describeValue, ParameterError } from '@astronomaly/core'
import type { TableBatch } from '@astronomaly/core/table'
import { bindPredicate, type ColumnMapping, columnsOf } from './bind-predicate.ts'
import { evaluateBound } from './evaluate-predicate.ts'
import type { Predicate } from './predicate.ts'

/** A subset of the rows: by a predicate, by the values of an identifier's column, or by row numbers from 0 (a cross-match). */
export type RowTag =
  | Predicate
  | { readonly column: string; readonly ids: Iterable<string | number | bigint> }
  | { readonly rows: Iterable<number> }

/** Tells batch after batch which rows are tagged. */
export interface Tagger {
  /** The columns that it reads, of those that a table has. */
  columns(names: readonly string[]): readonly string[]
  /** 1 for each tagged row. */
  mask(batch: TableBatch): Uint8Array
  /** How many of the ids or row numbers no row had, so far. */
  unmatched(): number
}

/** @throws ParameterError when the tag is none of the three kinds, or a row number is not an integer >= 0. */
export function createTagger(subject: string, tag: RowTag, mapping: ColumnMapping | undefined): Tagger {
  if (typeof tag === 'object' && tag !== null) {
    if ('kind' in tag) return predicateTagger(`${subject}: tag`, tag, mapping)
    if ('rows' in tag) return rowTagger(subject, tag.rows)
    if ('ids' in tag && typeof tag.column === 'string') return idTagger(`${subject}: tag`, tag.column, tag.ids)
  }
  throw new ParameterError(
    `${subject}: tag must be a predicate, { column, ids } or { rows }. Received ${describeValue(tag)}.`,
  )
}

function predicateTagger(subject: string, tag: Predicate, mapping: ColumnMapping | undefined): Tagger {
  const bind = (names: readonly string[]): Predicate => bindPredicate(tag, { subject, names, mapping })
  return {
    columns: (names) => [...columnsOf(bind(names))],
    mask: (batch) => evaluateBound(batch, bind([...batch.columns.keys()]), subject),
    unmatched: () => 0,
  }
}

function rowTagger(subject: string, rows: Iterable<number>): Tagger {
  const wanted = new Set(rows)
  for (const row of wanted) {
    if (!(Number.isSafeInteger(row) && row >= 0)) {
      throw new ParameterError(`${subject}: tag: row must be an integer >= 0. Received ${describeValue(row)}.`)
    }
  }
  let found = 0
  return {
    columns: () => [],
    mask: (batch) => {
      const out = new Uint8Array(batch.rowCount)
      for (let row = 0; row < out.length; row++) if (wanted.has(batch.start + row)) out[row] = 1
      found += out.reduce((sum, each) => sum + each, 0)
      return out
    },
    unmatched: () => wanted.size - found,
  }
}

/** Identifiers are compared as text: 12, 12n and '12' are one. */
function idTagger(subject: string, name: string, ids: Iterable<string | number | bigint>): Tagger {
  const wanted = new Set(Array.from(ids, (id) => String(id).trim()))
  const found = new Set<string>()
  const columns = (names: readonly string[]): readonly string[] => {
    return [...columnsOf(bindPredicate({ kind: 'missing', of: { kind: 'column', name } }, { subject, names }))]
  }
  return {
    columns,
    mask: (batch) => {
      const [own = name] = columns([...batch.columns.keys()])
      const values = batch.columns.get(own)?.values ?? []
      const out = new Uint8Array(batch.rowCount)
      for (let row = 0; row < out.length; row++) {
        const id = String(values[row]).trim()
        if (!wanted.has(id)) continue
        found.add(id)
        out[row] = 1
      }
      return out
    },
    unmatched: () => wanted.size - found.size,
  }
}
