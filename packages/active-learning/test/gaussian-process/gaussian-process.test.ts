import { readFileSync } from 'node:fs'
import {
  collectRows,
  createRandom,
  encodeModel,
  FormatError,
  type Matrix,
  matrix,
  NumericalError,
  ParameterError,
  ShapeError,
} from '@astronomaly/core'
import { checkEstimator } from '@astronomaly/core/testing'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { GaussianProcess, GaussianProcessModel, type GaussianProcessOptions } from '../../src/index.ts'

/** The closed-form rows of the golden file, in double precision. */
function closedForm(from: number, to: number, columns: number): Matrix<Float64Array> {
  const data = new Float64Array((to - from) * columns)
  for (let i = from; i < to; i++) {
    for (let j = 0; j < columns; j++) {
      data[(i - from) * columns + j] =
        Math.sin(1.3 * i + 0.7 * j * j + 0.1 * i * j) + 0.3 * Math.cos(0.05 * i * (j + 1))
    }
  }
  return matrix(data, to - from, columns)
}

describe('GaussianProcess', () => {
  const suite = checkEstimator<GaussianProcessModel>({
    name: 'GaussianProcess',
    async fit(rows, seed, run) {
      const { data, shape } = await collectRows(rows)
      const targets = Float64Array.from({ length: shape[0] }, (_, i) => Math.round(2.5 + data[i * shape[1]]!))
      return new GaussianProcess({ seed }).fit(rows, targets, run)
    },
    async apply(model, rows) {
      const { mean, std } = await model.predict(rows)
      return Float64Array.from({ length: 2 * mean.length }, (_, i) => (i % 2 === 0 ? mean : std)[i >> 1]!)
    },
    toBuffer: (model) => model.buffer,
    fromBuffer: (buffer) => GaussianProcessModel.from(buffer),
    seeded: false,
    batchTolerance: 0,
    minimumRows: 1,
  })
  it.each(suite)('$name', ({ run }) => run())

  const random = createRandom(1, 'gaussian-process-test')
  const rows = matrix(
    Float32Array.from({ length: 40 * 3 }, () => random.normal()),
    40,
    3,
  )
  const targets = Float64Array.from({ length: 40 }, (_, i) => 2 + Math.sin(rows.data[3 * i]!) + 0.1 * random.normal())

  it('has the gradient that differences of the likelihood give, whatever the form', async () => {
    for (const options of [
      { kernel: 'rational-quadratic', amplitude: true, linear: true, mean: 'constant' },
      { kernel: 'matern-1.5', amplitude: true, ard: true, linear: true },
      { kernel: 'matern-2.5', ard: true, mean: 'constant' },
    ] satisfies GaussianProcessOptions[]) {
      const model = await new GaussianProcess({ ...options, optimize: false }).fit(rows, targets)
      const { theta } = model
      const { gradient } = model.logMarginalLikelihood()
      for (let j = 0; j < theta.length; j++) {
        const at = (step: number) => model.logMarginalLikelihood(theta.with(j, theta[j]! + step)).value
        // Central differences with step 1e-4: error about 1e-8 of the third derivative, rounding 1e-10.
        expect(gradient[j]).toBeCloseTo((at(1e-4) - at(-1e-4)) / 2e-4, 5)
      }
    }
  })

  it('returns to the prior mean and variance far from the data', async () => {
    const model = await new GaussianProcess({ amplitude: true, mean: 'constant' }).fit(rows, targets)
    const { mean, std } = await model.predict(matrix(Float32Array.of(1e6, 1e6, 1e6), 1, 3))
    const { amplitude = Number.NaN, noise } = model.hyperparameters
    expect(mean[0]).toBeCloseTo(model.priorMean, 12)
    expect(std[0]).toBeCloseTo(Math.sqrt(amplitude + noise), 12)
  })

  it('follows a line beyond the data with a linear kernel', async () => {
    const line = targets.map((_, i) => 3 * rows.data[3 * i]! - rows.data[3 * i + 1]!)
    const far = matrix(Float32Array.of(10, 0, 0, 0, 10, 0), 2, 3)
    const { mean } = await (await new GaussianProcess({ linear: true, amplitude: true }).fit(rows, line)).predict(far)
    // Noise-free data of a linear function, ten standard deviations away: 1 % of 30.
    expect(Math.abs(mean[0]! - 30)).toBeLessThan(0.3)
    expect(Math.abs(mean[1]! + 10)).toBeLessThan(0.3)
  })

  it('keeps hyper-parameters inside their bounds and near a narrow prior', async () => {
    const bounds = { lengthScale: [0.2, 0.3], noise: [0.5, 0.5] } as const
    const { hyperparameters } = await new GaussianProcess({ bounds }).fit(rows, targets)
    expect(hyperparameters.lengthScales[0]).toBeGreaterThanOrEqual(0.2 - 1e-12)
    expect(hyperparameters.lengthScales[0]).toBeLessThanOrEqual(0.3 + 1e-12)
    expect(hyperparameters.noise).toBeCloseTo(0.5, 12)
    const priors = { lengthScale: { median: 7, spread: 1e-4 } }
    const pulled = await new GaussianProcess({ priors }).fit(rows, targets)
    expect(pulled.hyperparameters.lengthScales[0]).toBeCloseTo(7, 2)
  })

  it('finds a length scale among many columns, where the likelihood is flat around 1', async () => {
    const wide = matrix(
      Float32Array.from({ length: 60 * 100 }, () => 10 * random.normal()),
      60,
      100,
    )
    const sums = Float64Array.from({ length: 60 }, (_, i) =>
      wide.data.subarray(i * 100, i * 100 + 100).reduce((sum, v) => sum + v / 40, 0),
    )
    const { hyperparameters } = await new GaussianProcess({ amplitude: true }).fit(wide, sums)
    expect(hyperparameters.lengthScales[0]).toBeGreaterThan(50)
  })

  it('rejects options, targets and rows out of range', async () => {
    expect(() => new GaussianProcess({ kernel: 'rbf' } as object)).toThrow(ParameterError)
    expect(() => new GaussianProcess({ nu: 1 } as object)).toThrow(/unknown option 'nu'/)
    expect(() => new GaussianProcess({ bounds: { noise: [2, 1] } })).toThrow(/bounds.noise\[1\] must be >= 2/)
    expect(() => new GaussianProcess({ priors: { noise: { median: 1, spread: 0 } } })).toThrow(/priors.noise.spread/)
    expect(() => new GaussianProcess({ seed: Number.NaN })).toThrow(ParameterError)
    const gp = new GaussianProcess({ start: [0, 0], optimize: false })
    await expect(gp.fit(rows, [1])).rejects.toThrow(ShapeError)
    await expect(gp.fit(rows, targets.with(3, Number.NaN))).rejects.toThrow(/row 3/)
    await expect(new GaussianProcess({ start: [0] }).fit(rows, targets)).rejects.toThrow(/start must have 2 numbers/)
    const model = await gp.fit(rows, targets)
    await expect(model.predict(matrix(Float32Array.of(0, Number.NaN, 0), 1, 3))).rejects.toThrow(/row 0, column 1/)
    expect(() => model.logMarginalLikelihood([0])).toThrow(ShapeError)
    expect(Object.isFrozen(gp.options)).toBe(true)
  })

  it('reports a singular covariance as a number problem', async () => {
    const same = matrix(new Float32Array(4).fill(1), 4, 1)
    const gp = new GaussianProcess({ start: [0, -60], optimize: false })
    // Noise e⁻⁶⁰ and the jitter of 1e-10 still leave 1 + 1e-10 on the diagonal.
    expect((await gp.fit(same, [1, 2, 3, 4])).logLikelihood).toBeLessThan(-1e9)
    const huge = new GaussianProcess({ amplitude: true, start: [60, 0, -60], optimize: false })
    await expect(huge.fit(same, [1, 2, 3, 4])).rejects.toThrow(NumericalError)
  })

  it('rejects a buffer with a field of another length', () => {
    const arrays = {
      theta: new Float64Array(2),
      rows: new Float64Array(1),
      targets: new Float64Array(1),
      factor: Float64Array.of(1),
      weights: new Float64Array(1),
      mean: new Float64Array(2),
    }
    const meta = { kernel: 'matern-1.5', amplitude: false, ard: false, linear: false, columns: 1, constantMean: false }
    const content = { kind: 'gaussian-process', version: 1, meta, arrays }
    expect(GaussianProcessModel.from(encodeModel(content)).rowCount).toBe(1)
    for (const name of Object.keys(arrays)) {
      const broken = encodeModel({ ...content, arrays: { ...arrays, [name]: new Float64Array(3) } })
      expect(() => GaussianProcessModel.from(broken)).toThrow(FormatError)
    }
    expect(() => GaussianProcessModel.from(encodeModel({ ...content, meta: { ...meta, kernel: 'rbf' } }))).toThrow(
      /kernel/,
    )
  })
})

