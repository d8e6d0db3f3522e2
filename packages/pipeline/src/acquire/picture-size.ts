import {
  checkNumber,
  choiceOption,
  describeValue,
  numberOption,
  type OptionRule,
  ParameterError,
  resolveOptions,
} from '@astronomaly/core'
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
      readonly unit?: 'arcsec' | 'pixels' | undefined
      /**
       * Seconds of arc of a pixel of the mosaic, for lengths in seconds of arc.
       * @defaultValue 0.262
       */
      readonly pixelScale?: number | undefined
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

/** A length of an object, and the columns that it is read from. */
interface LengthRule {
  readonly columns: readonly string[]
  readonly of: (object: CatalogueObject) => number
}

const lengthOption: OptionRule<Length, LengthRule> = (value, subject) => {
  if (typeof value === 'string' && value !== '') {
    return { columns: [value], of: ({ values }) => Number(values[value] === '' ? Number.NaN : values[value]) }
  }
  const number = checkNumber(subject, value, { above: 0 })
  return { columns: [], of: () => number }
}

const equationRules = {
  halfLightRadius: lengthOption,
  psfFwhm: lengthOption,
  unit: choiceOption(['arcsec', 'pixels'], 'arcsec'),
  pixelScale: numberOption(0.262, { above: 0 }),
}

/** How sizes follow from rows, by one of the three kinds of {@link PictureSize}. @throws ParameterError for what is none of them. */
export const sizeOption: OptionRule<PictureSize, SizeRule> = (size, subject) => {
  if (typeof size !== 'object' || size === null) {
    throw new ParameterError(
      `${subject} must be { pixels }, { arcsec } or { halfLightRadius, psfFwhm }. Received ${describeValue(size)}.`,
    )
  }
  if ('pixels' in size) {
    const { pixels } = resolveOptions(subject, size, { pixels: lengthOption })
    const { columns, of } = pixels
    return { columns, sizeOf: (object) => ({ sidePixels: of(object) }), record: { pixels: size.pixels } }
  }
  if ('arcsec' in size) {
    const { arcsec } = resolveOptions(subject, size, { arcsec: lengthOption })
    const { columns, of } = arcsec
    return { columns, sizeOf: (object) => ({ sizeArcsec: of(object) }), record: { arcsec: size.arcsec } }
  }
  const { halfLightRadius, psfFwhm, unit, pixelScale } = resolveOptions(subject, size, equationRules)
  const perPixel = unit === 'arcsec' ? pixelScale : 1
  return {
    columns: [...halfLightRadius.columns, ...psfFwhm.columns],
    sizeOf: (object) => {
      const radius = halfLightRadius.of(object) / perPixel
      const psfSigma = psfFwhm.of(object) / perPixel / fwhmPerSigma
      const known = radius >= 0 && psfSigma > 0 && Number.isFinite(radius + psfSigma)
      return { sidePixels: known ? cutoutSide({ psfSigma, halfLightRadius: radius }) : Number.NaN }
    },
    record: { halfLightRadius: size.halfLightRadius, psfFwhm: size.psfFwhm, perPixel },
  }
}
