import { assertKnownKeys, checkNumber, checkOneOf, describeValue, ParameterError } from '@astronomaly/core'
import { type CutoutObject, cutoutSide } from '@astronomaly/io'
import type { CatalogueObject } from './catalogue-objects.ts'

/** A length: the same for all objects, or a column of the catalogue. */
export type Length = number | string

/** The side of the square on the sky that is cut out: given in pixels of the mosaic or in seconds of arc, or by the paper's equation 1. */
export type PictureSize =
  | { readonly pixels: Length }
  | { readonly arcsec: Length }
  | {
      /** Of the exponential profile, such as the Legacy Surveys' `shape_r`. */
      readonly halfLightRadius: Length
      /** Full width at half maximum of the point-spread function, such as the Legacy Surveys' `psfsize_r`. */
      readonly psfFwhm: Length
      /**
       * Of both.
       * @defaultValue 'arcsec'
       */
      readonly unit?: 'arcsec' | 'pixels'
      /**
       * Seconds of arc of a pixel of the mosaic, for lengths in seconds of arc.
       * @defaultValue 0.262
       */
      readonly pixelScale?: number
    }

/** How the size of an object follows from its row. */
export interface SizeRule {
  /** Columns that it needs. */
  readonly columns: readonly string[]
  /** @returns NaN where a length is missing or makes no size. */
  readonly sizeOf: (object: CatalogueObject) => Pick<CutoutObject, 'sidePixels' | 'sizeArcsec'>
  /** Plain JSON: equal rules are equal texts. */
  readonly record: Readonly<Record<string, unknown>>
}

/** 2 √(2 ln 2): full width at half maximum of a Gaussian over its standard deviation. */
const fwhmPerSigma = 2 * Math.sqrt(2 * Math.LN2)

/** @throws ParameterError for what is none of the three kinds of {@link PictureSize}. */
export function resolvePictureSize(subject: string, size: PictureSize): SizeRule {
  if (typeof size !== 'object' || size === null) {
    throw new ParameterError(
      `${subject}: size must be { pixels }, { arcsec } or { halfLightRadius, psfFwhm }. Received ${describeValue(size)}.`,
    )
  }
  const columns: string[] = []
  const length = (name: string, value: unknown): ((object: CatalogueObject) => number) => {
    if (typeof value === 'string' && value !== '') {
      columns.push(value)
      return ({ values }) => Number(values[value] === '' ? Number.NaN : values[value])
    }
    const number = checkNumber(`${subject}: size.${name}`, value, { above: 0 })
    return () => number
  }
  if ('pixels' in size || 'arcsec' in size) {
    const name = 'pixels' in size ? 'pixels' : 'arcsec'
    assertKnownKeys(`${subject}: size`, size, [name])
    const value = (size as Readonly<Record<string, unknown>>)[name]
    const own = length(name, value)
    const key = name === 'pixels' ? 'sidePixels' : 'sizeArcsec'
    return { columns, sizeOf: (object) => ({ [key]: own(object) }), record: { [name]: value } }
  }
  assertKnownKeys(`${subject}: size`, size, ['halfLightRadius', 'psfFwhm', 'unit', 'pixelScale'])
  const unit = checkOneOf(`${subject}: size.unit`, size.unit ?? 'arcsec', ['arcsec', 'pixels'])
  const scale = checkNumber(`${subject}: size.pixelScale`, size.pixelScale ?? 0.262, { above: 0 })
  const perPixel = unit === 'arcsec' ? scale : 1
  const radius = length('halfLightRadius', size.halfLightRadius)
  const fwhm = length('psfFwhm', size.psfFwhm)
  return {
    columns,
    sizeOf: (object) => {
      const halfLightRadius = radius(object) / perPixel
      const psfSigma = fwhm(object) / perPixel / fwhmPerSigma
      const known = halfLightRadius >= 0 && psfSigma > 0 && Number.isFinite(halfLightRadius + psfSigma)
      return { sidePixels: known ? cutoutSide({ psfSigma, halfLightRadius }) : Number.NaN }
    },
    record: { halfLightRadius: size.halfLightRadius, psfFwhm: size.psfFwhm, perPixel },
  }
}
