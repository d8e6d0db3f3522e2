import { decodeModel, describeValue, encodeModel, FormatError, type ModelArray } from '@astronomaly/core'
import { countTerms } from '../grow/grow-forest.ts'
import { IsolationForestModel } from '../isolation-forest-model.ts'
import {
  checkSlidingColumns,
  type ResolvedSlidingOptions,
  resolveSlidingOptions,
  type SlidingIsolationForestOptions,
} from './sliding-options.ts'

/** What the state of a sliding forest consists of. */
export interface SlidingContent {
  readonly columns: number
  readonly options: ResolvedSlidingOptions
  /** Rows seen. */
  readonly count: number
  /** The trees of the moment; none before the first are grown. */
  readonly model: IsolationForestModel | undefined
  /** `[count, columns]`: all rows so far, until the first trees are grown on them; then none. */
  readonly first: Float32Array
  /** `[places held, columns]`: the samples of the trees to come, in the order of their births. */
  readonly rows: Float32Array
}

const kind = 'sliding-isolation-forest'
const version = 1

/** Packs a state: scalars as JSON, the trees as a model's buffer, the rows as they are. */
export function encodeSliding({ columns, options, count, model, first, rows }: SlidingContent): ArrayBuffer {
  const forest = model && { forest: new Uint8Array(model.buffer) }
  return encodeModel({ kind, version, meta: { columns, options, count }, arrays: { first, rows, ...forest } })
}

function reject(keyword: string, rule: string, received: unknown, cause?: unknown): never {
  throw new FormatError(`${kind} state: ${keyword} must ${rule}. Received ${describeValue(received)}`, {
    keyword,
    cause,
  })
}

/**
 * Unpacks what {@link encodeSliding} packed. All is checked but the number of rows, which depends on the schedule.
 *
 * @returns A copy of the rows.
 * @throws FormatError
 */
export function decodeSliding(buffer: ArrayBuffer): SlidingContent {
  const { meta, arrays } = decodeModel(buffer, kind, version)
  const { columns, count } = meta
  if (!(Number.isSafeInteger(columns) && (columns as number) >= 1)) reject('columns', 'be an integer >= 1', columns)
  if (!(Number.isSafeInteger(count) && (count as number) >= 0)) reject('count', 'be an integer >= 0', count)
  const options = decodeOptions(meta.options, columns as number)
  if ((count as number) > Number.MAX_SAFE_INTEGER / options.trees) reject('count x trees', 'be <= 2^53 - 1', count)
  const { forest } = arrays
  const first = decodeRows('first', arrays.first, options)
  const rows = decodeRows('rows', arrays.rows, options)
  const grown = (count as number) >= options.sampleSize
  const expected = grown ? 0 : (count as number) * (columns as number)
  if (first.length !== expected) reject('first', `hold ${expected} values`, first.length)
  if (grown !== forest instanceof Uint8Array) reject('forest', grown ? 'exist' : 'not exist yet', typeof forest)
  const model = forest && IsolationForestModel.from(Uint8Array.from(forest).buffer)
  if (model) checkModel(model, columns as number, options)
  return {
    columns: columns as number,
    options,
    count: count as number,
    model,
    first,
    rows,
  }
}

function decodeRows(name: string, array: ModelArray | undefined, { missing }: ResolvedSlidingOptions): Float32Array {
  if (!(array instanceof Float32Array)) return reject(name, 'be 32-bit floats', typeof array)
  const wrong = array.findIndex((x) => !(Number.isFinite(x) || (missing === 'both-ways' && Number.isNaN(x))))
  if (wrong >= 0) reject(name, missing === 'both-ways' ? 'be finite or NaN' : 'be finite', array[wrong])
  return array.slice()
}

function decodeOptions(options: unknown, columns: number): ResolvedSlidingOptions {
  if (typeof options !== 'object' || options === null) reject('options', 'be an object', options)
  try {
    const resolved = resolveSlidingOptions(options as SlidingIsolationForestOptions)
    checkSlidingColumns(columns, resolved)
    return resolved
  } catch (cause) {
    return reject('options', 'be those of a sliding forest of so many columns', (cause as Error).message, cause)
  }
}

/** Makes sure that the trees are of the kind that will be grown beside them. */
function checkModel(model: IsolationForestModel, columns: number, options: ResolvedSlidingOptions): void {
  const dimensions = countTerms(columns, options)
  for (const [name, value] of Object.entries({ columns, offset: 0.5, ...options, dimensions })) {
    if (!(name in model)) continue
    const found = model[name as keyof IsolationForestModel]
    if (found !== value) reject(`forest: ${name}`, `be ${String(value)}`, found)
  }
}
