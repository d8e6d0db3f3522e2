import { FormatError, UnsupportedError } from '@astronomaly/core'
import type { ByteInput } from '../bytes/byte-source.ts'
import type { FitsHdu } from '../fits/describe-hdu.ts'
import type { FitsHeader } from '../fits/header/fits-header.ts'
import type { FitsFile } from '../fits/open-fits.ts'
import type { SkyWcs } from '../fits/wcs/sky-wcs.ts'
import { wcsFromHeader } from '../fits/wcs/wcs.ts'
import { angularSeparationDeg } from '../sky/angular-separation.ts'

/** One picture of the sky in one file, or several of equal size in the planes of a cube. */
export interface MosaicInput {
  /** Its path or address; the HDUs of one file share it. */
  readonly name: string
  /** The bytes, or what opens them: what it opens is closed when others need its place, and opened again when it is needed. */
  readonly source: ByteInput | (() => ByteInput | Promise<ByteInput>)
  /**
   * Number of the HDU, or its EXTNAME.
   * @defaultValue the first one that holds a picture
   */
  readonly hdu?: number | string
  /**
   * Its band, or the bands of the planes of a cube.
   * @defaultValue BAND, or the first word of FILTER, in its header or the primary one; else `''`
   */
  readonly band?: string | readonly string[]
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

function fault(input: MosaicInput, rule: string): FormatError {
  return new FormatError(`openMosaics: ${rule}.`, { source: input.name })
}

async function findImage(file: FitsFile, input: MosaicInput): Promise<FitsHdu> {
  if (input.hdu !== undefined) return file.hdu(input.hdu)
  for await (const hdu of file.hdus()) {
    if ((hdu.kind === 'image' || hdu.kind === 'compressed-image') && hdu.shape.length >= 2) return hdu
  }
  throw fault(input, 'mosaic must hold an image of two axes. It has none')
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

/** Reads the header of a mosaic. @throws FormatError when it has no picture or no map; UnsupportedError for maps that are not followed. */
export async function describeMosaic(file: FitsFile, input: MosaicInput): Promise<MosaicImage[]> {
  const hdu = await findImage(file, input)
  if ((hdu.kind !== 'image' && hdu.kind !== 'compressed-image') || hdu.shape.length < 2) {
    throw fault(input, `HDU ${hdu.index} must hold an image of two axes. It is of kind ${hdu.kind}, [${hdu.shape}]`)
  }
  const wcs = wcsFromHeader(hdu.header)
  if (!wcs) throw fault(input, `HDU ${hdu.index} must have a map from pixels to the sky. It has none`)
  if (wcs.axes[0] !== 0 || wcs.axes[1] !== 1) {
    throw new UnsupportedError(`openMosaics: rows and columns must be the sky's axes. Received others (${input.name}).`)
  }
  const slow = hdu.shape.slice(0, -2)
  const [height, width] = hdu.shape.slice(-2) as [number, number]
  const planes = slow.reduce((a, b) => a * b, 1)
  const bands = input.band === undefined ? [bandOf([hdu.header, (await file.hdu(0)).header])] : [input.band].flat()
  if (planes !== bands.length) {
    throw fault(input, `band must name the ${planes} planes of [${hdu.shape}]. Received ${bands.length}`)
  }
  const tile =
    hdu.kind === 'compressed-image'
      ? { width: hdu.header.integer('ZTILE1', 1) ?? width, height: hdu.header.integer('ZTILE2', 1) ?? 1 }
      : undefined
  const single = hdu.bitpix === 8 || hdu.bitpix === 16 || hdu.bitpix === -32
  const common = { input, hdu: hdu.index, width, height, single, wcs, tile, ...circleAround(wcs, width, height) }
  return bands.map((band, number) => {
    let rest = number
    const plane = [...slow].reverse().map((size) => {
      const at = rest % size
      rest = Math.floor(rest / size)
      return at
    })
    return { ...common, band, plane: plane.reverse() }
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
