import { decodeModel, definedOnly, describeValue, encodeModel, FormatError, type ModelArray } from '@astronomaly/core'
import { type PathLengthConvention, pathLengthConventions } from '../average-path-length.ts'
import { type FlatForest, forestShape } from '../flat-forest.ts'
import type { IsolationForestParts } from '../forest-parts.ts'
import { type MissingRule, missingRules } from '../forest-rows.ts'

const kind = 'isolation-forest'
/** 1: axis-parallel cuts without ranges. 2: with optional arrays, which a reader of 1 would pass over. */
const newestVersion = 2

/** Packs a model: scalars as JSON, the arrays of {@link FlatForest} as they are. */
export function encodeForest({ forest, ...meta }: IsolationForestParts): ArrayBuffer {
  const { ranges, terms } = forestShape(forest)
  return encodeModel({ kind, version: ranges || terms > 1 ? 2 : 1, meta, arrays: positiveZeros(forest) })
}

/** −0 cuts as 0 does and has no place in JSON: both forms of a model hold 0 instead. */
function positiveZeros(forest: FlatForest): Record<string, ModelArray> {
  const arrays: Record<string, ModelArray> = { ...forest }
  for (const [name, array] of Object.entries(arrays)) {
    if (array instanceof Float32Array && array.some((x) => Object.is(x, -0))) arrays[name] = array.map((x) => x + 0)
  }
  return arrays
}

/**
 * Unpacks what {@link encodeForest} packed. Types and scalars are checked here, the trees by `checkForest`.
 *
 * @returns Arrays over a copy of the bytes.
 * @throws FormatError
 */
export function decodeForest(buffer: ArrayBuffer): IsolationForestParts {
  const { meta, arrays } = decodeModel(buffer instanceof ArrayBuffer ? buffer.slice(0) : buffer, kind, newestVersion)
  const { roots, feature, threshold, left, size, value, low, high, termColumns, termWeights, termCentres } = arrays
  const absentOr = <A>(array: unknown, type: new (length: number) => A): array is A | undefined =>
    array === undefined || array instanceof type
  if (
    !(
      roots instanceof Uint32Array &&
      feature instanceof Int32Array &&
      threshold instanceof Float32Array &&
      left instanceof Int32Array &&
      size instanceof Uint32Array &&
      value instanceof Float64Array &&
      absentOr(low, Float32Array) &&
      absentOr(high, Float32Array) &&
      absentOr(termColumns, Int32Array) &&
      absentOr(termWeights, Float32Array) &&
      absentOr(termCentres, Float32Array)
    )
  ) {
    throw new FormatError(`${kind} model: arrays must be those of a FlatForest. Received ${Object.keys(arrays)}`, {
      keyword: 'arrays',
    })
  }
  return {
    forest: definedOnly({
      ...{ roots, feature, threshold, left, size, value },
      ...{ low, high, termColumns, termWeights, termCentres },
    }),
    ...checkScalars(meta),
  }
}

/**
 * The scalars of a model of unknown origin.
 *
 * @throws FormatError naming the field.
 */
export function checkScalars(meta: Readonly<Record<string, unknown>>): Omit<IsolationForestParts, 'forest'> {
  const reject = (keyword: string, rule: string, received: unknown): never => {
    throw new FormatError(`${kind} model: ${keyword} must ${rule}. Received ${describeValue(received)}`, { keyword })
  }
  const { columns, sampleSize, missing, pathLength, offset } = meta
  for (const [name, value] of Object.entries({ columns, sampleSize })) {
    if (!(Number.isSafeInteger(value) && (value as number) >= 1)) reject(name, 'be an integer >= 1', value)
  }
  if (!missingRules.includes(missing as MissingRule)) reject('missing', `be ${missingRules.join(' or ')}`, missing)
  if (!pathLengthConventions.includes(pathLength as PathLengthConvention)) {
    reject('pathLength', `be ${pathLengthConventions.join(' or ')}`, pathLength)
  }
  if (!Number.isFinite(offset)) reject('offset', 'be a finite number', offset)
  return {
    columns: columns as number,
    sampleSize: sampleSize as number,
    missing: missing as MissingRule,
    pathLength: pathLength as PathLengthConvention,
    offset: offset as number,
  }
}
