import { AstronomalyError, FormatError, NumericalError, ShapeError } from '../errors.ts'
import { crc32 } from '../model-buffer.ts'
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
  const { gather: _, ...source } = toRowSource(rows)
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

function uncounted(rows: Matrix<Float32Array>): RowSource {
  const { columns, batches } = toRowSource(rows)
  return { columns, batches }
}

/** The same bytes but one, and a checksum that holds all the same. */
function mend(buffer: ArrayBuffer, at: number, mask: number): ArrayBuffer {
  const bytes = new Uint8Array(buffer.slice(0))
  bytes[at] = bytes[at]! ^ mask
  new DataView(bytes.buffer).setUint32(4, crc32(bytes.subarray(8)), true)
  return bytes.buffer
}

/** `count` numbers from 0 to `end`, both included, evenly spaced; all when there are no more. */
function spread(count: number, end: number): number[] {
  const steps = Math.min(count - 1, end)
  return Array.from({ length: steps + 1 }, (_, k) => Math.floor((k * end) / Math.max(steps, 1)))
}

/**
 * The contract that every estimator of every package keeps, as named checks for any test runner:
 * deterministic by seed, independent of workers, batch size and what else runs, inputs untouched, wrong shapes and values and
 * lying sources rejected, degenerate data finite, buffers exact and guarded.
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
    check('gives the same bits when several fits and applications run at once', async () => {
      const alone = await outputs(rows, 7)
      const [model] = await Promise.all([fit(rows, 7), fit(sample(100, 5, 10), 9)])
      const parts = await Promise.all([apply(model, inBatchesOf(other, 3)), apply(model, rows), apply(model, other)])
      ensure(difference(alone, parts[0]) === 0 && difference(alone, parts[2]) === 0, 'calls disturb each other')
    }),
    check('applies to a source that does not count its rows', async () => {
      const model = await fit(rows, 7)
      const d = difference(await apply(model, other), await apply(model, uncounted(other)))
      ensure(d === 0, `the output differs by ${d}`)
    }),
    check('keeps its model whatever it is applied to and whatever becomes of the rows', async () => {
      const own = sample(300, 5, 1)
      const model = await fit(own, 7)
      const before = await apply(model, other)
      const buffer = toBuffer(model)
      own.data.fill(0)
      await apply(model, own)
      ensure(difference(before, await apply(model, other)) === 0, 'outputs differ afterwards')
      ensure(difference(new Uint8Array(buffer), new Uint8Array(toBuffer(model))) === 0, 'buffers differ afterwards')
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
    check('rejects a source that breaks its promises, or does not need them', async () => {
      const model = await fit(rows, 7)
      const truth = uncounted(other)
      for (const rowCount of [39, 41, 1e15]) {
        const lie: RowSource = { ...truth, rowCount }
        const error = await rejection(async () => {
          const same = difference(await apply(model, truth), await apply(model, lie)) === 0
          ensure(same, `the output depends on a rowCount of ${rowCount}`)
        })
        for (const e of [error, await rejection(() => fit(lie, 7))]) {
          const fair = e === undefined || e instanceof ShapeError
          ensure(fair, `a rowCount of ${rowCount} must be a ShapeError, if any. Received ${String(e)}`)
        }
      }
      for (const columns of [4, 6]) {
        const lie: RowSource = { ...uncounted(sample(40, columns, 2)), columns: 5, rowCount: 40 }
        for (const call of [() => fit(lie, 7), () => apply(model, lie)]) {
          const error = await rejection(call)
          ensure(error instanceof ShapeError, `${columns} columns must be a ShapeError. Received ${String(error)}`)
        }
      }
    }),
    check('rejects values that are not finite, in fitting and applying', async () => {
      const model = await fit(rows, 7)
      for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const wrong = sample(300, 5, 1)
        wrong.data[777] = bad
        for (const call of [() => fit(wrong, 7), () => apply(model, wrong)]) {
          const error = await rejection(call)
          ensure(error instanceof NumericalError, `${bad} must be a NumericalError. Received ${String(error)}`)
        }
      }
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
      const controller = new AbortController()
      const source = toRowSource(rows)
      const cutShort: RowSource = {
        columns: 5,
        rowCount: 300,
        async *batches(options) {
          for await (const batch of source.batches({ ...options, batchSize: 50 })) {
            yield batch
            if (batch.start === 100) controller.abort(reason)
          }
        },
      }
      const later = await rejection(() => fit(cutShort, 7, { signal: controller.signal }))
      ensure(later === reason, `must reject with signal.reason between batches. Received ${String(later)}`)
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
      for (const length of new Set([0, 3, 11, 40, ...spread(60, size - 1)])) {
        const error = await rejection(() => fromBuffer(buffer.slice(0, length)))
        ensure(error instanceof FormatError, `truncation to ${length} must be a FormatError. Received ${String(error)}`)
      }
      for (const at of spread(128, size - 1)) {
        const damaged = buffer.slice(0)
        const bytes = new Uint8Array(damaged)
        bytes[at] = bytes[at]! ^ 0x41
        const error = await rejection(() => fromBuffer(damaged))
        ensure(error instanceof FormatError, `a changed byte ${at} must be a FormatError. Received ${String(error)}`)
      }
    }),
    check('rejects or survives a changed byte under a mended checksum', async () => {
      const buffer = toBuffer(await fit(rows, 7))
      const few = sample(3, 5, 11)
      for (const at of spread(200, buffer.byteLength - 1).filter((place) => place >= 8)) {
        for (const mask of [0x01, 0x80]) {
          const error = await rejection(async () => {
            const model = fromBuffer(mend(buffer, at, mask))
            ensure((await apply(model, few)).length > 0, 'the output is empty')
          })
          const fair = error === undefined || error instanceof AstronomalyError
          ensure(fair, `a changed byte ${at} must be a typed error, if any. Received ${String(error)}`)
        }
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
