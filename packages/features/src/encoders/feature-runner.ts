/** A network on an engine: what {@link createEncoder} builds an encoder from. */
export interface FeatureRunner {
  /** Engine with version. */
  readonly engine: string
  readonly inputShape: readonly [height: number, width: number, channels: number]
  readonly featureCount: number
  /**
   * Runs the network on exactly one batch.
   *
   * @param pixels - `[batchSize, height, width, channels]`, in [0, 1], row-major; not kept, not changed.
   * @returns `[batchSize, featureCount]`.
   */
  run(pixels: Float32Array): Promise<Float32Array>
  /** Pictures in one batch, always the same so that no result depends on how many there are. */
  readonly batchSize: number
  dispose(): Promise<void>
}
