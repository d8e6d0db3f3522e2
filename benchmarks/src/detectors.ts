import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom, type Matrix, matrix, meanAndStd } from '@astronomaly/core'
import { areaUnderRoc, rankDescending } from '@astronomaly/core/metrics'
import { IsolationForest, type IsolationForestOptions, LocalOutlierFactor } from '@astronomaly/iforest'
import { type Benchmark, type BenchmarkResult, medianSeconds } from './benchmark.ts'
import { type Cost, detectorsPage, type Outcome } from './detectors-page.ts'
import { type LabelledTable, readLabelledMat, readLabelledNpz } from './labelled-tables.ts'
import { randomTable } from './random-table.ts'

/** A way of scoring rows; higher = more anomalous. */
interface Detector {
  readonly name: string
  readonly title: string
  /** Whether the seed changes anything; if not, one run is enough. */
  readonly seeded: boolean
  /** Sets with more rows are left out: the detector's time grows with their square. */
  readonly mostRows?: number
  /** Learns from rows. */
  fit(rows: Matrix<Float32Array>, seed: number): Promise<FittedDetector>
}

interface FittedDetector {
  /** Scores of the rows that it has learnt from. */
  own(): Promise<Float64Array>
  score(rows: Matrix<Float32Array>): Promise<Float64Array>
}

function forest(name: string, title: string, options: IsolationForestOptions): Detector {
  return {
    name,
    title,
    seeded: true,
    fit: async (rows, seed) => {
      const model = await new IsolationForest({ ...options, seed }).fit(rows)
      return { own: () => model.score(rows), score: (others) => model.score(others) }
    },
  }
}

const localOutlierFactor: Detector = {
  name: 'lof',
  title: 'LocalOutlierFactor',
  seeded: false,
  mostRows: 20_000,
  fit: async (rows) => {
    const model = await new LocalOutlierFactor().fit(rows)
    return { own: async () => model.trainingScores, score: (others) => model.score(others) }
  },
}

/** The detectors of the table, the default first; others are compared with it. */
const detectors: readonly Detector[] = [
  forest('default', 'default', {}),
  forest('exact', "pathLength: 'exact'", { pathLength: 'exact' }),
  forest('bootstrap', 'bootstrap: true', { bootstrap: true }),
  forest('half-features', 'featuresPerTree: { fraction: 0.5 }', { featuresPerTree: { fraction: 0.5 } }),
  forest('penalize-range', 'penalizeRange: true', { penalizeRange: true }),
  forest('extended', 'dimensions: 2', { dimensions: 2 }),
  forest('pooled-gain', "split: 'pooled-gain'", { split: 'pooled-gain' }),
  forest('fair-cut', "dimensions: 2, split: 'pooled-gain'", { dimensions: 2, split: 'pooled-gain' }),
  forest('fair-cut-range', "dimensions: 2, split: 'pooled-gain', penalizeRange: true", {
    ...{ dimensions: 2, split: 'pooled-gain', penalizeRange: true },
  }),
  forest('1000-trees', 'trees: 1000', { trees: 1000 }),
  localOutlierFactor,
]

/** Larger sets are not split: it would double the time of the benchmark for three of them. */
const mostRowsOfClean = 20_000

/** Seeds of a set: enough for its scatter, few where a run takes long and scatters little. */
function seedsOf(rows: number): number {
  return rows > 100_000 ? 3 : rows > 20_000 ? 5 : 10
}

/** Average precision, equal scores taken together, as scikit-learn has it. */
function averagePrecisionOfTies(scores: Float64Array, anomalies: ArrayLike<number>): number {
  const order = rankDescending(scores)
  let precision = 0
  let found = 0
  for (let end = 0; end < order.length; ) {
    const score = scores[order[end]!]
    let tied = 0
    for (; end < order.length && scores[order[end]!] === score; end++) if (anomalies[order[end]!]) tied++
    found += tied
    precision += tied * (found / end)
  }
  return precision / found
}

