import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { passedOption, type RunOptions, resolveOptions, runRules, type Seed, textOption } from '@astronomaly/core'
import { rankDescending } from '@astronomaly/core/metrics'
import { writeFileAtomic } from '@astronomaly/core/node'
import { describeFeature, PcaModel } from '@astronomaly/features'
import { openRun } from '../run/open-run.ts'
import { pathOption } from '../run/path-option.ts'
import { provenanceOf } from '../run/provenance.ts'
import { readRejections } from '../run/rejections.ts'
import type { RunData } from '../run/run-data.ts'
import { currentScore } from '../run/write-ranking.ts'
import { buildSheets } from './build-sheets.ts'
import { namedColumns } from './find-reasons.ts'
import { mapFeatures } from './map-features.ts'
import { nextSteps } from './next-steps.ts'
import { PagePictures } from './page-pictures.ts'
import { recallOf } from './recall-plots.ts'
import { renderReport } from './render-report.ts'
import type { ReportData } from './report-data.ts'
import { runFacts } from './run-facts.ts'
import { scoreHistograms } from './score-bins.ts'

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
  readonly facts?: readonly (readonly [name: string, value: string])[] | undefined
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

const rules = {
  run: pathOption,
  title: textOption(undefined),
  facts: passedOption<ReportData['facts']>(),
  pictures: textOption(undefined),
  command: textOption('astronomaly'),
  from: textOption(undefined),
  ...runRules,
}

/** Rejected files that the page lists. */
const mostRejected = 200
/** Objects that the feature map marks. */
const mostMarked = 100

/**
 * Writes `report.html` into a run directory: contact sheets, scores, explained variance, feature map, recall.
 *
 * @returns The page's absolute path.
 * @throws What {@link openRun} throws; NotFoundError, before anything is written, when none of the page's pictures is there any more.
 * @remarks A picture that cannot be read again, or is another than the one that was ranked, leaves an empty tile; a warning counts them.
 */
export async function writeReport(options: ReportOptions): Promise<string> {
  const { title, facts, command, from, signal, onWarning, ...paths } = resolveOptions('writeReport', options, rules)
  const data = await openRun(paths.run, { onWarning })
  const { run, record } = data
  const top = Number(record.options.top)
  const pca = PcaModel.from(new Uint8Array(await readFile(run.file('pca.model'))).buffer)
  const features = await data.features()
  const order = rankDescending(currentScore(data))
  const folder = paths.pictures === undefined ? record.folder : resolve(paths.pictures)
  const pictures = new PagePictures(data, folder)
  const sheets = await buildSheets({ data, pca, features, pictures, order, top, signal })
  const complete = pictures.check(onWarning)
  const rejected = await readRejections(run)
  const known = await recallOf(data)
  const page: ReportData = {
    title: title ?? lastPart(record.folder),
    facts: [
      ...(facts ?? known.facts),
      ...(pictures.simulated ? [['pictures', 'simulated: their positions are of no real sky'] as const] : []),
      ...runFacts(data, pca, rejected.length),
    ],
    sheets,
    histograms: scoreHistograms(data, top),
    explainedVariance: Array.from(pca.explainedVarianceRatio),
    map: mapFeatures(features, data.ids, order, record.options.seed as Seed, Math.min(top, mostMarked)),
    recall: known.recall,
    glossary: namedColumns(data).flatMap(({ name }) => describeFeature(name) ?? []),
    rejected: rejected.slice(0, mostRejected),
    rejectedCount: rejected.length,
    provenance: [...provenanceOf(data)],
    next: nextSteps(run.path, command, from),
  }
  const path = run.file('report.html')
  await writeFileAtomic(path, renderReport(page))
  if (complete && folder !== record.folder) await rememberFolder(data, folder)
  return path
}

function lastPart(folder: string): string {
  return folder.split(/[\\/]/).filter(Boolean).at(-1) ?? folder
}

async function rememberFolder({ run }: RunData, folder: string): Promise<void> {
  await run.locked(async () => run.write({ ...(await run.read()), folder }))
}
