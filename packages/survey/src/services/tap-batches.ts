import { flagOption, ParameterError, passedOption, type ResolvedOptions, resolveOptions } from '@astronomaly/core'
import type { TableBatch } from '@astronomaly/core/table'
import { toldOnce } from '@astronomaly/core/table'
import type { AdqlOptions } from '../selection/adql.ts'
import type { Cut } from '../selection/predicate.ts'
import { fetchRange, type RangePlan } from './fetch-range.ts'
import { halves, resolveRanges, type TapIds, type TapRangeQuery } from './id-ranges.ts'
import { serviceUrl, type TapOptions, tapRules } from './service-options.ts'

/** How rows are fetched by ranges of ids. */
export interface TapRangeOptions extends TapOptions {
  /** What the table looks like. */
  readonly adql?: AdqlOptions | undefined
  /**
   * Whether the service counts the rows of each piece first, so that none can be missing. CSV and FITS need it, because they cannot
   * say that rows are missing.
   * @defaultValue true unless the format is VOTable
   */
  readonly count?: boolean | undefined
}

/** Rules of the options of all queries by ranges of ids. */
export const rangeRules = {
  ...tapRules,
  adql: (value: AdqlOptions | undefined): AdqlOptions => value ?? {},
  count: (value: boolean | undefined, subject: string) =>
    value === undefined ? value : flagOption(true)(value, subject),
}

/** With a top of its own each piece would silently lack rows. */
const queryRules = {
  table: passedOption<TapRangeQuery['table']>(),
  select: passedOption<readonly string[]>(),
  cuts: passedOption<readonly Cut[]>(),
  ids: passedOption<TapIds>(),
}

/** @param options - Resolved by {@link rangeRules}. */
export function resolveRangePlan(
  subject: string,
  url: string | URL,
  query: TapRangeQuery,
  { adql, count: wanted, ...options }: ResolvedOptions<typeof rangeRules>,
): RangePlan {
  resolveOptions(`${subject}: query`, query, queryRules)
  // Each piece has the same columns.
  const onWarning = toldOnce(options.onWarning)
  const count = wanted ?? options.format !== 'votable'
  if (!count && options.format !== 'votable') {
    throw new ParameterError(
      `${subject}: count must be true for ${options.format}, which cannot say that rows are missing.`,
    )
  }
  return { tap: { ...options, subject, url: serviceUrl(subject, url), onWarning }, query, adql, count }
}

/**
 * The rows of a query, fetched piece by piece by ranges of an id.
 *
 * @param url - The service's base address.
 * @param query - Cuts, columns and the ranges. Rows without an id do not come.
 * @returns A batch for each piece with rows, in the order of the ranges; within a piece, in the service's order. A piece that the
 * service cannot give whole is split in two, until it can: no row is lost.
 * @throws UnsupportedError when a single id has more rows than the service gives; FormatError when ids lie outside their range;
 * what `renderAdql` and `queryTap` throw.
 * @remarks Holds one piece. Types of columns are those that each piece has: a column of integers may be float64 where one is missing.
 */
export async function* tapBatches(
  url: string | URL,
  query: TapRangeQuery,
  options: TapRangeOptions = {},
): AsyncGenerator<TableBatch, void, undefined> {
  const plan = resolveRangePlan('tapBatches', url, query, resolveOptions('tapBatches', options, rangeRules))
  const left = resolveRanges('tapBatches', query.ids).reverse()
  let start = 0
  for (let range = left.pop(); range; range = left.pop()) {
    const found = await fetchRange(plan, range)
    if (!found) {
      left.push(...halves(range).reverse())
      continue
    }
    const { rowCount, columns } = found.table
    if (rowCount > 0) yield { start, rowCount, columns }
    start += rowCount
  }
}
