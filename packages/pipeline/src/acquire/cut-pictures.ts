import { join } from 'node:path'
import { withFolderLock } from '@astronomaly/core/node'
import { type CutoutObject, cutOut, type Mosaics } from '@astronomaly/io'
import { listMosaicFiles, openMosaicFiles, writeCutouts } from '@astronomaly/io/node'
import { cutoutFiles } from './acquisition-files.ts'
import { assertSomePicture } from './assert-some-picture.ts'
import { CatalogueObjects } from './catalogue-objects.ts'
import { type CutPicturesOptions, type CutPlan, resolveCutOptions } from './cut-options.ts'
import { assertSameRecord, readCutoutRecord, removeUnfinished, writeCutoutRecord } from './cutout-record.ts'
import { prepareFolder } from './prepare-folder.ts'
import { RejectedFile, type RejectedObject } from './rejected-file.ts'

/** What {@link cutPictures} did. */
export interface CutPicturesSummary {
  readonly out: string
  /** Objects of the catalogue: `written` + `kept` + `rejected`. */
  readonly objects: number
  readonly written: number
  /** On disk from earlier runs. */
  readonly kept: number
  readonly rejected: number
  /** Of the rejected ones, by reason. */
  readonly reasons: Readonly<Record<string, number>>
  /** Bands of the pictures, in the order of their planes. */
  readonly bands: readonly string[]
  /** Path of the table of rejected objects: `id`, `reason`, `message`. */
  readonly rejectedFile: string
}

const subject = 'cutouts'

/** Results between two reports. */
const reportEvery = 32

/**
 * Cuts a picture of each object of a catalogue out of mosaics into a folder that `rank` takes.
 *
 * The catalogue is read twice: first to tell what is wrong with it, then object by object. The same call goes on where an earlier one was
 * stopped, by whatever cause; it must draw the pictures in the same way, which `cutouts.json` in the folder keeps. An object that has
 * no picture never throws: `cutouts-rejected.csv` has its reason.
 *
 * @returns Once every object has its picture or its reason. `rank` gives the pictures the catalogue's ids.
 * @throws ParameterError for a wrong option, and a folder that cannot be written, is in use, or holds other things; NotFoundError when
 * catalogue, column or mosaic does not exist, or no object has a picture; FormatError, with file and row, for ids that are
 * empty or not unique, and for mosaics that cannot be used (`invalid: 'throw'`); the reason of an abort.
 * @remarks Memory: 155 bytes an object, what `Mosaics` holds, and the pictures of a window.
 */
export async function cutPictures(options: CutPicturesOptions): Promise<CutPicturesSummary> {
  const plan = resolveCutOptions(subject, options)
  const { draw, open, match, size, signal, onProgress, onWarning } = plan
  const files = await listMosaicFiles(plan.mosaics, { match })
  const wanted = { positions: true, further: [...new Set(size.columns)] }
  const catalogue = await CatalogueObjects.open(subject, plan, wanted, signal)
  const total = await catalogue.check({ signal, onProgress })
  const out = await prepareFolder(subject, plan.out)
  return withFolderLock(join(out, cutoutFiles.lock), subject, async () => {
    const before = await readCutoutRecord(subject, out)
    const mosaics = await openMosaicFiles(files, { ...open, signal, onProgress, onWarning })
    try {
      // No object: tells what is wrong with the options before the folder takes them for those of its pictures.
      for await (const _ of cutOut(mosaics, [], draw));
      const bands = draw.bands ?? mosaics.bands
      const record = { ...plan.record, bands, positions: catalogue.positions }
      if (before) {
        assertSameRecord(subject, out, before, record)
        await removeUnfinished(out)
      } else await writeCutoutRecord(out, record)
      return { out, bands, ...(await cutAll(catalogue, mosaics, plan, total)) }
    } finally {
      await mosaics.close()
    }
  })
}

async function cutAll(
  catalogue: CatalogueObjects,
  mosaics: Mosaics,
  { size, draw, layout, out, signal, onProgress, onWarning }: CutPlan,
  total: number,
): Promise<Omit<CutPicturesSummary, 'out' | 'bands'>> {
  const rejectedFile = join(out, cutoutFiles.rejected)
  const list = await RejectedFile.open(rejectedFile)
  const counts = { written: 0, kept: 0, rejected: 0 }
  const reasons: Record<string, number> = {}
  let done = 0
  const reject = async (rejection: RejectedObject): Promise<void> => {
    reasons[rejection.reason] = (reasons[rejection.reason] ?? 0) + 1
    await list.add(rejection)
  }
  async function* objects(): AsyncGenerator<CutoutObject> {
    for await (const object of catalogue.objects(signal)) {
      const { id, raDeg, decDeg, problem } = object
      if (problem === undefined) yield { id, raDeg, decDeg, ...size.sizeOf(object) }
      else {
        counts.rejected++
        done++
        await reject({ id, reason: 'no-position', message: problem })
      }
    }
  }
  try {
    for await (const result of writeCutouts(mosaics, objects(), out, { ...draw, layout, signal })) {
      signal?.throwIfAborted()
      counts[result.status]++
      if (result.status === 'rejected') await reject(result)
      else for (const message of result.warnings) onWarning?.({ message, id: result.id })
      done++
      if (done % reportEvery === 0 || done === total) onProgress?.({ stage: 'cut-outs', done, total })
    }
    await list.finish()
  } finally {
    await list.discard()
  }
  assertSomePicture(subject, counts.written + counts.kept, done, reasons, rejectedFile)
  return { objects: done, ...counts, reasons, rejectedFile }
}
