/** One trained array, row-major. */
export interface WeightTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** Trained arrays by name. */
export interface WeightTensors {
  /** The file, for messages. */
  readonly source: string
  /**
   * Order of a kernel's axes. `'keras'`: [height, width, in, out], depthwise [height, width, channels, 1];
   * `'torch'`: [out, in, height, width], depthwise [channels, 1, height, width].
   */
  readonly layout: 'keras' | 'torch'
  readonly tensors: ReadonlyMap<string, WeightTensor>
}
