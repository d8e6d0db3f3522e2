import { FormatError, ShapeError } from '../errors.ts'
import { createRandom, type Seed } from '../random.ts'
import { type RowSource, type Rows, toRowSource } from '../row-source.ts'
import type { RunOptions } from '../run-options.ts'
import { type Matrix, matrix } from '../tensor.ts'

/** How the shared suite drives one estimator. */
export interface EstimatorSpec<Model> {
  readonly name: string
  /** Fits with every option at its default but the seed. */
  fit(rows: Rows, seed: Seed, run?: RunOptions): Promise<Model>
  /** Scores or transforms rows: one number or a fixed number of numbers per row. */
  apply(model: Model, rows: Rows): Promise<ArrayLike<number>>
  toBuffer(model: Model): ArrayBuffer
  fromBuffer(buffer: ArrayBuffer): Model
  /** Whether another seed gives another model. */
  readonly seeded: boolean
  /** Largest difference allowed between outputs when the rows are fitted in batches of another size; 0 = same bits. */
  readonly batchTolerance: number
  /** Fewest rows that can be fitted; fewer must be rejected with a typed error. */
  readonly minimumRows: number
}

/** One named check of the suite; `run` throws when it fails. */
export interface EstimatorCheck {
  readonly name: string
  run(): Promise<void>
}

class CheckFailure extends Error {}

function ensure(condition: boolean, message: string): void {
  if (!condition) throw new CheckFailure(message)
}

function sample(rows: number, columns: number, seed: Seed): Matrix<Float32Array> {
  const random = createRandom(seed, 'check-estimator')
  return matrix(
    Float32Array.from({ length: rows * columns }, () => random.normal()),
    rows,
    columns,
  )
}

function inBatchesOf(rows: Matrix<Float32Array>, batchSize: number): RowSource {
  const source = toRowSource(rows)
  return { ...source, batches: (options) => source.batches({ ...options, batchSize }) }
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let most = 0
  for (let i = 0; i < a.length; i++) {
    if (Object.is(a[i], b[i])) continue
    const d = Math.abs(a[i]! - b[i]!)
    most = Math.max(most, Number.isNaN(d) ? Number.POSITIVE_INFINITY : d)
  }
  return most
}

async function rejection(run: () => unknown): Promise<unknown> {
  try {
    await run()
  } catch (error) {
    return error
  }
  return undefined
}

/**
 * The contract that every estimator of every package keeps, as named checks for any test runner:
 * deterministic by seed, independent of workers and batch size, inputs untouched, wrong shapes rejected,
 * degenerate data finite, buffers exact and guarded.
 */
