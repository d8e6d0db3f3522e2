import { assertKnownKeys, describeValue, ParameterError } from '@astronomaly/core'
import type { AdqlQuery } from '../selection/adql.ts'

/** Which rows are fetched in which pieces: ranges of an integer column of which no two rows have the same value. */
export type TapIds =
  | {
      readonly column: string
      /** First and last id, both included. */
      readonly from: number | bigint
      readonly to: number | bigint
      /** Ids that one piece spans; ids need not be dense. */
      readonly step: number | bigint
    }
  | {
      readonly column: string
      /** First and last id of each piece, both included, ascending. */
      readonly ranges: readonly (readonly [number | bigint, number | bigint])[]
    }

/** A query whose rows are fetched by ranges of ids. */
export interface TapRangeQuery extends Omit<AdqlQuery, 'ids' | 'top' | 'orderBy'> {
  readonly ids: TapIds
}

/** First and last id, both included. */
export interface IdRange {
  readonly from: bigint
  readonly to: bigint
}

const mostRanges = 1_000_000

/** @throws ParameterError when an id is no integer, ranges are not ascending, or there are more than a million. */
export function resolveRanges(subject: string, ids: TapIds): IdRange[] {
  if (typeof ids !== 'object' || ids === null || typeof ids.column !== 'string' || ids.column === '') {
    throw new ParameterError(`${subject}: ids must name a column and its ranges. Received ${describeValue(ids)}.`)
  }
  assertKnownKeys(`${subject}: ids`, ids, 'ranges' in ids ? ['column', 'ranges'] : ['column', 'from', 'to', 'step'])
  if ('ranges' in ids) return checkRanges(subject, ids.ranges)
  const from = toId(`${subject}: from`, ids.from)
  const to = toId(`${subject}: to`, ids.to)
  const step = toId(`${subject}: step`, ids.step)
  if (to < from) throw new ParameterError(`${subject}: to must be >= from. Received ${from} to ${to}.`)
  if (step < 1n) throw new ParameterError(`${subject}: step must be >= 1. Received ${step}.`)
  const count = (to - from) / step + 1n
  if (count > BigInt(mostRanges)) {
    throw new ParameterError(`${subject}: ranges must be at most ${mostRanges}. Received a step that makes ${count}.`)
  }
  return Array.from({ length: Number(count) }, (_, i) => {
    const first = from + BigInt(i) * step
    const last = first + step - 1n
    return { from: first, to: last < to ? last : to }
  })
}

function checkRanges(subject: string, ranges: unknown): IdRange[] {
  if (!(Array.isArray(ranges) && ranges.length > 0 && ranges.length <= mostRanges)) {
    throw new ParameterError(`${subject}: ranges must be 1 to ${mostRanges}. Received ${describeValue(ranges)}.`)
  }
  let last: bigint | undefined
  return ranges.map((range: unknown) => {
    const [first, end] = Array.isArray(range) && range.length === 2 ? range : []
    const from = toId(`${subject}: from`, first)
    const to = toId(`${subject}: to`, end)
    if (to < from || (last !== undefined && from <= last)) {
      throw new ParameterError(`${subject}: ranges must ascend and not overlap. Received ${from} to ${to}.`)
    }
    last = to
    return { from, to }
  })
}

function toId(subject: string, value: unknown): bigint {
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return BigInt(value as bigint | number)
  throw new ParameterError(`${subject} must be an integer, beyond 2^53 as bigint. Received ${describeValue(value)}.`)
}

/** Two halves of a range of more than one id. */
export function halves({ from, to }: IdRange): [IdRange, IdRange] {
  const middle = from + (to - from) / 2n
  return [
    { from, to: middle },
    { from: middle + 1n, to },
  ]
}
