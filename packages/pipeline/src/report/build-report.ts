import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { assertKnownKeys, createRandom, type Matrix, NotFoundError, type RunOptions } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { writeFileAtomic } from '@astronomaly/core/node'
import { describeFeature, PcaModel } from '@astronomaly/features'
import { openRun } from '../run/open-run.ts'
import { provenanceOf } from '../run/provenance.ts'
import { readRejections } from '../run/rejections.ts'
import type { RunRecord } from '../run/run-record.ts'
import { currentScore, nextOrder } from '../run/write-ranking.ts'
import { findLikeness, findReasons, namedColumns } from './find-reasons.ts'
import { nextSteps } from './next-steps.ts'
import { recallOf } from './recall-plots.ts'
import { type RenderedPicture, renderPicture } from './render-picture.ts'
import { renderReport } from './render-report.ts'
import type { ContactSheet, FeatureMap, ReportData, ReportObject, ScoreHistogram } from './report-data.ts'

/** How to make a run's report. */
export interface ReportOptions extends RunOptions {
  /** The run directory. */
  readonly run: string
  /** @defaultValue the folder's name */
  readonly title?: string | undefined
  /**
   * Facts to show first, such as how many injected objects were found.
   * @defaultValue what an evaluation of the ranking found by looking
   */
  readonly facts?: ReportData['facts'] | undefined
  /**
   * Where the pictures are now, when they have moved. The run remembers it when every picture of the page is found there.
   * @defaultValue the folder that was ranked
   */
  readonly pictures?: string | undefined
  /**
   * How the reader calls the command line.
   * @defaultValue 'astronomaly'
   */
  readonly command?: string | undefined
  /**
   * The folder in which the reader gives commands: paths inside it are written as from there, and the page names it.
   * @defaultValue none: paths are absolute
   */
  readonly from?: string | undefined
}

/** Such as `'CNN, 1,280 columns, 8 views; morphology, 60 columns'`. */
function describeFeatures({ features = [], options }: RunRecord): string {
  const kinds = features.map(({ columns, names }) => {
    const views = options.views === 1 ? '' : `, ${options.views} views`
    return `${names ? 'morphology' : 'CNN'}, ${columns.toLocaleString('en-GB')} columns${names ? '' : views}`
  })
  return kinds.join('; ')
}

/** Points of the feature map: as many as an eye can use. */
const mapPoints = 4000

function histogram(title: string, scores: Float64Array, top: number): ScoreHistogram {
  const bins = 60
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const s of scores) {
    low = Math.min(low, s)
    high = Math.max(high, s)
  }
  if (!(high > low)) high = low + 1
  const counts = new Array<number>(bins).fill(0)
  for (const s of scores) {
    const bin = Math.min(bins - 1, Math.floor(((s - low) / (high - low)) * bins))
    counts[bin] = counts[bin]! + 1
  }
  const order = rankDescending(scores)
  return {
    title,
    edges: Array.from({ length: bins + 1 }, (_, i) => low + ((high - low) * i) / bins),
    counts,
    topFrom: scores[order[Math.min(top, order.length) - 1]!]!,
  }
}

function featureMap(
  features: Matrix,
  ids: readonly string[],
  order: Uint32Array,
  seed: string | number,
  top: number,
): FeatureMap {
  const [rows, columns] = features.shape
  const at = (row: number, column: number): number => (column < columns ? features.data[row * columns + column]! : 0)
  const sample = createRandom(seed, 'pipeline.map').sample(rows, Math.min(rows, mapPoints)).sort()
  return {
    xLabel: 'principal component 1',
    yLabel: 'principal component 2',
    x: Array.from(sample, (row) => at(row, 0)),
    y: Array.from(sample, (row) => at(row, 1)),
    top: Array.from(order.subarray(0, top), (row, i) => ({ x: at(row, 0), y: at(row, 1), id: ids[row]!, rank: i + 1 })),
  }
}

/**
 * Writes `report.html` into a run directory: contact sheets, scores, explained variance, feature map, recall.
 *
 * @returns The page's absolute path.
 * @throws What {@link openRun} throws; NotFoundError, before anything is written, when none of the page's pictures is there any more.
 * @remarks A picture that cannot be read again, or is another than the one that was ranked, leaves an empty tile; a warning counts them.
 */
