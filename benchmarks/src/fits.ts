import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from '@astronomaly/core'
import { openFits, type ReadFitsImageOptions, readFitsImage, readFitsTable, wcsFromHeader } from '@astronomaly/fits'
import { fileByteSource } from '@astronomaly/fits/node'
import { type CutoutOptions, cutOut } from '@astronomaly/io'
import { openMosaicFiles } from '@astronomaly/io/node'
import { type Benchmark, type BenchmarkResult, medianSeconds } from './benchmark.ts'
import { side, writeFitsFiles } from './fits-files.ts'

type Peers = Readonly<
  Record<'read' | 'rice' | 'brick' | 'table' | 'survey' | 'cutouts' | 'riceCutouts', Readonly<Record<string, number>>>
>

/** Objects that are cut out of the plain picture, of the compressed one whose tiles are whole rows, and pixels of their sides. */
const objectCount = 3000
const riceObjectCount = 200
const cutoutSide = 150

/** Runs of what takes a fraction of a second: the first ones of a process wait for memory and for the compiler. */
const runs = 21

async function readPicture(path: string, options: ReadFitsImageOptions = {}): Promise<void> {
  const source = await fileByteSource(path)
  await readFitsImage(source, options)
  await source.close()
}

/** Seconds of reading a picture into memory that is used again. */
function readInto(path: string): Promise<number> {
  const out = new Float32Array(side * side)
  return medianSeconds(() => readPicture(path, { out }), runs)
}

async function readColumns(path: string): Promise<void> {
  const source = await fileByteSource(path)
  await readFitsTable(source)
  await source.close()
}

/** Cut-outs at given places; the file is opened once, as the peers do. */
async function cutAll(
  path: string,
  objects: readonly { id: string; raDeg: number; decDeg: number; sidePixels: number }[],
  interpolation: NonNullable<CutoutOptions['interpolation']>,
): Promise<void> {
  const mosaics = await openMosaicFiles([{ path, band: 'r' }])
  let cut = 0
  for await (const { status } of cutOut(mosaics, objects, { interpolation })) if (status === 'cut') cut++
  await mosaics.close()
  if (cut !== objects.length) throw new Error(`only ${cut} of ${objects.length} objects were cut out`)
}

/**
 * Reading FITS: a large picture, into new memory and into memory that is used again; the same RICE-compressed with dither, and a survey's
 * brick; cut-outs at random places of both; a table of five numbers a row, and one with the columns of a survey.
 */
export const fits: Benchmark = async ({ rows = 1_000_000, folder, shared, peers, say }) => {
  const random = createRandom('fits', 'benchmarks.fits')
  const { large, table, survey } = await writeFitsFiles(folder, rows, random)
  const brick = shared('data/B_fits/legacy_brick_dr6/legacysurvey-0959p805-image-g.fits.fz')
  const rice = join(folder, 'rice.fits')
  await peers('fits_compress.py', { large, rice })

  const source = await fileByteSource(large)
  const wcs = wcsFromHeader((await (await openFits(source)).hdu(0)).header)
  await source.close()
  const corners = Array.from({ length: objectCount }, () => [
    random.integer(side - cutoutSide),
    random.integer(side - cutoutSide),
  ]) as [number, number][]
  // The middle of n whole pixels from x on lies n / 2 - 1 / 2 further.
  const middle = (cutoutSide - 1) / 2
  const objects = corners.map(([x, y], i) => {
    const { raDeg, decDeg } = wcs!.pixelToSky(x + middle, y + middle)
    return { id: `${i}`, raDeg, decDeg, sidePixels: cutoutSide }
  })

  say('ours')
  const ours = {
    cutouts: await medianSeconds(() => cutAll(large, objects, 'none')),
    bilinear: await medianSeconds(() => cutAll(large, objects, 'bilinear')),
    table: await medianSeconds(() => readColumns(table), runs),
    survey: await medianSeconds(() => readColumns(survey), runs),
    riceCutouts: await medianSeconds(() => cutAll(rice, objects.slice(0, riceObjectCount), 'none')),
    rice: await medianSeconds(() => readPicture(rice)),
    riceTwoWorkers: await medianSeconds(() => readPicture(rice, { workers: 2 })),
    brick: await medianSeconds(() => readPicture(brick), runs),
    read: await medianSeconds(() => readPicture(large), runs),
    readInto: await readInto(large),
  }
  const theirs = await peers<Peers>('fits.py', {
    large,
    rice,
    brick,
    table,
    survey,
    runs,
    corners,
    riceObjectCount,
    cutoutSide,
  })
  const megabytes = (await stat(large)).size / 1e6
  const brickPixels = (await pixelsOf(brick)) / 1e6
  const figure = (
    id: string,
    unit: string,
    amount: number,
    seconds: number,
    peer: Readonly<Record<string, number>>,
  ): BenchmarkResult => ({
    id,
    value: amount / seconds,
    unit,
    better: 'higher',
    peers: Object.fromEntries(Object.entries(peer).map(([name, s]) => [name, amount / s])),
  })
  const pixels = side ** 2 / 1e6
  return [
    figure('read', 'MB/s', megabytes, ours.read, theirs.read),
    figure('read-into', 'MB/s', megabytes, ours.readInto, theirs.read),
    figure('rice', 'M pixels/s', pixels, ours.rice, theirs.rice),
    figure('rice-two-workers', 'M pixels/s', pixels, ours.riceTwoWorkers, theirs.rice),
    figure('rice-brick', 'M pixels/s', brickPixels, ours.brick, theirs.brick),
    figure('cutouts', 'cut-outs/s', objectCount, ours.cutouts, theirs.cutouts),
    figure('cutouts-bilinear', 'cut-outs/s', objectCount, ours.bilinear, theirs.cutouts),
    figure('cutouts-rice', 'cut-outs/s', riceObjectCount, ours.riceCutouts, theirs.riceCutouts),
    figure('table', 'M rows/s', rows / 1e6, ours.table, theirs.table),
    figure('survey-table', 'M rows/s', rows / 1e6, ours.survey, theirs.survey),
  ]
}

async function pixelsOf(path: string): Promise<number> {
  const source = await fileByteSource(path)
  const { data } = await readFitsImage(source)
  await source.close()
  return data.length
}
