import {
  type BatchOptions,
  decodeModel,
  definedOnly,
  encodeModel,
  FormatError,
  finiteRows,
  type Matrix,
  matrix,
  type RowBatch,
  type RowSource,
  type Rows,
  ShapeError,
  toRowSource,
} from '@astronomaly/core'
import { type UnroundedBatch, unroundedBatches } from './unrounded-batches.ts'

/** All that a {@link PcaModel} consists of. */
export interface PcaParts {
  /** Rows that it was fitted to. */
  readonly count: number
  /** `[inputColumns]` Mean of each column. */
  readonly mean: Float64Array
  /** `[inputColumns]` Standard deviation (n − 1) of each column; 0 where it is constant. */
  readonly deviation: Float64Array
  /** `[inputColumns]` What each centred column is divided by, > 0: 1, its standard deviation, or what its group asks for. */
  readonly scale: Float64Array
  /** `[columns, inputColumns]`, row-major; orthonormal rows, each one's entry of largest magnitude positive. */
  readonly components: Float64Array
  /** `[columns]` Variance (n − 1) along each component, descending. */
  readonly explainedVariance: Float64Array
  /** Variance of all (scaled) columns together. */
  readonly totalVariance: number
}

const kind = 'pca'

/** Fitted principal components. Immutable. */
export class PcaModel implements PcaParts {
  /** Number of components: columns of the result. */
  readonly columns: number
  /** Columns of the rows that it takes. */
  readonly inputColumns: number
  readonly count: number
  readonly mean: Float64Array
  readonly deviation: Float64Array
  readonly scale: Float64Array
  readonly components: Float64Array
  readonly explainedVariance: Float64Array
  readonly totalVariance: number
  /** `[columns]` {@link explainedVariance} as shares of the whole variance, in [0, 1]. */
  readonly explainedVarianceRatio: Float64Array

  /** @throws ShapeError when the arrays do not fit together. */
  constructor(parts: PcaParts) {
    this.count = parts.count
    this.mean = parts.mean
    this.deviation = parts.deviation
    this.scale = parts.scale
    this.components = parts.components
    this.explainedVariance = parts.explainedVariance
    this.inputColumns = parts.mean.length
    this.columns = parts.explainedVariance.length
    this.totalVariance = parts.totalVariance
    const d = this.inputColumns
    if (this.scale.length !== d || this.deviation.length !== d || this.components.length !== this.columns * d) {
      throw new ShapeError('PcaModel: mean, deviation, scale, components and explainedVariance must fit together.')
    }
    this.explainedVarianceRatio = this.explainedVariance.map((v) =>
      this.totalVariance > 0 ? v / this.totalVariance : 0,
    )
  }

  /**
   * Projects rows onto the components: Σ (x − mean)/scale · component.
   *
   * @param rows - `[n, inputColumns]`, finite; f64 are not rounded before the mean is taken off.
   * @returns f32 `[n, columns]`; a row's values do not depend on the rows beside it.
   * @throws ShapeError for another number of columns, NumericalError for NaN or infinity.
   * @remarks n × columns × inputColumns multiply-adds, in f64.
   */
  transform(rows: Matrix<Float32Array> | Matrix<Float64Array>): Matrix<Float32Array> {
    return this.#project(rows, 0)
  }

  /** {@link transform} of every batch, when it is asked for: memory is bounded by the batch. */
  transformRows(rows: Rows): RowSource {
    const source = toRowSource(rows)
    if (source.columns !== this.inputColumns) {
      throw new ShapeError(`PcaModel: rows must have ${this.inputColumns} columns. Received ${source.columns}.`)
    }
    const project = (batch: UnroundedBatch): RowBatch => ({ ...batch, rows: this.#project(batch.rows, batch.start) })
    return definedOnly({
      columns: this.columns,
      rowCount: source.rowCount,
      async *batches(options?: BatchOptions): AsyncGenerator<RowBatch> {
        for await (const batch of unroundedBatches(rows, options)) yield project(batch)
      },
    })
  }

  #project(rows: Matrix<Float32Array> | Matrix<Float64Array>, start: number): Matrix<Float32Array> {
    const d = this.inputColumns
    const data = finiteRows('PcaModel', rows as Matrix<Float32Array | Float64Array>, { columns: d, start })
    const count = rows.shape[0]
    const k = this.columns
    const out = new Float32Array(count * k)
    const x = new Float64Array(d)
    const { mean, scale, components } = this
    for (let row = 0; row < count; row++) {
      const from = row * d
      for (let j = 0; j < d; j++) x[j] = (data[from + j]! - mean[j]!) / scale[j]!
      for (let c = 0; c < k; c += 4) {
        const p = c * d
        const q = c + 1 < k ? p + d : p
        const r = c + 2 < k ? q + d : q
        const s = c + 3 < k ? r + d : r
        let a = 0
        let b = 0
        let e = 0
        let f = 0
        for (let j = 0; j < d; j++) {
          const v = x[j]!
          a += v * components[p + j]!
          b += v * components[q + j]!
          e += v * components[r + j]!
          f += v * components[s + j]!
        }
        const at = row * k + c
        out[at] = a
        if (c + 1 < k) out[at + 1] = b
        if (c + 2 < k) out[at + 2] = e
        if (c + 3 < k) out[at + 3] = f
      }
    }
    return matrix(out, count, k)
  }

  /** The whole model as bytes: file, cache and worker message. */
  get buffer(): ArrayBuffer {
    const { count, totalVariance, mean, deviation, scale, components, explainedVariance } = this
    const meta = { count, totalVariance }
    return encodeModel({ kind, version: 1, meta, arrays: { mean, deviation, scale, components, explainedVariance } })
  }

  /** A model from its bytes. @throws FormatError when a byte is missing or changed, or a field out of its range. */
  static from(buffer: ArrayBuffer): PcaModel {
    const { meta, arrays } = decodeModel(buffer, kind, 1)
    const fail = (keyword: string): never => {
      throw new FormatError('pca model: field is missing or out of range', { source: 'pca model', keyword })
    }
    const { count, totalVariance } = meta
    if (!(Number.isSafeInteger(count) && (count as number) >= 0)) fail('count')
    if (!(Number.isFinite(totalVariance) && (totalVariance as number) >= 0)) fail('totalVariance')
    const taken = Object.fromEntries(
      ['mean', 'deviation', 'scale', 'components', 'explainedVariance'].map((name) => {
        const array = arrays[name]
        if (!(array instanceof Float64Array && array.every(Number.isFinite))) return fail(name)
        return [name, array]
      }),
    ) as Record<'mean' | 'deviation' | 'scale' | 'components' | 'explainedVariance', Float64Array>
    if (taken.scale.some((s) => s <= 0)) fail('scale')
    if (taken.components.length !== taken.mean.length * taken.explainedVariance.length) fail('components')
    if (taken.scale.length !== taken.mean.length) fail('scale')
    if (taken.deviation.length !== taken.mean.length) fail('deviation')
    return new PcaModel({ ...taken, count: count as number, totalVariance: totalVariance as number })
  }
}
