import {
  AstronomalyError,
  assertKnownKeys,
  describeValue,
  NotFoundError,
  ParameterError,
  type RunOptions,
} from '@astronomaly/core'
import { type LegacySurveyCutout, legacySurveyUrl, urlTemplate } from '@astronomaly/survey'
import { type CutoutRequest, type DownloadCutoutsOptions, downloadCutouts } from '@astronomaly/survey/node'
import {
  type CatalogueObject,
  CatalogueObjects,
  type CatalogueObjectsOptions,
  catalogueObjectsKeys,
} from './catalogue-objects.ts'
import { prepareFolder } from './prepare-folder.ts'

/** Which cut-outs of the Legacy Surveys. */
export type LegacySurveyPictures = Omit<LegacySurveyCutout, 'raDeg' | 'decDeg'>

/** What of the download itself can be chosen; the defaults are those of `downloadCutouts`. */
export type DownloadSettings = Omit<DownloadCutoutsOptions, 'folder' | 'signal' | 'onProgress' | 'onWarning'>

/** How to download the pictures of a catalogue. */
export interface DownloadPicturesOptions
  extends CatalogueObjectsOptions,
    DownloadSettings,
    Pick<RunOptions, 'signal' | 'onProgress' | 'onWarning'> {
  /** The folder of pictures, which `rank` takes; made when it does not exist, or gone on with. */
  readonly out: string
  /**
   * Where the pictures are: an address with `{id}`, `{ra}`, `{dec}` or any column of the catalogue in braces; or which cut-outs of
   * the Legacy Surveys' viewer.
   * @defaultValue the viewer's, with the defaults of `legacySurveyUrl`
   */
  readonly source?: string | LegacySurveyPictures | undefined
}

/** What {@link downloadPictures} did. */
export interface DownloadPicturesSummary {
  readonly out: string
  /** Objects of the catalogue: `downloaded` + `kept` + `failed`. */
  readonly objects: number
  readonly downloaded: number
  /** On disk from earlier runs. */
  readonly kept: number
  readonly failed: number
  /** Of the failed ones, by reason: see `readDownloadJournal`. */
  readonly reasons: Readonly<Record<string, number>>
  /** Of the downloaded files. */
  readonly bytes: number
  /** The journal's path: the last line of an object tells its fate. */
  readonly journal: string
}

const subject = 'download'

/**
 * Downloads a picture for each object of a catalogue into a folder that `rank` takes.
 *
 * The catalogue is read twice: first to tell what is wrong with it, before anything is asked for, then object by object. The folder is one of
 * `downloadCutouts`: the same call goes on where an earlier one was stopped, by whatever cause, and an object whose address has changed
 * is fetched again. A picture that cannot be had never throws: the journal has its reason.
 *
 * @returns Once every object is settled. `rank` gives the pictures the catalogue's ids.
 * @throws ParameterError for a wrong option, an output folder that cannot be written or is in use; NotFoundError when the catalogue
 * or a column does not exist, or no object has a picture; FormatError, with file and row, for ids that are empty or not unique; RequestError once the service is down; the reason of an abort.
 * @remarks Memory: 150 bytes an object and the files under way, at most 4 · `concurrency` of them.
 */