export function checkEstimator<Model>(spec: EstimatorSpec<Model>): EstimatorCheck[] {
  const { fit, apply, toBuffer, fromBuffer } = spec
  const rows = sample(300, 5, 1)
  const other = sample(40, 5, 2)
  const check = (name: string, run: () => Promise<void>): EstimatorCheck => ({ name: `${spec.name} ${name}`, run })
  const outputs = async (data: Rows, seed: Seed, run?: RunOptions) => apply(await fit(data, seed, run), other)
  const checks = [
    check('gives the same bits for the same seed', async () => {
      ensure(difference(await outputs(rows, 7), await outputs(rows, 7)) === 0, 'two fits with one seed differ')
    }),
    check('does not depend on the number of workers', async () => {
      ensure(
        difference(await outputs(rows, 7, { workers: 0 }), await outputs(rows, 7, { workers: 2 })) === 0,
        'outputs with 0 and 2 workers differ',
      )
    }),
    check('does not depend on the batch size of its input', async () => {
      const whole = await outputs(rows, 7)
      for (const size of [1, 7, 64]) {
        const d = difference(whole, await outputs(inBatchesOf(rows, size), 7))
        ensure(d <= spec.batchTolerance, `batches of ${size} change the output by ${d}`)
      }
      const model = await fit(rows, 7)
      ensure(
        difference(await apply(model, other), await apply(model, inBatchesOf(other, 3))) === 0,
        'applying in batches differs',
      )
    }),
    check('leaves its input untouched', async () => {
      const before = rows.data.slice()
      await outputs(rows, 7)
      ensure(difference(before, rows.data) === 0, 'fit or apply wrote to the rows')
    }),
    check('gives the output of each row whatever rows stand beside it', async () => {
      const model = await fit(rows, 7)
      const all = await apply(model, other)
      const width = all.length / 40
      const one = await apply(model, matrix(other.data.slice(5, 10), 1, 5))
      ensure(
        difference(one, Array.from(all).slice(width, 2 * width)) === 0,
        'a row alone differs from the row in company',
      )
    }),
    check('rejects rows with another number of columns', async () => {
      const model = await fit(rows, 7)
      ensure((await rejection(() => apply(model, sample(4, 6, 3)))) instanceof ShapeError, 'must be a ShapeError')
      ensure((await rejection(() => apply(model, sample(4, 4, 3)))) instanceof ShapeError, 'must be a ShapeError')
    }),
    check('rejects too few rows with a typed error', async () => {
      for (let n = 0; n < spec.minimumRows; n++) {
        const error = await rejection(() => fit(sample(n, 5, 4), 7))
        ensure(error instanceof Error && 'kind' in error, `${n} rows must be a typed error. Received ${String(error)}`)
      }
    }),
    check('gives finite output for constant columns, one column and duplicate rows', async () => {
      const constant = sample(50, 3, 5)
      for (let i = 0; i < 50; i++) constant.data[i * 3 + 1] = 4
      const cases = [
        constant,
        sample(50, 1, 6),
        matrix(new Float32Array(100).fill(2), 50, 2),
        sample(spec.minimumRows, 3, 8),
      ]
      for (const data of cases) {
        const out = await apply(await fit(data, 7), data)
        ensure(Array.from(out).every(Number.isFinite), 'output must be finite')
      }
    }),
    check('applies to zero rows', async () => {
      ensure((await apply(await fit(rows, 7), sample(0, 5, 9))).length === 0, 'must be empty')
    }),
    check('stops with the signal’s own reason when aborted', async () => {
      const reason = new Error('stop')
      const error = await rejection(() => fit(rows, 7, { signal: AbortSignal.abort(reason) }))
      ensure(error === reason, `must reject with signal.reason. Received ${String(error)}`)
    }),
    check('comes back from its buffer bit for bit', async () => {
      const model = await fit(rows, 7)
      const copy = fromBuffer(toBuffer(model).slice(0))
      ensure(difference(await apply(model, other), await apply(copy, other)) === 0, 'outputs differ after a round trip')
      ensure(
        difference(new Uint8Array(toBuffer(model)), new Uint8Array(toBuffer(copy))) === 0,
        'buffers differ after a round trip',
      )
    }),
    check('rejects a truncated or damaged buffer with a FormatError', async () => {
      const buffer = toBuffer(await fit(rows, 7))
      const size = buffer.byteLength
      for (const length of [0, 3, 11, 40, size >> 1, size - 1]) {
        const error = await rejection(() => fromBuffer(buffer.slice(0, length)))
        ensure(error instanceof FormatError, `truncation to ${length} must be a FormatError. Received ${String(error)}`)
      }
      for (let k = 0; k < 64; k++) {
        const damaged = buffer.slice(0)
        const bytes = new Uint8Array(damaged)
        const at = Math.floor((k * (size - 1)) / 63)
        bytes[at] = bytes[at]! ^ 0x41
        const error = await rejection(() => fromBuffer(damaged))
        ensure(error instanceof FormatError, `a changed byte ${at} must be a FormatError. Received ${String(error)}`)
      }
    }),
  ]
  if (spec.seeded) {
    checks.push(
      check('gives unrelated models for neighbouring seeds', async () => {
        ensure(difference(await outputs(rows, 7), await outputs(rows, 8)) > 0, 'seeds 7 and 8 give the same output')
      }),
    )
  }
  return checks
}
