import { join } from 'node:path'
import { luptonRgb } from '@astronomaly/features'
import { encodePicture, readBands, readImage } from '@astronomaly/io/node'
import { pictureFingerprint } from '../picture-fingerprint.ts'
import type { RunData } from '../run-data.ts'

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
  try {
    const paths = files[row]!.map((file) => join(folder, file))
    if (pictures[row] !== '' && (await pictureFingerprint(paths)) !== pictures[row]) return undefined
    const { bits = 16 } = record
    const bands = record.options.bands as readonly string[] | null
    const loaded = bands
      ? await readBands(
          bands.map((band, i) => [band, paths[i] as string]),
          { bits },
        )
      : await readImage(paths[0] as string, { bits })
    const picture = loaded.origin === 'science' ? luptonRgb(loaded.image) : loaded.image
    const [height, width] = picture.shape
    const jpeg = await encodePicture(picture, { format: 'jpeg', size: Math.min(side, Math.max(height, width)) })
    const url = `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`
    return { url, simulated: loaded.simulated ?? false }
  } catch {
    return undefined
  }
}
