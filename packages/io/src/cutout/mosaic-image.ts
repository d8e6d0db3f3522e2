import { UnsupportedError } from '@astronomaly/core'
import type { FitsHdu, FitsHeader, SkyWcs } from '@astronomaly/fits'
import { angularSeparationDeg, sameGrid, wcsFromHeader } from '@astronomaly/fits'
import type { ByteInput } from '@astronomaly/fits/bytes'
import { bandNames } from '../picture/band-names.ts'

/** The pictures of the sky in one file, or in one of its HDUs. */
export interface MosaicInput {
  /** Its path or address; the HDUs of one file share it. */
  readonly name: string
  /** The bytes, or what opens them: what it opens is closed when others need its place, and opened again when it is needed. */
  readonly source: ByteInput | (() => ByteInput | Promise<ByteInput>)
  /**
   * Number of the HDU, or its EXTNAME.
   * @defaultValue all that hold a picture with a map of the sky; of those that show the same sky in one band the first, with a warning
   */
  readonly hdu?: number | string | undefined
  /**
   * Its band, or the bands of the planes of a cube.
   * @defaultValue BAND0, BAND1 … or the letters of BANDS in its header, where they name each plane; else, of a single plane, BAND or
   * the first word of FILTER in its header or the primary one; else `''`
   */
  readonly band?: string | readonly string[] | undefined
}

/** A picture of one band: what its header says, without pixels. */
export interface MosaicImage {
  readonly input: MosaicInput
  readonly band: string
  /** Number of the HDU. */
  readonly hdu: number
  /** Axes slower than rows: the place of the plane on each. */
  readonly plane: readonly number[]
  readonly width: number
  readonly height: number
  /** Whether pixels are read as f32. */
  readonly single: boolean
  readonly wcs: SkyWcs
  /** Rows and columns of a compressed picture's tiles. */
  readonly tile: { readonly width: number; readonly height: number } | undefined
  /** Middle, and the radius in degrees of a circle around it that holds the picture; 180 when a part of it has no sky. */
  readonly raDeg: number
  readonly decDeg: number
  readonly radiusDeg: number
}

/** An HDU's picture with its map, before its planes are named. */
type MappedPicture = Omit<MosaicImage, 'input' | 'band' | 'plane'> & { readonly shape: readonly number[] }

type PictureGrid = Pick<MosaicImage, 'width' | 'height' | 'wcs'>

type PlacedGrid = PictureGrid & Pick<MosaicImage, 'raDeg' | 'decDeg' | 'radiusDeg'>

/** Whether two pictures have the same pixels on the sky, within a hundredth of one. */
export function samePixels(a: PictureGrid, b: PictureGrid): boolean {
  return a.width === b.width && a.height === b.height && sameGrid(a.wcs, b.wcs, a.height, a.width)
}

/**
 * Whether two pictures show the same sky: the middle of either lies in the other. Errors, masks, weights and backgrounds do so with their
 * picture, whatever their sizes and scales; chips of a camera, and pictures of which less than a quarter overlaps, do not.
 */
export function showSameSky(a: PlacedGrid, b: PlacedGrid): boolean {
  return holdsMiddle(a, b) || holdsMiddle(b, a)
}

function holdsMiddle({ wcs, width, height, ...circle }: PlacedGrid, other: PlacedGrid): boolean {
  const { raDeg, decDeg } = other.wcs.pixelToSky((other.width - 1) / 2, (other.height - 1) / 2)
  // Far from its picture a distortion can lead back into it; a middle without sky is NaN.
  if (!(angularSeparationDeg(circle.raDeg, circle.decDeg, raDeg, decDeg) <= circle.radiusDeg)) return false
  const place = wcs.skyToPixel(raDeg, decDeg)
  return (
    !!place && Math.abs(place.x - (width - 1) / 2) <= width / 2 && Math.abs(place.y - (height - 1) / 2) <= height / 2
  )
}

/** @returns `undefined` when the HDU has no map. @throws UnsupportedError for maps that are not followed. */
export function mapPicture(hdu: FitsHdu, name: string): MappedPicture | undefined {
  const { header, shape, bitpix } = hdu
  const [height, width] = shape.slice(-2) as [number, number]
  const tile =
    hdu.kind === 'compressed-image'
      ? { width: header.integer('ZTILE1', 1) ?? width, height: header.integer('ZTILE2', 1) ?? 1 }
      : undefined
  const single = bitpix === 8 || bitpix === 16 || bitpix === -32
  try {
    const wcs = wcsFromHeader(header)
    if (!wcs) return undefined
    if (wcs.axes[0] !== 0 || wcs.axes[1] !== 1) {
      throw new UnsupportedError("openMosaics: rows and columns must be the sky's axes. Received others.")
    }
    return { hdu: hdu.index, shape, width, height, single, wcs, tile, ...circleAround(wcs, width, height) }
  } catch (cause) {
    if (!(cause instanceof UnsupportedError)) throw cause
    throw new UnsupportedError(`${cause.message} (HDU ${hdu.index} of ${name})`, { cause })
  }
}

/** The bands of a picture's planes; none where nothing names those of a cube. */
export function bandsOf(header: FitsHeader, primary: FitsHeader, planes: number): readonly string[] {
  return bandNames(header, planes) ?? (planes === 1 ? [bandOf([header, primary])] : [])
}

function bandOf(headers: readonly FitsHeader[]): string {
  for (const header of headers) {
    for (const keyword of ['BAND', 'FILTER']) {
      const value = header.get(keyword)
      const [word] = typeof value === 'string' ? value.trim().split(/\s+/) : []
      if (word) return word
    }
  }
  return ''
}

/** The planes of a picture, one for each band. */
export function planesOf(
  { shape, ...mapped }: MappedPicture,
  input: MosaicInput,
  bands: readonly string[],
): MosaicImage[] {
  return bands.map((band, number) => {
    let rest = number
    const plane = shape
      .slice(0, -2)
      .reverse()
      .map((size) => {
        const at = rest % size
        rest = Math.floor(rest / size)
        return at
      })
    return { ...mapped, input, band, plane: plane.reverse() }
  })
}

/** A circle on the sky that holds a picture: a little more than the farthest of 8 × 8 places on its edge and within. */
function circleAround(wcs: SkyWcs, width: number, height: number): Pick<MosaicImage, 'raDeg' | 'decDeg' | 'radiusDeg'> {
  const middle = wcs.pixelToSky((width - 1) / 2, (height - 1) / 2)
  let radiusDeg = 0
  for (let i = 0; i <= 8; i++) {
    for (let j = 0; j <= 8; j++) {
      const place = wcs.pixelToSky((i / 8) * width - 0.5, (j / 8) * height - 0.5)
      const separation = angularSeparationDeg(middle.raDeg, middle.decDeg, place.raDeg, place.decDeg)
      // Between places on an edge the sky can be a little farther; half as much again is more than any small picture needs.
      radiusDeg = Math.max(radiusDeg, Number.isNaN(separation) ? 180 : 1.5 * separation)
    }
  }
  const known = Number.isFinite(middle.raDeg)
  return {
    raDeg: known ? middle.raDeg : 0,
    decDeg: known ? middle.decDeg : 0,
    radiusDeg: known && radiusDeg < 60 ? radiusDeg : 180,
  }
}