describe('GaussianProcess beside scikit-learn', () => {
  const golden = JSON.parse(readFileSync(new URL('../golden/gaussian-process.json', import.meta.url), 'utf8')) as {
    y: number[]
    fits: Record<
      string,
      { theta: number[]; value: number; gradient: number[]; mean: number[]; std: number[]; optimum: number }
    >
  }
  it.each([
    ['rational-quadratic', { kernel: 'rational-quadratic' }],
    ['matern-and-linear', { amplitude: true, linear: true }],
  ] as [string, GaussianProcessOptions][])('agrees on %s', async (name, options) => {
    const fit = golden.fits[name]!
    const rows = closedForm(0, 40, 3)
    const gp = new GaussianProcess({ ...options, start: fit.theta, optimize: false })
    const model = await gp.fit(rows, golden.y)
    close([model.logLikelihood], [fit.value])
    close(model.logMarginalLikelihood().gradient, fit.gradient)
    const { mean, std } = await model.predict(closedForm(40, 60, 3))
    close(mean, fit.mean)
    close(std, fit.std)
    const best = await new GaussianProcess({ ...options, restarts: 3 }).fit(rows, golden.y)
    // Both stop where the gradient is below about 1e-5.
    expect(best.logLikelihood).toBeGreaterThan(fit.optimum - 1e-6)
  })
})

