import { AstronomalyError, definedOnly, type OptionRules, passedOption, resolveOptions } from '@astronomaly/core'
import { type CutoutRequest, type DownloadCutoutsOptions, downloadCutouts } from '@astronomaly/survey/node'
import { type AcquireOptions, acquireRules, pickOptions } from './acquire-options.ts'
import { assertSomePicture } from './assert-some-picture.ts'
import { type CatalogueObject, CatalogueObjects } from './catalogue-objects.ts'
import { type LegacySurveyPictures, type PictureAddress, sourceOption } from './picture-address.ts'
import { prepareFolder } from './prepare-folder.ts'

/** What of the download itself can be chosen; the defaults are those of `downloadCutouts`. */
export type DownloadSettings = Omit<DownloadCutoutsOptions, 'folder' | 'layout' | 'signal' | 'onProgress' | 'onWarning'>

/** How to download the pictures of a catalogue. */
export interface DownloadPicturesOptions extends AcquireOptions, DownloadSettings {
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

/** What `downloadCutouts` takes and checks. */
const settingRules = {
  concurrency: passedOption(),
  requestsPerSecond: passedOption(),
  timeoutMs: passedOption(),
  idleTimeoutMs: passedOption(),
  minBytesPerSecond: passedOption(),
  retries: passedOption(),
  baseDelayMs: passedOption(),
  maxDelayMs: passedOption(),
  maxRetryAfterMs: passedOption(),
  maxBytes: passedOption(),
  maxRedirects: passedOption(),
  sameHost: passedOption(),
  headers: passedOption(),
  check: passedOption(),
  verify: passedOption(),
  retryFailed: passedOption(),
  giveUpAfter: passedOption(),
  seed: passedOption(),
  fetch: passedOption(),
} satisfies OptionRules<DownloadSettings>

const rules = { ...acquireRules, ...settingRules, source: sourceOption }

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
  const resolved = resolveOptions(subject, options, rules)
  const { source, layout, signal, onProgress, onWarning } = resolved
  const catalogue = await CatalogueObjects.open(subject, resolved, source.wanted, signal)
  const out = await prepareFolder(subject, resolved.out)
  let total: number | undefined
  // Within the download, whose lock then holds for both readings, and which has checked its options by then.
  async function* requests(): AsyncGenerator<CutoutRequest> {
    total = await catalogue.check({ signal, onProgress })
    for await (const object of catalogue.objects(signal)) yield requestOf(object, source)
  }
  const { duplicates: _, ...summary } = await downloadCutouts(requests(), {
    ...pickOptions(resolved, settingRules),
    folder: out,
    layout,
    signal,
    onWarning,
    onProgress: (progress) => onProgress?.(definedOnly({ ...progress, total: total ?? progress.total })),
  })
  const { downloaded, kept, objects, reasons, journal } = summary
  assertSomePicture(subject, downloaded + kept, objects, reasons, journal)
  return { out, ...summary }
}

function requestOf(object: CatalogueObject, address: PictureAddress): CutoutRequest {
  const { id, problem, row } = object
  if (problem !== undefined) return { id, url: '', fault: { reason: 'no-position', message: problem } }
  try {
    return { id, url: address.of(object) }
  } catch (error) {
    if (!(error instanceof AstronomalyError)) throw error
    return { id, url: '', fault: { reason: 'address', message: `${error.message} (row ${row})` } }
  }
}
