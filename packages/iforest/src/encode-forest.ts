import { decodeModel, encodeModel, FormatError } from '@astronomaly/core'
import { type PathLengthConvention, pathLengthConventions } from './average-path-length.ts'
import type { IsolationForestParts } from './isolation-forest-model.ts'
import type { MissingRule } from './read-batches.ts'

const kind = 'isolation-forest'
const version = 1
const missingRules: readonly MissingRule[] = ['reject', 'both-ways']

/** Packs a model: scalars as JSON, the arrays of {@link FlatForest} as they are. */
export function encodeForest({ forest, ...meta }: IsolationForestParts): ArrayBuffer {
  return encodeModel({ kind, version, meta, arrays: { ...forest } })
}

/**
 * Unpacks what {@link encodeForest} packed. Types and scalars are checked here, the trees by `checkForest`.
 *
 * @returns Arrays over a copy of the bytes.
 * @throws FormatError
 */
export function decodeForest(buffer: ArrayBuffer): IsolationForestParts {
  const { meta, arrays } = decodeModel(buffer instanceof ArrayBuffer ? buffer.slice(0) : buffer, kind, version)
  const reject = (keyword: string, rule: string, received: unknown): never => {
    throw new FormatError(`${kind} model: ${keyword} must ${rule}. Received ${String(received)}`, { keyword })
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
  const { roots, feature, threshold, left, size, value } = arrays
  if (
    !(
      roots instanceof Uint32Array &&
      feature instanceof Int32Array &&
      threshold instanceof Float32Array &&
      left instanceof Int32Array &&
      size instanceof Uint32Array &&
      value instanceof Float64Array
    )
  ) {
    return reject('arrays', 'be roots, feature, threshold, left, size and value', Object.keys(arrays))
  }
  return {
    forest: { roots, feature, threshold, left, size, value },
    columns: columns as number,
    sampleSize: sampleSize as number,
    missing: missing as MissingRule,
    pathLength: pathLength as PathLengthConvention,
    offset: offset as number,
  }
}
