import { definedOnly, FormatError, image, ParameterError, ShapeError } from '@astronomaly/core'
import type { LoadedImage, ReadImageOptions } from './loaded-image.ts'
import { readImage } from './read-image.ts'

/**
 * Reads one picture from several files, one a band.
 *
 * @param files - Name and file of each band, in the order of the channels.
 * @returns `[height, width, bands]`; position and warnings are of the files in order, the first known position counts. `'science'`
 * when every file is FITS.
 * @throws FormatError when a file holds more than one plane; ShapeError, naming both files, when sizes differ; what
 * `readImage` throws.
 */
export async function readBands(
  files: readonly (readonly [band: string, path: string])[],
  options: ReadImageOptions = {},
): Promise<LoadedImage> {
  const bands = files.map(([band]) => band)
  const paths = files.map(([, path]) => path)
  if (bands.length === 0) throw new ParameterError('readBands: files must name a band. Received none.')
  if (new Set(bands).size < bands.length) {
    throw new ParameterError(`readBands: bands must differ. Received ${bands.join(', ')}.`)
  }
  const loaded: LoadedImage[] = []
  for (const path of paths) loaded.push(await readImage(path, options))
  const [first] = loaded as [LoadedImage]
  const [height, width] = first.image.shape
  const out = new Float32Array(height * width * bands.length)
  for (const [channel, { image: plane }] of loaded.entries()) {
    const path = paths[channel]!
    const [ownHeight, ownWidth, planes] = plane.shape
    if (planes !== 1) {
      throw new FormatError(`readBands: band ${bands[channel]} must have one plane. Received ${planes}.`, {
        source: path,
      })
    }
    if (ownHeight !== height || ownWidth !== width) {
      throw new ShapeError(
        `readBands: pictures must have one size. ${paths[0]} has ${width} x ${height}, ${path} has ${ownWidth} x ${ownHeight}.`,
      )
    }
    for (let i = 0; i < plane.data.length; i++) out[i * bands.length + channel] = plane.data[i]!
  }
  const deep = loaded.flatMap(({ bits }) => bits ?? [])
  const placed = loaded.find((one) => one.ra !== undefined && one.dec !== undefined)
  return definedOnly({
    image: image(out, height, width, bands.length),
    origin: loaded.every((one) => one.origin === 'science') ? ('science' as const) : ('rendered' as const),
    bands,
    bits: deep.length > 0 ? Math.max(...deep) : undefined,
    simulated: loaded.some((one) => one.simulated) ? (true as const) : undefined,
    ra: placed?.ra,
    dec: placed?.dec,
    warnings: loaded.flatMap((one, i) => one.warnings.map((warning) => `band ${bands[i]}: ${warning}`)),
  })
}