function measure(scores: Float64Array, anomalies: ArrayLike<number>): { auroc: number; ap: number } {
  return { auroc: areaUnderRoc(scores, anomalies), ap: averagePrecisionOfTies(scores, anomalies) }
}

/** Ordinary rows to learn from, half of all, and the rest of the rows with every anomaly. */
function splitOrdinary(
  { rows, anomalies }: LabelledTable,
  seed: number,
): { known: Matrix<Float32Array>; others: LabelledTable } {
  const [count, columns] = rows.shape
  const ordinary = Uint32Array.from({ length: count }, (_, k) => k).filter((k) => !anomalies[k])
  const half = createRandom(seed, 'benchmarks.ordinary').sample(ordinary.length, ordinary.length >> 1)
  const known = new Uint8Array(count)
  for (const place of half) known[ordinary[place]!] = 1
  const take = (which: number): LabelledTable => {
    const places = Uint32Array.from({ length: count }, (_, k) => k).filter((k) => known[k] === which)
    const data = new Float32Array(places.length * columns)
    places.forEach((k, i) => {
      data.set(rows.data.subarray(k * columns, (k + 1) * columns), i * columns)
    })
    return { rows: matrix(data, places.length, columns), anomalies: Float32Array.from(places, (k) => anomalies[k]!) }
  }
  return { known: take(1).rows, others: take(0) }
}

interface NamedTable extends LabelledTable {
  readonly name: string
  readonly group: 'ADBench' | 'ODDS'
  /** What others have measured with an isolation forest. */
  readonly reference: Outcome['reference']
}

/** Lines of a CSV file with a header, by the first column. */
async function readCsv(path: string): Promise<ReadonlyMap<string, Readonly<Record<string, string>>>> {
  const [header = '', ...lines] = (await readFile(path, 'utf8')).trim().split(/\r?\n/)
  const names = header.split(',')
  return new Map(
    lines.map((line) => {
      const cells = line.split(',')
      return [cells[0]!, Object.fromEntries(names.map((name, i) => [name, cells[i]!]))]
    }),
  )
}

async function* readTables(shared: (path: string) => string): AsyncGenerator<NamedTable> {
  const measured = await readCsv(shared('data/D_tabular/reference_sklearn_iforest.csv'))
  for (const file of (await readdir(shared('data/D_tabular/adbench'))).sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  )) {
    const name = file.replace('.npz', '')
    const line = measured.get(name)
    const number = (key: string): number => Number(line?.[key])
    const reference = line && {
      auroc: { mean: number('iforest_auroc_mean'), std: number('iforest_auroc_std') },
      ap: { mean: number('iforest_ap_mean'), std: number('iforest_ap_std') },
      seeds: number('seeds'),
    }
    yield { name, group: 'ADBench', reference, ...readLabelledNpz(shared(`data/D_tabular/adbench/${file}`)) }
  }
  const published = await readCsv(shared('data/D_tabular/published_pyod_roc.csv'))
  for (const file of (await readdir(shared('data/D_tabular/odds_mat'))).sort()) {
    const name = file.replace('.mat', '')
    const auroc = Number(published.get(name)?.IForest)
    const reference = Number.isFinite(auroc) ? { auroc: { mean: auroc, std: Number.NaN }, seeds: 10 } : undefined
    yield { name, group: 'ODDS', reference, ...readLabelledMat(shared(`data/D_tabular/odds_mat/${file}`)) }
  }
}

/** Seconds for fitting and for scoring one table. */
async function timeDetector(detector: Detector, rows: Matrix<Float32Array>): Promise<{ fit: number; score: number }> {
  const fitted = await detector.fit(rows, 1)
  return {
    fit: await medianSeconds(() => detector.fit(rows, 1), detector.seeded ? 9 : 1),
    score: await medianSeconds(() => fitted.score(rows), 3),
  }
}

