import {
  assertRank,
  checkOneOf,
  contiguousData,
  type Image,
  numberOption,
  type OptionRules,
  resolveOptions,
  ShapeError,
} from '@astronomaly/core'
import { loadSharp } from './load-sharp.ts'

/** How to write a picture. */
export interface EncodePictureOptions {
  readonly format: 'jpeg' | 'png'
  /**
   * Pixels of the longest side; the picture is enlarged or reduced to it (Lanczos).
   * @defaultValue as it is
   */
  readonly size?: number | undefined
}

const encodeRules = {
  format: (format, subject) => checkOneOf(subject, format, ['jpeg', 'png']),
  size: numberOption(undefined, { integer: true, min: 1, max: 16_384 }),
} satisfies OptionRules<EncodePictureOptions>

/**
 * A picture as a JPEG (quality 90, full colour resolution) or PNG file of 8 bits a value.
 *
 * @param picture - `[height, width, 1 or 3]`, values 0 to 255; rounded, clipped, NaN becomes 0.
 * @returns The bytes of the file. Row 0 is its upper row.
 * @throws ShapeError for other channels or an empty picture.
 */
export async function encodePicture(picture: Image, options: EncodePictureOptions): Promise<Uint8Array> {
  const { format, size } = resolveOptions('encodePicture', options, encodeRules)
  assertRank(picture, 3, 'encodePicture: picture')
  const [height, width, channels] = picture.shape
  if ((channels !== 1 && channels !== 3) || height === 0 || width === 0) {
    throw new ShapeError(
      `encodePicture: picture must have 1 or 3 channels and not be empty. Received [${picture.shape}].`,
    )
  }
  // Uint8ClampedArray rounds, clips and turns NaN into 0.
  const bytes = new Uint8ClampedArray(contiguousData(picture))
  const sharp = await loadSharp()
  let pipeline = sharp(bytes, { raw: { width, height, channels } })
  if (size !== undefined) {
    const scale = size / Math.max(width, height)
    pipeline = pipeline.resize(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)), {
      fit: 'fill',
    })
  }
  if (channels === 1) pipeline = pipeline.toColourspace('b-w')
  const encoded = format === 'jpeg' ? pipeline.jpeg({ quality: 90, chromaSubsampling: '4:4:4' }) : pipeline.png()
  return new Uint8Array(await encoded.toBuffer())
}