export async function writeReport(options: ReportOptions): Promise<string> {
  assertKnownKeys('writeReport', options, [
    'run',
    'title',
    'facts',
    'command',
    'from',
    'pictures',
    'signal',
    'onProgress',
    'onWarning',
    'workers',
  ])
  const data = await openRun(options.run, options)
  const { run, record } = data
  const top = Number(record.options.top)
  const pca = PcaModel.from(new Uint8Array(await readFile(run.file('pca.model'))).buffer)
  const score = currentScore(data)
  const order = rankDescending(score)
  const forestOrder = data.learned ? rankDescending(data.forestScore) : order
  const folder = options.pictures === undefined ? record.folder : resolve(options.pictures)
  const pictures = new Map<number, RenderedPicture | undefined>()
  const features = await data.features()
  const reasonsOf = await findReasons(data, pca)
  const likenessOf = findLikeness(data, features)

  const objectsOf = async (
    rows: Uint32Array,
    scores: Float64Array,
    ranks?: (i: number) => number,
  ): Promise<ReportObject[]> => {
    const objects: ReportObject[] = []
    for (const [i, row] of rows.entries()) {
      options.signal?.throwIfAborted()
      if (!pictures.has(row)) pictures.set(row, await renderPicture(data, row, folder))
      const picture = pictures.get(row)
      const likeness = scores === data.learned?.score ? likenessOf(row) : undefined
      const rating = data.ratings.get(row)
      objects.push({
        id: data.ids[row]!,
        rank: ranks ? ranks(i) : i + 1,
        score: scores[row]!,
        file: data.files[row]!.join(' '),
        ...(data.learned ? { forestScore: data.forestScore[row]! } : {}),
        ...(rating === undefined ? {} : { rating }),
        ...(picture === undefined ? {} : { picture: picture.url, simulated: picture.simulated }),
        ...(data.pictures[row] ? { fingerprint: data.pictures[row] } : {}),
        reasons: [...(likeness ? [likeness] : []), ...(await reasonsOf(row))],
        ...(Number.isNaN(data.raDeg[row]!) ? {} : { raDeg: data.raDeg[row]!, decDeg: data.decDeg[row]! }),
      })
    }
    return objects
  }

  const sheets: ContactSheet[] = []
  if (data.learned) {
    const { learner, labels } = data.learned
    sheets.push({
      id: 'ranking',
      title: `First ${Math.min(top, order.length)}`,
      note: `Ranked by ${learner} with ${labels} labels; labelled objects are part of the ranking.`,
      objects: await objectsOf(order.subarray(0, top), score),
    })
    const next = nextOrder(data).subarray(0, top)
    sheets.push({
      id: 'unlabelled',
      title: 'Not labelled yet',
      note: `What to look at next, in the order in which ${learner} asks for it. Ranks are places in that order.`,
      objects: await objectsOf(next, score),
    })
  }
  sheets.push({
    id: 'forest',
    title: data.learned ? 'Isolation forest alone' : `First ${Math.min(top, order.length)}`,
    note: 'Ranked by the isolation forest, before any label.',
    objects: await objectsOf(forestOrder.subarray(0, top), data.forestScore),
  })
  const lastCount = Math.min(24, Math.max(0, order.length - top))
  if (lastCount > 0) {
    sheets.push({
      id: 'last',
      title: `Last ${lastCount}`,
      note: 'The end of the ranking: the most ordinary objects.',
      objects: await objectsOf(
        order.subarray(order.length - lastCount),
        score,
        (i) => order.length - lastCount + i + 1,
      ),
    })
  }

  const tried = [...pictures.values()]
  const missing = tried.filter((picture) => picture === undefined).length
  const wayOut = "if they have moved, 'report <run> --pictures <folder>' gives the new place"
  if (missing > 0 && missing === tried.length) {
    throw new NotFoundError(
      `report: pictures of the run must be in ${folder}. Received none of ${missing}, or others than were ranked; ${wayOut}.`,
    )
  }
  if (missing > 0) {
    options.onWarning?.({
      message: `${missing} of the page's ${tried.length} pictures are not in ${folder} any more, or are others than were ranked: their tiles are empty; ${wayOut}`,
    })
  }
  const simulated = tried.some((picture) => picture?.simulated)

  const rejected = await readRejections(run)
  const percent = (x: number): string => `${(100 * x).toFixed(1)} %`
  const total = pca.explainedVarianceRatio.reduce((a, b) => a + b, 0)
  const { options: o } = record
  const { facts, recall } = await recallOf(data)
  const page: ReportData = {
    title: options.title ?? record.folder.split(/[\\/]/).filter(Boolean).at(-1) ?? record.folder,
    facts: [
      ...(options.facts ?? facts),
      ...(simulated ? [['pictures', 'simulated: their positions are of no real sky'] as const] : []),
      ['objects ranked', data.ids.length.toLocaleString('en-GB')],
      ['gone on without', rejected.length.toLocaleString('en-GB')],
      ['features', describeFeatures(record)],
      ['principal components', `${pca.columns} (${percent(total)} of the variance)`],
      ['isolation forest', `${o.trees} trees of ${o.sampleSize} rows, seed ${o.seed}`],
      [
        'labels',
        data.learned
          ? `${data.ratings.size}, learner ${data.learned.learner}, seed ${data.learned.seed}`
          : `${data.ratings.size}`,
      ],
    ],
    sheets,
    histograms: [
      ...(data.learned ? [histogram(`Score after ${data.learned.labels} labels`, data.learned.score, top)] : []),
      histogram('Isolation-forest score', data.forestScore, top),
    ],
    explainedVariance: Array.from(pca.explainedVarianceRatio),
    map: featureMap(features, data.ids, order, o.seed as string | number, Math.min(top, 100)),
    recall,
    glossary: namedColumns(data).flatMap(({ name }) => describeFeature(name) ?? []),
    rejected: rejected.slice(0, 200),
    rejectedCount: rejected.length,
    provenance: [...provenanceOf(data)],
    next: nextSteps(run.path, options.command ?? 'astronomaly', options.from),
  }
  const path = run.file('report.html')
  await writeFileAtomic(path, renderReport(page))
  if (missing === 0 && folder !== record.folder) {
    await run.locked(async () => run.write({ ...(await run.read()), folder }))
  }
  return path
}