/** Figures over seeds. */
async function repeat(
  seeds: number,
  run: (seed: number) => Promise<{ auroc: number; ap: number }>,
): Promise<Outcome['found'][string]> {
  const figures: { auroc: number; ap: number }[] = []
  for (let seed = 0; seed < seeds; seed++) figures.push(await run(seed))
  return { auroc: meanAndStd(figures.map((f) => f.auroc)), ap: meanAndStd(figures.map((f) => f.ap)), seeds }
}

/** What each variant detects on labelled tables, and what it costs; writes `docs/detectors.md`. */
export const detectorsBenchmark: Benchmark = async ({ rows = Number.POSITIVE_INFINITY, shared, say }) => {
  const outcomes: Outcome[] = []
  for await (const { name, group, reference, rows: table, anomalies } of readTables(shared)) {
    const [count, columns] = table.shape
    if (count > rows) continue
    say(`${name}: ${count} rows of ${columns} columns`)
    const found: Outcome['found'] = {}
    const clean: Outcome['found'] = {}
    const seeds = seedsOf(count)
    for (const detector of detectors) {
      if (count > (detector.mostRows ?? Number.POSITIVE_INFINITY)) continue
      found[detector.name] = await repeat(detector.seeded ? seeds : 1, async (seed) =>
        measure(await (await detector.fit(table, seed)).own(), anomalies),
      )
      if (count > mostRowsOfClean) continue
      // The halves differ from seed to seed, so that no detector is done after one.
      clean[detector.name] = await repeat(detector.seeded ? seeds : 3, async (seed) => {
        const { known, others } = splitOrdinary({ rows: table, anomalies }, seed)
        return measure(await (await detector.fit(known, seed)).score(others.rows), others.anomalies)
      })
    }
    outcomes.push({
      ...{ name, group, rows: count, columns, reference, found, clean },
      anomalies: anomalies.reduce((sum, y) => sum + y, 0),
    })
  }
  const timed = randomTable(50_000, 26, 'detectors')
  const costs: Cost[] = []
  for (const detector of detectors) {
    say(`cost: ${detector.title}`)
    const small = detector.mostRows === undefined ? timed : matrix(timed.data.subarray(0, 5000 * 26), 5000, 26)
    costs.push({ name: detector.name, rows: small.shape[0], ...(await timeDetector(detector, small)) })
  }
  if (rows === Number.POSITIVE_INFINITY) {
    const docs = join(process.env.ASTRONOMALY_ROOT ?? '.', 'docs')
    await mkdir(docs, { recursive: true })
    await writeFile(join(docs, 'detectors.md'), detectorsPage(outcomes, costs, detectors))
  }
  return toResults(outcomes, costs)
}

function toResults(outcomes: readonly Outcome[], costs: readonly Cost[]): BenchmarkResult[] {
  const results: BenchmarkResult[] = []
  for (const { name, group, found, clean, reference } of outcomes) {
    for (const [detector, { auroc, ap }] of Object.entries(clean)) {
      for (const [key, { mean: value }] of Object.entries({ auroc, ap })) {
        const unit = key === 'ap' ? 'average precision' : 'AUROC'
        results.push({ id: `${group}.${name}.${detector}.clean.${key}`, value, unit, better: 'higher', peers: {} })
      }
    }
    for (const [detector, figures] of Object.entries(found)) {
      for (const key of ['auroc', 'ap'] as const) {
        const theirs = detector === 'default' ? reference?.[key]?.mean : undefined
        const peer = group === 'ADBench' ? 'scikit-learn 1.2.1' : 'PyOD, published'
        results.push({
          id: `${group}.${name}.${detector}.${key}`,
          value: figures[key].mean,
          unit: key === 'ap' ? 'average precision' : 'AUROC',
          better: 'higher',
          peers: theirs === undefined ? {} : { [peer]: theirs },
        })
      }
    }
  }
  for (const { name, rows, fit, score } of costs) {
    results.push({ id: `cost.${name}.fit`, value: fit * 1e3, unit: 'ms', better: 'lower', peers: {} })
    results.push({
      id: `cost.${name}.score`,
      value: (score / rows) * 1e6,
      unit: 's per million rows',
      better: 'lower',
      peers: {},
    })
  }
  return results
}
