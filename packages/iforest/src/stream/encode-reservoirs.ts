import { checkNumber, decodeModel, describeValue, encodeModel, FormatError } from '@astronomaly/core'
import { type MissingRule, missingRules } from '../forest-rows.ts'
import { checkDraws, checkRowMemory, mostTrees } from '../grow/draw-limits.ts'

/** The scalars of a `ForestReservoirs`. */
export interface ReservoirFields {
  readonly columns: number
  readonly trees: number
  readonly sampleSize: number
  readonly missing: MissingRule
  /** Seed of the draws since row `base`. */
  readonly key: string
  /** Rows before the last merge and by it; 0 where nothing has been merged. */
  readonly base: number
}

/** What a state consists of. */
export interface ReservoirContent {
  readonly fields: ReservoirFields
  /** Rows seen. */
  readonly count: number
  /** `[places held, columns]`: of each tree in turn, or once for all while each of them has all rows. */
  readonly rows: Float32Array
}

const kind = 'forest-reservoirs'
const version = 1

/** Packs a state: scalars as JSON, the rows as they are. */
export function encodeReservoirs({ fields, count, rows }: ReservoirContent): ArrayBuffer {
  return encodeModel({ kind, version, meta: { ...fields, count }, arrays: { rows } })
}

/**
 * Unpacks what {@link encodeReservoirs} packed; every field is checked.
 *
 * @returns A copy of the rows.
 * @throws FormatError
 */
export function decodeReservoirs(buffer: ArrayBuffer): ReservoirContent {
  const { meta, arrays } = decodeModel(buffer, kind, version)
  const reject = (keyword: string, rule: string, received: unknown): never => {
    throw new FormatError(`${kind} state: ${keyword} must ${rule}. Received ${describeValue(received)}`, { keyword })
  }
  const { columns, trees, sampleSize, missing, key, base, count } = meta
  for (const [name, value] of Object.entries({ columns, trees, sampleSize })) {
    if (!(Number.isSafeInteger(value) && (value as number) >= 1)) reject(name, 'be an integer >= 1', value)
  }
  for (const [name, value] of Object.entries({ count, base })) {
    if (!(Number.isSafeInteger(value) && (value as number) >= 0)) reject(name, 'be an integer >= 0', value)
  }
  if ((base as number) > (count as number)) reject('base', `be <= count, ${String(count)}`, base)
  if (!missingRules.includes(missing as MissingRule)) reject('missing', `be ${missingRules.join(' or ')}`, missing)
  if (typeof key !== 'string') return reject('key', 'be a string', key)
  const fields = { columns, trees, sampleSize, missing, key, base } as ReservoirFields
  try {
    checkNumber('trees', fields.trees, { max: mostTrees })
    checkDraws(fields.trees, fields.sampleSize)
    checkRowMemory(fields.trees * fields.sampleSize, fields.columns)
  } catch (cause) {
    throw new FormatError(`${kind} state: trees x sampleSize x columns must fit in memory`, { keyword: 'trees', cause })
  }
  const { rows } = arrays
  const places =
    Math.min(count as number, fields.sampleSize) * ((count as number) > fields.sampleSize ? fields.trees : 1)
  if (!(rows instanceof Float32Array && rows.length === places * fields.columns)) {
    return reject('rows', `hold ${places} rows of ${fields.columns} values`, rows?.length)
  }
  const wrong = rows.findIndex((x) => !(Number.isFinite(x) || (Number.isNaN(x) && missing === 'both-ways')))
  if (wrong >= 0) reject('rows', missing === 'reject' ? 'be finite' : 'be finite or NaN', rows[wrong])
  return { fields, count: count as number, rows: rows.slice() }
}
