import {
  assertRank,
  contiguousData,
  type ImageBatch,
  type Matrix,
  matrix,
  NumericalError,
  ParameterError,
  ShapeError,
  tensor,
} from '@astronomaly/core'
import type { Encoder, ViewCount } from './encoder.ts'
import type { FeatureRunner } from './feature-runner.ts'
import { averageViews, checkViews, squareViews } from './views.ts'

/** What identifies an encoder beside its engine. */
export interface EncoderIdentity {
  /** Name of the method. */
  readonly method: string
  /** Hash of the weights. */
  readonly hash: string
  /**
   * Symmetries to average over.
   * @defaultValue 1
   */
  readonly views?: ViewCount | undefined
}

function checkPixels(batch: ImageBatch, inputShape: readonly number[]): Float32Array {
  assertRank(batch, 4, 'encode')
  const shape = batch.shape.slice(1)
  if (shape.some((size, axis) => size !== inputShape[axis])) {
    throw new ShapeError(`encode: pictures must have shape [${inputShape}]. Received [${shape}].`)
  }
  const data = contiguousData(batch)
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!
    if (!(v >= 0 && v <= 1)) {
      const size = data.length / batch.shape[0]
      throw new NumericalError(`encode: values must lie in [0, 1]. Received ${v} in picture ${Math.floor(i / size)}.`)
    }
  }
  return data
}

/**
 * An encoder over a network on an engine: checks pictures, makes the views, averages them.
 *
 * @throws ParameterError when `views` is not 1, 4 or 8, or more than 1 for pictures that are not square.
 * @remarks The engine sees batches of one size only, the last filled up with black pictures; rounding in an engine may depend on
 * the batch's size, and so it cannot depend on how pictures are dealt out to workers.
 */
export function createEncoder(runner: FeatureRunner, identity: EncoderIdentity): Encoder {
  const { method, hash, views = 1 } = identity
  const { inputShape, featureCount, batchSize } = runner
  checkViews('createEncoder', views, inputShape)
  const size = inputShape[0] * inputShape[1] * inputShape[2]
  let disposed = false
  return {
    id: `${method}/${hash}/views-${views}/${runner.engine.replaceAll(' ', '-')}`,
    inputShape,
    featureCount,
    engine: runner.engine,
    async encode(batch): Promise<Matrix<Float32Array>> {
      if (disposed)
        throw new ParameterError(`encode: the encoder must not be disposed. Received ${method} after dispose().`)
      const pixels = checkPixels(batch, inputShape)
      const n = batch.shape[0]
      const rows = new Float32Array(n * views * featureCount)
      const chunk = new Float32Array(batchSize * size)
      let filled = 0
      let done = 0
      const flush = async (): Promise<void> => {
        chunk.fill(0, filled * size)
        const features = await runner.run(chunk)
        rows.set(features.subarray(0, filled * featureCount), done * featureCount)
        done += filled
        filled = 0
      }
      for (let i = 0; i < n; i++) {
        const picture = tensor(pixels.subarray(i * size, (i + 1) * size), [1, ...inputShape] as const)
        const seen = squareViews(picture, views).data
        for (let v = 0; v < views; v++) {
          chunk.set(seen.subarray(v * size, (v + 1) * size), filled++ * size)
          if (filled === batchSize) await flush()
        }
      }
      if (filled > 0) await flush()
      const bad = rows.findIndex((value) => !Number.isFinite(value))
      if (bad >= 0) {
        const picture = Math.floor(bad / (views * featureCount))
        throw new NumericalError(`encode: features must be finite. Received ${rows[bad]} for picture ${picture}.`)
      }
      return averageViews(matrix(rows, n * views, featureCount), views)
    },
    async dispose() {
      if (disposed) return
      disposed = true
      await runner.dispose()
    },
  }
}
