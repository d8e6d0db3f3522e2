import { stat } from 'node:fs/promises'
import { FormatError, NotFoundError, resolveOptions, UnsupportedError, type Warning } from '@astronomaly/core'
import { isFits } from '@astronomaly/fits'
import { packingOf, unpackedByteSource } from '@astronomaly/fits/bytes'
import { fileByteSource } from '@astronomaly/fits/node'
import { decodePicture, pictureFormat } from './decode-picture.ts'
import { decodeFitsPicture } from './fits-picture.ts'
import { type LoadedImage, type ReadImageOptions, readImageRules } from './loaded-image.ts'

/** Bytes that tell what a file is. */
const signatureBytes = 16

/**
 * Reads one picture: FITS (also tile-compressed), PNG, JPEG, TIFF or WebP, each also in gzip or bzip2. What a file is, its first bytes say, not its name.
 *
 * A FITS file gives its first image of at least two axes; a cube `[planes, height, width]` of 2 to 5 planes becomes channels, further
 * axes of length 1 are left out. Other pictures give their stored values from 0 to 255 (16 bits: value × 255 / (2^bits − 1), beyond 255 where it uses more than `bits`) without transparency; one
 * channel where all three are equal.
 *
 * @returns Rows in the order of the file. In FITS, by convention, the first is the bottom of the sky's picture; it is not turned
 * over. NaN where a pixel is missing.
 * @throws The file system's own error for a disk that fails; NotFoundError when there is no such file; FormatError, with the path, when it is empty, truncated,
 * corrupt, no picture, or beyond `maxPixels` or `maxBytes`; UnsupportedError for a cube of more than five planes, an
 * unknown compression, packing or pixel type.
 * @remarks Of a FITS file only the headers up to the picture and the picture are read, of a packed one what stands before and in it is held
 * unpacked; of other pictures the whole file is held. Nothing larger than the bounds is allocated.
 */
export async function readImage(path: string, options: ReadImageOptions = {}): Promise<LoadedImage> {
  const { maxPixels, maxBytes, bits } = resolveOptions('readImage', options, readImageRules)
  await assertFile(path, maxBytes)
  const file = await fileByteSource(path)
  try {
    const unpacking: string[] = []
    const onWarning = ({ message }: Warning): void => void unpacking.push(message)
    const source = await unpackedByteSource(file, { maxBytes, onWarning })
    const begin = await source.slice(0, signatureBytes)
    if (isFits(begin)) return await decodeFitsPicture(file, path, maxPixels, maxBytes)
    const format = pictureFormat(begin)
    if (format) {
      const bytes = await source.slice(0, source === file ? source.byteLength : maxBytes + 1)
      const picture = await decodePicture(bytes, format, path, { maxPixels, bits })
      return { ...picture, origin: 'rendered', warnings: [...unpacking, ...picture.warnings] }
    }
    const packing = packingOf(begin)
    if (packing)
      throw new UnsupportedError(
        `picture: file must be plain, or packed once with gzip or bzip2. Received ${packing} data (${path}).`,
      )
    const rule = 'picture: file must be FITS, PNG, JPEG, TIFF or WebP.'
    throw new FormatError(
      begin.length === 0 ? `${rule} It is empty.` : `${rule} Its first bytes are of none of these.`,
      { source: path },
    )
  } finally {
    await file.close()
  }
}

async function assertFile(path: string, maxBytes: number): Promise<void> {
  const about = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause
    throw new NotFoundError(`readImage: file must exist. Received ${path}.`, { cause })
  })
  if (!about.isFile()) throw new FormatError('picture: path must be that of a file.', { source: path })
  if (about.size <= maxBytes) return
  throw new FormatError(`picture: file must have at most ${maxBytes} bytes. Received ${about.size}.`, { source: path })
}
