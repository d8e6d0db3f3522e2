import { FormatError, type RunOptions, UnsupportedError } from '@astronomaly/core'
import type { FitsFile, FitsHdu, FitsHeader } from '@astronomaly/fits'
import { bandsOf, type MosaicImage, type MosaicInput, mapPicture, planesOf, showSameSky } from './mosaic-image.ts'

/**
 * Reads the headers of a file's mosaics, or of the one that the input chooses.
 *
 * @param onFault - Is told what is wrong with an HDU before the first picture; the others follow when it does not throw.
 * @param onWarning - Is told of pictures that are passed over as the errors, masks, weights or backgrounds of an earlier one: the middle of
 * either lies in the other, and they have the same band or the later has none. Behind the first picture it is told of HDUs that cannot be used.
 * @throws FormatError when there is no picture or no map, or a header is damaged; UnsupportedError for a chosen map that is not followed.
 */
export async function* fileMosaics(
  file: FitsFile,
  input: MosaicInput,
  onFault: (error: unknown) => void,
  onWarning: RunOptions['onWarning'],
): AsyncGenerator<MosaicImage> {
  const primary = (await file.hdu(0)).header
  if (input.hdu !== undefined) {
    const hdu = await file.hdu(input.hdu)
    if (!isPicture(hdu)) {
      throw fault(input, `HDU ${hdu.index} must hold an image of two axes. It is of kind ${hdu.kind}, [${hdu.shape}]`)
    }
    const pictures = picturesOf(hdu, primary, input, [])
    if (!pictures) throw withoutMap(input, hdu)
    yield* pictures
    return
  }
  const found: MosaicImage[] = []
  const passedOver: string[] = []
  let unmapped: FitsHdu | undefined
  let faults = 0
  const warn = (error: unknown, what: string): void => {
    if (!(error instanceof FormatError || error instanceof UnsupportedError)) throw error
    onWarning?.({ message: `openMosaics: ${what} of ${input.name} cannot be used. ${error.message}` })
  }
  const onUnread = (error: unknown, index: number): void => {
    if (found.length === 0) throw error
    warn(error, `what stands behind the header of HDU ${index - 1}`)
  }
  for await (const hdu of readableHdus(file, onUnread)) {
    if (!isPicture(hdu)) continue
    try {
      const pictures = picturesOf(hdu, primary, input, found)
      if (!pictures) {
        unmapped ??= hdu
        continue
      }
      if (pictures.length < planeCount(hdu))
        passedOver.push(hdu.name ? `${hdu.index} (${hdu.name})` : String(hdu.index))
      found.push(...pictures)
      yield* pictures
    } catch (error) {
      faults++
      if (found.length === 0) onFault(error)
      else warn(error, `HDU ${hdu.index}`)
    }
  }
  if (passedOver.length > 0) {
    onWarning?.({
      message: `openMosaics: pictures of one file that show the same sky should have bands of their own. Passed over as errors, masks, weights or backgrounds, unless hdu chooses them: HDU ${passedOver.join(', ')} (${input.name}).`,
    })
  }
  if (found.length > 0 || faults > 0) return
  throw unmapped ? withoutMap(input, unmapped) : fault(input, 'mosaic must hold an image of two axes. It has none')
}

/** The HDUs up to the first whose header cannot be read. */
async function* readableHdus(
  file: FitsFile,
  onUnread: (error: unknown, index: number) => void,
): AsyncGenerator<FitsHdu> {
  let index = 0
  try {
    for await (const hdu of file.hdus()) {
      index = hdu.index + 1
      yield hdu
    }
  } catch (error) {
    onUnread(error, index)
  }
}

/** The planes of an HDU that no earlier picture shows; `undefined` when it has no map. */
function picturesOf(
  hdu: FitsHdu,
  primary: FitsHeader,
  input: MosaicInput,
  earlier: readonly MosaicImage[],
): MosaicImage[] | undefined {
  const picture = mapPicture(hdu, input.name)
  if (!picture) return undefined
  const planes = planeCount(hdu)
  const bands = input.band === undefined ? bandsOf(hdu.header, primary, planes) : [input.band].flat()
  const shown = earlier.filter((other) => showSameSky(other, picture)).map(({ band }) => band)
  if (bands.length !== planes) {
    if (shown.length > 0) return []
    const rule = `band must name the ${planes} planes of [${hdu.shape}]. Received ${bands.length}`
    throw fault(input, `${rule} (HDU ${hdu.index}; BAND0, BAND1 … or BANDS in its header name them too)`)
  }
  const all = planesOf(picture, input, bands)
  return shown.length === 0 ? all : all.filter(({ band }) => band !== '' && !shown.includes(band))
}

function isPicture({ kind, shape }: FitsHdu): boolean {
  return (kind === 'image' || kind === 'compressed-image') && shape.length >= 2
}

function planeCount({ shape }: FitsHdu): number {
  return shape.slice(0, -2).reduce((a, b) => a * b, 1)
}

function withoutMap(input: MosaicInput, { index }: FitsHdu): FormatError {
  return fault(input, `HDU ${index} must have a map from pixels to the sky. It has none`)
}

function fault(input: MosaicInput, rule: string): FormatError {
  return new FormatError(`openMosaics: ${rule}.`, { source: input.name })
}