export async function downloadPictures(options: DownloadPicturesOptions): Promise<DownloadPicturesSummary> {
  const { signal, onProgress, onWarning, ...given } = options
  const { own, settings } = split(given)
  const { addressOf, wanted } = resolveSource(own.source ?? {})
  const objects = await CatalogueObjects.open(subject, own, wanted, signal)
  const out = await prepareFolder(subject, own.out)
  const request = (object: CatalogueObject): CutoutRequest => {
    const { id, problem, row } = object
    if (problem !== undefined) return { id, url: '', fault: { reason: 'no-position', message: problem } }
    try {
      return { id, url: addressOf(object) }
    } catch (error) {
      if (!(error instanceof AstronomalyError)) throw error
      return { id, url: '', fault: { reason: 'address', message: `${error.message} (row ${row})` } }
    }
  }
  let total: number | undefined
  // Within the download, whose lock then holds for both readings, and which has checked its options by then.
  async function* requests(): AsyncGenerator<CutoutRequest> {
    const run = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) }
    total = await objects.check(run)
    for await (const object of objects.objects(signal)) yield request(object)
  }
  const { duplicates: _, ...summary } = await downloadCutouts(requests(), {
    ...settings,
    folder: out,
    ...(signal ? { signal } : {}),
    ...(onWarning ? { onWarning } : {}),
    onProgress: (progress) => onProgress?.({ ...progress, ...(total === undefined ? {} : { total }) }),
  })
  if (summary.downloaded + summary.kept === 0) {
    const reasons = Object.entries(summary.reasons).map(([reason, count]) => `${reason} ${count}`)
    throw new NotFoundError(
      `${subject}: some object must have a picture. Received none of ${summary.objects}: ${reasons.join(', ')}; ${summary.journal} says why.`,
    )
  }
  return { out, ...summary }
}

const settingNames: readonly string[] = [
  ...['concurrency', 'requestsPerSecond', 'timeoutMs', 'idleTimeoutMs', 'minBytesPerSecond', 'retries', 'baseDelayMs'],
  ...['maxDelayMs', 'maxRetryAfterMs', 'maxBytes', 'maxRedirects', 'sameHost', 'headers', 'check', 'layout', 'verify'],
  ...['retryFailed', 'giveUpAfter', 'seed', 'fetch'],
]

/** Tells the download's options from the rest. @throws ParameterError for an unknown one. */
function split(options: Omit<DownloadPicturesOptions, 'signal' | 'onProgress' | 'onWarning'>): {
  readonly own: CatalogueObjectsOptions & Pick<DownloadPicturesOptions, 'out' | 'source'>
  readonly settings: DownloadSettings
} {
  assertKnownKeys(subject, options, [...catalogueObjectsKeys, 'out', 'source', ...settingNames])
  const part = (isSetting: boolean): object =>
    Object.fromEntries(Object.entries(options).filter(([name]) => settingNames.includes(name) === isSetting))
  return { own: part(false) as CatalogueObjectsOptions & { out: string }, settings: part(true) }
}

/** How addresses are made, and what of the catalogue they need. @throws ParameterError for a source that makes none. */
function resolveSource(source: unknown): {
  readonly addressOf: (object: CatalogueObject) => string
  readonly wanted: { readonly positions: boolean; readonly further: readonly string[] }
} {
  if (typeof source === 'string') {
    const fill = urlTemplate(source)
    const names = [...new Set(Array.from(source.matchAll(/\{([^{}]*)\}/g), ([, name]) => name as string))]
    if (names.length === 0) {
      throw new ParameterError(
        `${subject}: source must name a column in braces, such as {id} or {ra}. Received ${describeValue(source)}.`,
      )
    }
    const positions = names.includes('ra') || names.includes('dec')
    return {
      addressOf: ({ id, raDeg, decDeg, values }) =>
        fill({ ...values, id, ...(positions ? { ra: raDeg, dec: decDeg } : {}) }),
      wanted: { positions, further: names.filter((name) => !['id', 'ra', 'dec'].includes(name)) },
    }
  }
  if (typeof source !== 'object' || source === null) {
    throw new ParameterError(
      `${subject}: source must be an address or an object of options. Received ${describeValue(source)}.`,
    )
  }
  assertKnownKeys(`${subject}: source`, source, ['size', 'pixelScale', 'layer', 'bands', 'format'])
  legacySurveyUrl({ ...source, raDeg: 0, decDeg: 0 })
  return {
    addressOf: ({ raDeg, decDeg }) => legacySurveyUrl({ ...source, raDeg, decDeg }),
    wanted: { positions: true, further: [] },
  }
}
