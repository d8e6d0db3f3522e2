import { checkNumber, FormatError, finiteRows, type ModelArray, matrix, ShapeError } from '@astronomaly/core'

/** Rows that are centred and multiplied at once. */
const blockRows = 256

/**
 * Count, mean and centred scatter matrix Σ (x − mean)(x − mean)ᵀ of rows that arrive one after the other: all that PCA needs to
 * know of them.
 *
 * @remarks State: d² numbers whatever the number of rows. Rows are gathered into blocks of a fixed size before they are
 * multiplied, so that the result does not depend on how they arrive, nor on when it is looked at. Blocks are merged by Chan's formula.
 * @see Chan, Golub & LeVeque 1983, doi:10.1080/00031305.1983.10483115
 */
export class ScatterMatrix {
  readonly columns: number
  #count = 0
  readonly #mean: Float64Array
  /** Lower triangle, in the rows of a whole matrix. */
  readonly #scatter: Float64Array
  /** Doubles: what spreads about a mean of 10⁹ is less than float32 can tell apart. */
  readonly #block: Float64Array
  #filled = 0

  /**
   * @param columns - Of every row, an integer ≥ 1.
   * @throws ParameterError
   */
  constructor(columns: number) {
    this.columns = checkNumber('ScatterMatrix: columns', columns, { integer: true, min: 1 })
    this.#mean = new Float64Array(columns)
    this.#scatter = new Float64Array(columns * columns)
    this.#block = new Float64Array(blockRows * columns)
  }

  /** Rows taken so far. */
  get count(): number {
    return this.#count + this.#filled
  }

