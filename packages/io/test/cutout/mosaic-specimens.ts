import { readFileSync } from 'node:fs'
import { encodeFitsImage } from '@astronomaly/fits'
import type { ByteSource } from '@astronomaly/fits/bytes'
import { cutOut } from '../../src/cutout/cut-out.ts'
import type { Cutout, CutoutObject, RejectedCutout } from '../../src/cutout/cutout.ts'
import type { CutoutOptions } from '../../src/cutout/cutout-options.ts'
import type { Mosaics } from '../../src/cutout/mosaics.ts'

export interface GoldenMosaic {
  readonly height: number
  readonly width: number
  readonly salt: number
  readonly cards: Readonly<Record<string, string | number>>
}

export interface ResampledCase {
  readonly ra: number
  readonly dec: number
  readonly side: number
  readonly sidePixels: number
  readonly interpolation: 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3'
  readonly antialias: boolean
  readonly a: readonly (number | null)[]
  readonly b: readonly (number | null)[]
  readonly corner: readonly [number, number]
}

export const golden: {
  readonly sides: readonly (readonly [number, number, number])[]
  readonly a: GoldenMosaic
  readonly b: GoldenMosaic
  readonly resampled: readonly ResampledCase[]
  readonly north: { ra: number; dec: number; side: number; sidePixels: number; values: readonly (number | null)[] }
  readonly wholePixels: readonly {
    readonly size: number
    readonly ra: number
    readonly dec: number
    readonly place: readonly [number, number]
    readonly partial: readonly (number | null)[] | string
    readonly strict: readonly (number | null)[] | string
  }[]
  readonly brick: readonly {
    readonly ra: number
    readonly dec: number
    readonly missing: number
    readonly sum: number
    readonly absolute: number
    readonly middle: number
  }[]
  readonly bands: { ra: number; dec: number; side: number; planes: readonly (readonly number[])[] }
} = JSON.parse(readFileSync(new URL('../golden/cutouts.json', import.meta.url), 'utf8'))

/** The pixels of the golden mosaics. */
export function picture({ height, width, salt }: Pick<GoldenMosaic, 'height' | 'width' | 'salt'>): Float32Array {
  return Float32Array.from({ length: height * width }, (_, i) => {
    const [x, y] = [i % width, Math.floor(i / width)]
    return (x * 7 + y * 13 + ((x * y) % 11) + ((salt * (x + 2 * y)) % 17)) % 97
  })
}

/** A FITS file of a golden mosaic. */
export function mosaicFile(mosaic: GoldenMosaic, band: string, data: Float32Array = picture(mosaic)): Uint8Array {
  const header = Object.entries({ ...mosaic.cards, FILTER: `${band} DECam` }).map(([keyword, value]) => ({
    keyword,
    value,
  }))
  return encodeFitsImage({ data, shape: [mosaic.height, mosaic.width], header })
}

/** Bytes as a source that knows what was read of it, and whether it is open. */
export function countingSource(bytes: Uint8Array): {
  readonly open: () => ByteSource
  reads: number
  bytesRead: number
  opened: number
  closed: number
} {
  const counts = {
    reads: 0,
    bytesRead: 0,
    opened: 0,
    closed: 0,
    open: (): ByteSource => {
      counts.opened++
      return {
        byteLength: bytes.length,
        slice: async (start, end) => {
          const part = bytes.slice(start, end)
          counts.reads++
          counts.bytesRead += part.length
          return part
        },
        close: async () => {
          counts.closed++
        },
      }
    },
  }
  return counts
}

export async function cutAll(
  mosaics: Mosaics,
  objects: readonly CutoutObject[],
  options: CutoutOptions,
): Promise<(Cutout | RejectedCutout)[]> {
  const out: (Cutout | RejectedCutout)[] = []
  for await (const result of cutOut(mosaics, objects, options)) out.push(result)
  return out
}

/** The only cut-out. @throws Error when it was rejected. */
export async function cutOne(mosaics: Mosaics, object: CutoutObject, options: CutoutOptions): Promise<Cutout> {
  const [result] = await cutAll(mosaics, [object], options)
  if (result?.status !== 'cut') throw new Error(result?.message)
  return result
}

/** One channel of a cut-out, `null` where it is NaN. */
export function channel({ image }: Cutout, number = 0): (number | null)[] {
  const channels = image.shape[2]
  return Array.from({ length: image.data.length / channels }, (_, i) => {
    const value = image.data[i * channels + number] as number
    return Number.isNaN(value) ? null : value
  })
}
