import { definedOnly, FormatError, type Image, image, UnsupportedError } from '@astronomaly/core'
import { loadSharp } from './load-sharp.ts'

/** Formats of pictures made for the eye that are read. */
export type PictureFormat = 'png' | 'jpeg' | 'tiff' | 'webp'

const signatures: readonly (readonly [PictureFormat, number, readonly number[]])[] = [
  ['png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpeg', 0, [0xff, 0xd8, 0xff]],
  ['tiff', 0, [0x49, 0x49, 0x2a, 0x00]],
  ['tiff', 0, [0x4d, 0x4d, 0x00, 0x2a]],
  ['tiff', 0, [0x49, 0x49, 0x2b, 0x00]],
  ['tiff', 0, [0x4d, 0x4d, 0x00, 0x2b]],
  ['webp', 8, [0x57, 0x45, 0x42, 0x50]],
]

/** The format that the first bytes tell. */
export function pictureFormat(bytes: Uint8Array): PictureFormat | undefined {
  return signatures.find(([, at, signature]) => signature.every((byte, i) => bytes[at + i] === byte))?.[0]
}

/** A decoded picture and what was passed over. */
export interface DecodedPicture {
  readonly image: Image<Float32Array>
  /** Of a picture with 16 bits a value: how many it uses, 1 to 16. */
  readonly bits?: number
  readonly warnings: readonly string[]
}

/**
 * Decodes a PNG, JPEG, TIFF or WebP picture.
 *
 * @returns `[height, width, 1 or 3]`, values as stored from 0 to 255, those of 16 bits times 255 / (2^bits − 1): 16 bits divided by 257; without transparency,
 * colour profile or rotation; one channel where all three are equal. Printing inks (CMYK) become red, green and blue, with a warning.
 * @throws FormatError when the picture is truncated, corrupt or larger than `maxPixels`; UnsupportedError for other pixel types.
 */
export async function decodePicture(
  bytes: Uint8Array,
  format: PictureFormat,
  source: string,
  { maxPixels, bits }: { readonly maxPixels: number; readonly bits: number },
): Promise<DecodedPicture> {
  const sharp = await loadSharp()
  const open = () => sharp(bytes, { failOn: 'warning', ignoreIcc: true, limitInputPixels: maxPixels })
  const damaged = (cause: unknown): never => {
    throw new FormatError(`picture: must be a whole and sound ${format.toUpperCase()} file. ${reason(cause)}`, {
      source,
      cause,
    })
  }
  const about = await open().metadata().catch(damaged)
  const { width, height, depth, space, pages = 1 } = about
  const colours = about.channels - (about.hasAlpha ? 1 : 0)
  const values = width * height * (colours === 1 ? 1 : 3)
  if (values > maxPixels) {
    throw new FormatError(
      `picture: must have at most ${maxPixels} values. Received ${width} x ${height} x ${colours}.`,
      { source },
    )
  }
  if ((depth !== 'uchar' && depth !== 'ushort') || space === 'lab') {
    throw new UnsupportedError(`picture: must have 8 or 16 bits a value. Received ${depth}, ${space} (${source}).`)
  }
  const deep = depth === 'ushort'
  const target = colours === 1 ? (deep ? 'grey16' : 'b-w') : deep ? 'rgb16' : 'srgb'
  const { data, info } = await open()
    .removeAlpha()
    .toColourspace(target)
    .raw({ depth })
    .toBuffer({ resolveWithObject: true })
    .catch(damaged)
  const channels = info.channels as number
  const stored = deep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data
  if (stored.length !== height * width * channels || (channels !== 1 && channels !== 3)) {
    throw new UnsupportedError(`picture: must have one or three colours. Received ${channels} (${source}).`)
  }
  const pixels = new Float32Array(stored.length)
  const unit = deep ? (2 ** bits - 1) / 255 : 1
  let most = 0
  for (let i = 0; i < pixels.length; i++) {
    pixels[i] = stored[i]! / unit
    if (stored[i]! > most) most = stored[i]!
  }
  const used = 32 - Math.clz32(Math.max(1, most))
  return definedOnly({
    image:
      channels === 3 && isGrey(pixels)
        ? image(firstChannel(pixels), height, width, 1)
        : image(pixels, height, width, channels),
    bits: deep ? used : undefined,
    warnings: [
      ...(deep && used > bits
        ? [`picture uses ${used} bits, more than ${bits}: its values go on beyond white, up to ${most / unit}`]
        : []),
      ...(pages > 1 ? [`picture has ${pages} pages; the first is used`] : []),
      ...(space === 'cmyk'
        ? ['picture is of printing inks (CMYK); its colours are turned into red, green and blue']
        : []),
    ],
  })
}

function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return `${text.split('\n')[0]!.trim()}.`
}

function isGrey(pixels: Float32Array): boolean {
  for (let i = 0; i < pixels.length; i += 3) {
    if (pixels[i] !== pixels[i + 1] || pixels[i] !== pixels[i + 2]) return false
  }
  return true
}

function firstChannel(pixels: Float32Array): Float32Array {
  const out = new Float32Array(pixels.length / 3)
  for (let i = 0; i < out.length; i++) out[i] = pixels[3 * i]!
  return out
}