  /**
   * Takes rows.
   *
   * @param data - Row-major, finite, a whole number of rows; nothing is rounded.
   * @throws ShapeError when a row is not whole; NumericalError for NaN or infinity. Nothing is taken then.
   * @remarks O(rows × d²).
   */
  add(data: Float32Array | Float64Array): void {
    const { columns } = this
    if (data.length % columns !== 0) {
      throw new ShapeError(`ScatterMatrix: needs whole rows of ${columns} values. Received ${data.length} values.`)
    }
    finiteRows('ScatterMatrix', matrix(data, data.length / columns, columns), { columns, start: this.count })
    const size = this.#block.length
    for (let from = 0; from < data.length; ) {
      const at = this.#filled * this.columns
      const part = data.subarray(from, Math.min(data.length, from + size - at))
      this.#block.set(part, at)
      this.#filled += part.length / this.columns
      from += part.length
      if (this.#filled === blockRows) this.#flush()
    }
  }

  /**
   * Adds what another one has seen, which stays as it is.
   *
   * @throws ShapeError when columns differ.
   * @remarks Rows that come later begin a new block, so the same parts merged in another order differ by rounding. O(d²).
   */
  merge(other: ScatterMatrix): void {
    if (other.columns !== this.columns) {
      throw new ShapeError(`ScatterMatrix: columns must be ${this.columns}. Received ${other.columns}.`)
    }
    const { count, mean, scatter } = other.state()
    this.#flush()
    this.#combine(count, mean, scatter)
  }

  /**
   * Count, mean `[d]` and lower triangle of the scatter matrix `[d, d]` of all rows so far.
   *
   * @returns Arrays of its own. Nothing changes: rows that come later give the same bits as if this had not been called.
   * @remarks O(d²), and up to 255 d² when a block is not full.
   */
  state(): { readonly count: number; readonly mean: Float64Array; readonly scatter: Float64Array } {
    const copy = new ScatterMatrix(this.columns)
    copy.#count = this.#count
    copy.#mean.set(this.#mean)
    copy.#scatter.set(this.#scatter)
    copy.#block.set(this.#block.subarray(0, this.#filled * this.columns))
    copy.#filled = this.#filled
    copy.#flush()
    return { count: copy.#count, mean: copy.#mean, scatter: copy.#scatter }
  }

  /**
   * One that goes on from what {@link ScatterMatrix.state} gave; the arrays are copied.
   *
   * @throws FormatError when they do not fit together, a value is not finite or a variance is negative.
   */
  static from(count: unknown, mean: ModelArray | undefined, scatter: ModelArray | undefined): ScatterMatrix {
    if (!(mean instanceof Float64Array && scatter instanceof Float64Array && scatter.length === mean.length ** 2)) {
      throw new FormatError('ScatterMatrix: mean and scatter do not fit together', { keyword: 'scatter' })
    }
    if (!(mean.length > 0 && mean.every(Number.isFinite))) {
      throw new FormatError('ScatterMatrix: mean must hold finite numbers', { keyword: 'mean' })
    }
    for (let i = 0; i < mean.length; i++) {
      const row = scatter.subarray(i * mean.length, i * mean.length + i + 1)
      if (!(row.every(Number.isFinite) && row[i]! >= 0)) {
        throw new FormatError('ScatterMatrix: scatter must hold finite numbers, >= 0 on its diagonal', {
          keyword: 'scatter',
        })
      }
    }
    if (!(Number.isSafeInteger(count) && (count as number) >= 0)) {
      throw new FormatError('ScatterMatrix: count must be an integer >= 0', { keyword: 'count' })
    }
    const out = new ScatterMatrix(mean.length)
    if (count === 0) return out
    out.#count = count as number
    out.#mean.set(mean)
    out.#scatter.set(scatter)
    return out
  }

  #flush(): void {
    const rows = this.#filled
    if (rows === 0) return
    this.#filled = 0
    const d = this.columns
    const mean = new Float64Array(d)
    for (let r = 0; r < rows; r++) for (let j = 0; j < d; j++) mean[j] = mean[j]! + this.#block[r * d + j]!
    for (let j = 0; j < d; j++) mean[j] = mean[j]! / rows
    const transposed = new Float64Array(d * rows)
    for (let r = 0; r < rows; r++) {
      for (let j = 0; j < d; j++) transposed[j * rows + r] = this.#block[r * d + j]! - mean[j]!
    }
    this.#combine(rows, mean, undefined)
    addProducts(this.#scatter, transposed, d, rows)
  }

  #combine(count: number, mean: Float64Array, scatter: Float64Array | undefined): void {
    if (count === 0) return
    const d = this.columns
    const total = this.#count + count
    const share = (this.#count * count) / total
    const step = Float64Array.from(mean, (m, j) => m - this.#mean[j]!)
    for (let i = 0; i < d; i++) {
      const scaled = share * step[i]!
      for (let j = 0; j <= i; j++) {
        this.#scatter[i * d + j] = this.#scatter[i * d + j]! + scaled * step[j]! + (scatter ? scatter[i * d + j]! : 0)
      }
    }
    for (let j = 0; j < d; j++) this.#mean[j] = this.#mean[j]! + (step[j]! * count) / total
    this.#count = total
  }
}

/** Adds X Xᵀ to the lower triangle of `out`; X is `[d, rows]`. Two by four products at a time share their loads. */
function addProducts(out: Float64Array, x: Float64Array, d: number, rows: number): void {
  for (let i = 0; i < d; i += 2) {
    const a = i * rows
    const b = i + 1 < d ? a + rows : a
    const end = Math.min(d, i + 2)
    for (let j = 0; j < end; j += 4) {
      const p = j * rows
      const q = j + 1 < d ? p + rows : p
      const r = j + 2 < d ? q + rows : q
      const s = j + 3 < d ? r + rows : r
      let ap = 0
      let aq = 0
      let ar = 0
      let as = 0
      let bp = 0
      let bq = 0
      let br = 0
      let bs = 0
      for (let k = 0; k < rows; k++) {
        const u = x[a + k]!
        const v = x[b + k]!
        const e = x[p + k]!
        const f = x[q + k]!
        const g = x[r + k]!
        const h = x[s + k]!
        ap += u * e
        aq += u * f
        ar += u * g
        as += u * h
        bp += v * e
        bq += v * f
        br += v * g
        bs += v * h
      }
      const top = [ap, aq, ar, as]
      const bottom = [bp, bq, br, bs]
      for (let c = 0; c < 4; c++) {
        if (j + c <= i) out[i * d + j + c] = out[i * d + j + c]! + top[c]!
        if (i + 1 < d && j + c <= i + 1) out[(i + 1) * d + j + c] = out[(i + 1) * d + j + c]! + bottom[c]!
      }
    }
  }
}
