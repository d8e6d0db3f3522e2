import { join } from 'node:path'
import { type Image, image } from '@astronomaly/core'
import { luptonRgb } from '@astronomaly/features'
import { encodePicture, type LoadedImage, readBands, readImage } from '@astronomaly/io/node'
import { pictureFingerprint } from '../run/picture-fingerprint.ts'
import type { RunData } from '../run/run-data.ts'

/** Longest side of a picture on the report, in pixels; smaller ones stay as they are. */
const side = 192

/** A picture for the page. */
export interface RenderedPicture {
  /** JPEG as a `data:` URL. */
  readonly url: string
  /** Whether its files say that it is simulated. */
  readonly simulated: boolean
}

/**
 * An object's picture for the page: pictures made for the eye as they are, survey images with an asinh stretch.
 *
 * @param folder - Where the object's files are now.
 * @returns undefined when the files cannot be read any more, or hold another picture than the one that was ranked.
 */
export async function renderPicture(
  { record, files, pictures }: Pick<RunData, 'record' | 'files' | 'pictures'>,
  row: number,
  folder: string,
): Promise<RenderedPicture | undefined> {
  const paths = files[row]!.map((file) => join(folder, file))
  let loaded: LoadedImage
  try {
    if (pictures[row] !== '' && (await pictureFingerprint(paths)) !== pictures[row]) return undefined
    const { bits = 16 } = record
    const bands = record.options.bands as readonly string[] | null
    loaded = bands
      ? await readBands(
          bands.map((band, i) => [band, paths[i] as string]),
          { bits },
        )
      : await readImage(paths[0] as string, { bits })
  } catch {
    return undefined
  }
  const picture = loaded.origin === 'science' ? luptonRgb(loaded.image) : visible(loaded.image)
  const [height, width] = picture.shape
  const jpeg = await encodePicture(picture, { format: 'jpeg', size: Math.min(side, Math.max(height, width)) })
  const url = `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`
  return { url, simulated: loaded.simulated ?? false }
}

/** One or three channels: of more than three the first three, of two their mean. */
function visible(picture: Image<Float32Array>): Image<Float32Array> {
  const [height, width, channels] = picture.shape
  if (channels === 1 || channels === 3) return picture
  const kept = channels === 2 ? 1 : 3
  const out = new Float32Array(height * width * kept)
  for (let i = 0; i < height * width; i++) {
    if (kept === 1) out[i] = (picture.data[2 * i]! + picture.data[2 * i + 1]!) / 2
    else for (let k = 0; k < 3; k++) out[3 * i + k] = picture.data[channels * i + k]!
  }
  return image(out, height, width, kept)
}
