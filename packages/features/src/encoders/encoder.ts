import type { ImageBatch, Matrix } from '@astronomaly/core'

/** Over how many symmetries of the square a vector is averaged: 1, four rotations, or four rotations of both mirror images. */
export type ViewCount = 1 | 4 | 8

/**
 * A convolutional network that turns pictures into feature vectors.
 *
 * @remarks Every encoder takes the same pixels, whatever network stands behind it: 0 is black and 1 is white. What the network
 * was trained on (−1 … 1, 0 … 255) is made from that inside. Tensors of the engine never cross this interface.
 */
export interface Encoder {
  /**
   * Method, hash of the weights, views and engine; two encoders with one id give the same bits: on every machine with the engine
   * inside this package, on the same processor with a native one.
   */
  readonly id: string
  /** Size of the pictures that {@link Encoder.encode} takes. */
  readonly inputShape: readonly [height: number, width: number, channels: number]
  /** Length of a feature vector. */
  readonly featureCount: number
  /** What computes, with its version, such as `'onnxruntime-node 1.30.0'` or `'tfjs-wasm 4.22.0'`. */
  readonly engine: string
  /**
   * The features of pictures.
   *
   * @param batch - `[n, height, width, channels]`, RGB where there are three channels, values in [0, 1]; n may be 0.
   * @returns Float32 `[n, featureCount]`, one row a picture, in order. A row depends on its picture alone: the same bits
   * whatever pictures stand beside it.
   * @throws ShapeError when a picture has another size; NumericalError when a value is NaN or outside [0, 1], or a feature
   * is not finite; ParameterError after {@link Encoder.dispose}.
   */
  encode(batch: ImageBatch): Promise<Matrix<Float32Array>>
  /** Frees the engine's memory; a second call does nothing. */
  dispose(): Promise<void>
}
