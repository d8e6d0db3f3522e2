import { join } from 'node:path'
import { luptonRgb } from '@astronomaly/features'
import { encodePicture, readBands, readImage } from '@astronomaly/io/node'
import type { RunRecord } from '../run-directory.ts'

/** Longest side of a picture on the report, in pixels; smaller ones stay as they are. */
const side = 192

/**
 * An object's picture as a `data:` URL: pictures made for the eye as they are, survey images with an asinh stretch.
 *
 * @returns undefined when the files cannot be read any more.
 */
export async function renderPicture(record: RunRecord, files: readonly string[]): Promise<string | undefined> {
  try {
    const paths = files.map((file) => join(record.folder, file))
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
    return `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}`
  } catch {
    return undefined
  }
}
