import {
  checkNumber,
  choiceOption,
  describeValue,
  numberOption,
  ParameterError,
  resolveOptions,
} from '@astronomaly/core'
import { plainNumber } from './url-template.ts'

/** Which cut-out of the Legacy Surveys. */
export interface LegacySurveyCutout {
  /** ICRS right ascension of the centre, from 0 to 360. */
  readonly raDeg: number
  /** ICRS declination of the centre, from −90 to 90. */
  readonly decDeg: number
  /**
   * Pixels of a side, from 1 to 3000.
   * @defaultValue 150
   */
  readonly size?: number | undefined
  /**
   * Arcseconds of a pixel; the survey's own are 0.262.
   * @defaultValue 0.262
   */
  readonly pixelScale?: number | undefined
  /**
   * The layer of the viewer, such as `'ls-dr10'`, `'ls-dr9-north'` or `'ls-dr8-south-resid'`.
   * @defaultValue 'ls-dr10'
   */
  readonly layer?: string | undefined
  /**
   * One letter a band; a FITS file holds one plane for each, in this order.
   * @defaultValue 'grz'
   */
  readonly bands?: string | undefined
  /** @defaultValue 'fits' */
  readonly format?: 'fits' | 'jpg' | undefined
}

const rules = {
  raDeg: (value: number | undefined, subject: string): number => checkNumber(subject, value, { min: 0, max: 360 }),
  decDeg: (value: number | undefined, subject: string): number => checkNumber(subject, value, { min: -90, max: 90 }),
  size: numberOption(150, { integer: true, min: 1, max: 3000 }),
  pixelScale: numberOption(0.262, { above: 0 }),
  layer: (value: string | undefined, subject: string): string => checkWord(subject, value ?? 'ls-dr10', /^[\w.-]+$/),
  bands: (value: string | undefined, subject: string): string => checkWord(subject, value ?? 'grz', /^[a-zA-Z]+$/),
  format: choiceOption(['fits', 'jpg'], 'fits'),
}

/**
 * The address of a cut-out at the Legacy Surveys' viewer.
 *
 * @throws ParameterError for a position off the sky, or an option outside its range.
 * @remarks The position is rounded to 1e-7 degrees, 0.4 milliarcseconds; right ascension 360 is written as 0.
 * @see https://www.legacysurvey.org/viewer/urls
 */
export function legacySurveyUrl(cutout: LegacySurveyCutout): string {
  const resolved = resolveOptions('legacySurveyUrl', cutout, rules)
  const { raDeg: ra, decDeg: dec, size, pixelScale, layer, bands, format } = resolved
  const query = [
    `ra=${degrees(Number(ra.toFixed(7)) % 360)}`,
    `dec=${degrees(dec)}`,
    `layer=${layer}`,
    `pixscale=${plainNumber(pixelScale)}`,
    `bands=${bands}`,
    `size=${size}`,
  ]
  return `https://www.legacysurvey.org/viewer/${format === 'fits' ? 'fits' : 'jpeg'}-cutout?${query.join('&')}`
}

function degrees(value: number): string {
  return plainNumber(Number(value.toFixed(7)))
}

function checkWord(subject: string, value: unknown, rule: RegExp): string {
  if (typeof value !== 'string' || !rule.test(value)) {
    throw new ParameterError(`${subject} must be a word such as the viewer knows. Received ${describeValue(value)}.`)
  }
  return value
}
