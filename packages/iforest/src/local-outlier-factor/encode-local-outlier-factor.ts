import { decodeModel, describeValue, encodeModel, FormatError } from '@astronomaly/core'
import type { LocalOutlierFactorParts } from './local-outlier-factor-parts.ts'

const kind = 'local-outlier-factor'
const version = 1

/** Packs a model: scalars as JSON, the arrays as they are. */
export function encodeLocalOutlierFactor(parts: LocalOutlierFactorParts): ArrayBuffer {
  const { rows, kDistances, densities, trainingScores, ...meta } = parts
  return encodeModel({ kind, version, meta, arrays: { rows, kDistances, densities, trainingScores } })
}

/**
 * Unpacks what {@link encodeLocalOutlierFactor} packed. Types and scalars are checked here, the arrays by the model.
 *
 * @returns Arrays over a copy of the bytes.
 * @throws FormatError
 */
export function decodeLocalOutlierFactor(buffer: ArrayBuffer): LocalOutlierFactorParts {
  const { meta, arrays } = decodeModel(buffer instanceof ArrayBuffer ? buffer.slice(0) : buffer, kind, version)
  const { rows, kDistances, densities, trainingScores } = arrays
  if (
    !(
      rows instanceof Float32Array &&
      kDistances instanceof Float64Array &&
      densities instanceof Float64Array &&
      trainingScores instanceof Float64Array
    )
  ) {
    throw new FormatError(
      `${kind} model: arrays must be rows, kDistances, densities and trainingScores. Received ${Object.keys(arrays)}`,
      { keyword: 'arrays' },
    )
  }
  const { columns, neighbours, offset } = meta
  for (const [keyword, value] of Object.entries({ columns, neighbours })) {
    if (Number.isSafeInteger(value) && (value as number) >= 1) continue
    throw new FormatError(`${kind} model: ${keyword} must be an integer >= 1. Received ${describeValue(value)}`, {
      keyword,
    })
  }
  if (!Number.isFinite(offset)) {
    throw new FormatError(`${kind} model: offset must be a finite number. Received ${describeValue(offset)}`, {
      keyword: 'offset',
    })
  }
  return {
    ...{ rows, kDistances, densities, trainingScores },
    columns: columns as number,
    neighbours: neighbours as number,
    offset: offset as number,
  }
}