/** To 1e-8, relative to the value or to 0.001 where it is smaller: the golden files' own tolerance. */
function close(a: ArrayLike<number>, b: ArrayLike<number>): void {
  expect(a.length).toBe(b.length)
  for (let i = 0; i < a.length; i++) {
    expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(1e-8 * Math.max(Math.abs(b[i]!), 1e-3))
  }
}

interface GoldenFit {
  readonly theta0: number[]
  readonly lml0: number
  readonly grad0: number[]
  readonly theta_opt: number[]
  readonly lml_opt: number
  readonly mean: number[]
  readonly std: number[]
  readonly mean0: number[]
  readonly std0: number[]
}

describe.skipIf(!hasShared)('GaussianProcess beside scikit-learn (needs ../shared)', () => {
  const golden = hasShared
    ? (JSON.parse(readFileSync(sharedFile('golden/sklearn_gpr.json'), 'utf8')) as { y: number[] } & Record<
        string,
        GoldenFit
      >)
    : undefined
  const forms: [string, GaussianProcessOptions, number][] = [
    ['matern15_white', {}, -95.30932359],
    ['matern25_white', { kernel: 'matern-2.5' }, -94.86556111],
    ['const_matern25_ard_white', { kernel: 'matern-2.5', amplitude: true, ard: true }, -35.54793805],
  ]
  const rows = closedForm(0, 60, 4)
  const others = closedForm(60, 200, 4)
  it.each(forms)('has the likelihood, gradient, mean and std of %s', async (name, options) => {
    const fit = golden![name]!
    for (const [theta, mean, std] of [
      [fit.theta0, fit.mean0, fit.std0],
      [fit.theta_opt, fit.mean, fit.std],
    ] as const) {
      const model = await new GaussianProcess({ ...options, start: theta, optimize: false }).fit(rows, golden!.y)
      const out = await model.predict(others)
      close(out.mean, mean)
      close(out.std, std)
      close([model.logLikelihood], [theta === fit.theta0 ? fit.lml0 : fit.lml_opt])
      expect(model.logMarginalLikelihood().value).toBe(model.logLikelihood)
    }
    const model = await new GaussianProcess({ ...options, start: fit.theta0, optimize: false }).fit(rows, golden!.y)
    close(model.logMarginalLikelihood().gradient, fit.grad0)
  })

  it.each(forms)('finds an optimum of %s at least as high', async (_name, options, best) => {
    const model = await new GaussianProcess(options).fit(rows, golden!.y)
    // Half a unit of the last digit that is given.
    expect(model.logLikelihood).toBeGreaterThan(best - 5e-9)
  })
})
