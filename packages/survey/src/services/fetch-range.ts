import { FormatError, RequestError, UnsupportedError } from '@astronomaly/core'
import { type AdqlOptions, countAdql, renderAdql } from '../selection/adql.ts'
import { findName } from '../selection/bind-predicate.ts'
import type { IdRange, TapRangeQuery } from './id-ranges.ts'
import { runQuery, type TapTable } from './query-tap.ts'
import type { TapPlan } from './service-options.ts'

/** What fetching by ranges needs. */
export interface RangePlan {
  readonly tap: TapPlan
  readonly query: TapRangeQuery
  readonly adql: AdqlOptions
  /** Whether rows are counted first. */
  readonly count: boolean
}

/**
 * The rows of a range, all of them.
 *
 * @returns Undefined when the service cannot give them all at once: the range must be split.
 * @throws UnsupportedError when a single id has more rows than the service gives; FormatError when the service gives rows outside the
 * range or more than it counted; what {@link runQuery} throws.
 */
export async function fetchRange(
  plan: RangePlan,
  range: IdRange,
): Promise<{ bytes: Uint8Array; table: TapTable } | undefined> {
  const { tap, adql } = plan
  const query = { ...plan.query, ids: { column: plan.query.ids.column, ...range } }
  const expected = plan.count ? await countRows(tap, countAdql(query, adql)) : undefined
  const tooMany = expected !== undefined && tap.maxRows !== undefined && expected > tap.maxRows
  const found = tooMany ? undefined : await fetchWhole(tap, renderAdql(query, adql))
  const rows = found?.table.rowCount
  const isWhole = found && (expected === undefined ? found.table.overflow === false : rows === expected)
  if (isWhole) {
    checkIds(tap, found.table, query.ids)
    return found
  }
  if (expected !== undefined && rows !== undefined && rows > expected) {
    const rule = `rows must be as many as the service counts, ${expected}`
    throw new FormatError(`${tap.subject}: ${rule}. Received ${rows}`, { source: tap.url })
  }
  if (range.from < range.to) return undefined
  throw new UnsupportedError(
    `${tap.subject}: an id must have no more rows than the service gives at once. Received ${range.from} (${tap.url}).`,
  )
}

/** Undefined when the answer is larger than the bound. */
async function fetchWhole(tap: TapPlan, adql: string): Promise<{ bytes: Uint8Array; table: TapTable } | undefined> {
  try {
    return await runQuery(tap, adql)
  } catch (error) {
    if (error instanceof RequestError && error.reason === 'too-large') return undefined
    throw error
  }
}

async function countRows(tap: TapPlan, adql: string): Promise<number> {
  const { maxRows: _, ...rest } = tap
  const { table } = await runQuery({ ...rest, maxRows: undefined, format: 'votable' }, adql)
  const [column] = table.columns.values()
  const count = Number(column?.values[0])
  if (table.rowCount === 1 && table.columns.size === 1 && Number.isSafeInteger(count) && count >= 0) return count
  throw new FormatError(`${tap.subject}: service must give one count. Received ${table.rowCount} rows`, {
    source: tap.url,
  })
}

/** Checks the ids where the query asks for them. */
function checkIds(tap: TapPlan, table: TapTable, ids: IdRange & { readonly column: string }): void {
  const name = findName(tap.subject, [...table.columns.keys()], ids.column)
  const values = name === undefined ? undefined : table.columns.get(name)?.values
  for (let row = 0; values && row < table.rowCount; row++) {
    const value = values[row] as number | string
    const isInteger = typeof value === 'number' ? Number.isInteger(value) : /^[+-]?\d{1,40}$/.test(value)
    const id = isInteger ? BigInt(value) : undefined
    if (id === undefined || id < ids.from || id > ids.to) {
      const rule = `ids must be from ${ids.from} to ${ids.to} as the query asks`
      throw new FormatError(`${tap.subject}: ${rule}. Received ${value}`, { source: tap.url, keyword: ids.column })
    }
  }
}
