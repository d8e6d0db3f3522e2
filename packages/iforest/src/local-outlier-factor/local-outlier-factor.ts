import {
  numberOption,
  type OptionRules,
  pacer,
  quantile,
  type ResolvedOptions,
  type Rows,
  type RunOptions,
  resolveOptions,
  toRowSource,
} from '@astronomaly/core'
import { NeighbourSearch } from '@astronomaly/core/kernels'
import { contaminationOption } from '../forest-options.ts'
import { checkWorkers } from '../forest-rows.ts'
import { type NeighbourLists, outlierFactor, reachabilityDensity } from './local-outlier-factor-density.ts'
import { LocalOutlierFactorModel } from './local-outlier-factor-model.ts'
import { collectFiniteRows } from './local-outlier-factor-rows.ts'
import { blockRows, neighbourTasks } from './local-outlier-factor-tasks.ts'

/** Options of {@link LocalOutlierFactor}. */
export interface LocalOutlierFactorOptions {
  /**
   * Nearest rows that each row is compared with, an integer ≥ 1: k of the paper. Where there are not so many other rows it is all of
   * them, with a warning.
   * @defaultValue 50
   */
  readonly neighbours?: number | undefined
  /**
   * Share of the fitted rows whose `trainingScores` lie above the `offset`, in (0, 0.5]. With `'auto'` the offset is 1.5.
   * @defaultValue 'auto'
   */
  readonly contamination?: number | 'auto' | undefined
}

const rules = {
  neighbours: numberOption(50, { integer: true, min: 1, max: 2 ** 26 }),
  contamination: contaminationOption,
} satisfies OptionRules<LocalOutlierFactorOptions>

/** {@link LocalOutlierFactorOptions} with every default filled in. */
export type ResolvedLocalOutlierFactorOptions = ResolvedOptions<typeof rules>

/**
 * Local outlier factor: a row is odd where the rows around its neighbours lie denser than those around itself.
 *
 * @remarks Scores are scikit-learn's `-negative_outlier_factor_`: exactly k neighbours by Euclidean distance, and 1e-10 added to the
 * mean reachability distance, so that rows with k duplicates have a density of 1e10 and not infinity. The paper takes every row that
 * is as far away as the k-th; here, of equally distant rows, those that come first. scikit-learn leaves that open.
 *
 * Columns count by their spread: bring them to one scale where their units differ. Values are rounded to 32-bit floats; distances
 * are sums in 64 bits.
 *
 * Time grows with the square of the rows (`npm run bench -- lof`): 26 columns and 50 neighbours take 0.15 s for 5,000 rows, 0.39 s for
 * 10,000, 1.1 s for 20,000 and 3.4 s for 40,000 on one core of an AMD EPYC (scikit-learn 1.9.1 by brute force: 0.14, 0.45, 1.5 and
 * 5.4 s), where an isolation forest fits and scores 40,000 rows in 0.03 s. Beyond some 100,000 rows, 20 s by that growth, take the
 * forest, or fit a sample and score the rest as new rows.
 * @see Breunig, Kriegel, Ng & Sander 2000, doi:10.1145/342009.335388
 */
export class LocalOutlierFactor {
  /** The options with every default filled in, frozen. */
  readonly options: ResolvedLocalOutlierFactorOptions

  /** @throws ParameterError for an unknown option or one out of its range. */
  constructor(options: LocalOutlierFactorOptions = {}) {
    this.options = Object.freeze(resolveOptions('LocalOutlierFactor', options, rules))
  }

  /**
   * Finds the neighbours of each row and scores it.
   *
   * @param rows - `[n, columns]`, n ≥ 2, columns ≥ 1, finite.
   * @returns A model that depends on the rows, their order where distances are equal, and the options alone.
   * @throws ShapeError for fewer than 2 rows, no columns or a source that breaks its promises, ParameterError when n × (8 × columns +
   * 12 × neighbours + 24) bytes are more than 2 GiB, NumericalError for a value that is not finite, and `signal.reason` when aborted.
   * @remarks O(n² × columns) time, that many bytes of memory and never a matrix of distances; with `workers`, 4 × n × columns
   * more for each.
   */
  async fit(rows: Rows, run: RunOptions = {}): Promise<LocalOutlierFactorModel> {
    const { contamination, neighbours } = this.options
    checkWorkers(run)
    run.signal?.throwIfAborted()
    const source = toRowSource(rows)
    const { columns } = source
    const data = await collectFiniteRows(source, neighbours, run)
    const n = data.length / columns
    const k = Math.min(neighbours, n - 1)
    if (k < neighbours) {
      run.onWarning?.({
        message: `local outlier factor: neighbours ${neighbours} is more than there are other rows; each row takes all ${k}.`,
      })
    }
    const lists = await findNeighbours(data, columns, k, run)
    const kDistances = Float64Array.from({ length: n }, (_, i) => lists.distances[(i + 1) * k - 1]!)
    const densities = new Float64Array(n)
    await eachRow(n, run, (i) => {
      densities[i] = reachabilityDensity(lists, i, kDistances)
    })
    const trainingScores = new Float64Array(n)
    await eachRow(n, run, (i) => {
      trainingScores[i] = outlierFactor(lists, i, densities, densities[i]!)
    })
    if (trainingScores.some((score) => score > 1e7)) {
      run.onWarning?.({
        message:
          'local outlier factor: some rows lie near more duplicates than neighbours, and their scores mean little. Take more neighbours.',
      })
    }
    return new LocalOutlierFactorModel({
      rows: data,
      columns,
      neighbours: k,
      kDistances,
      densities,
      trainingScores,
      offset: contamination === 'auto' ? 1.5 : quantile(trainingScores, 1 - contamination),
    })
  }
}

/** The k nearest other rows of each row. */
async function findNeighbours(
  data: Float32Array,
  columns: number,
  k: number,
  run: RunOptions,
): Promise<NeighbourLists> {
  const n = data.length / columns
  const search = new NeighbourSearch(data, columns)
  const distances = new Float64Array(n * k)
  const numbers = new Uint32Array(n * k)
  const pace = pacer(run.signal)
  let done = 0
  for await (const { task, found } of search.nearestOf(neighbourTasks(search, data, k, true), run)) {
    for (const [q, i] of task.rows.entries()) {
      numbers.set(found.numbers.subarray(q * k, (q + 1) * k), i * k)
      for (let j = 0; j < k; j++) distances[i * k + j] = Math.sqrt(found.squares[q * k + j]!)
    }
    done += task.count
    run.onProgress?.({ stage: 'neighbours', done, total: n })
    await pace()
  }
  return { distances, numbers, k }
}

async function eachRow(n: number, run: RunOptions, visit: (i: number) => void): Promise<void> {
  const pace = pacer(run.signal)
  for (let start = 0; start < n; start += blockRows) {
    await pace()
    for (let i = start; i < Math.min(n, start + blockRows); i++) visit(i)
  }
}
