import {
  checkNumber,
  checkOneOf,
  type Image,
  type NumberRule,
  type NumericArray,
  numberOption,
  ParameterError,
  passedOption,
  resolveOptions,
  type Seed,
  ShapeError,
} from '@astronomaly/core'
import { bandNames } from '../paint/canvas.ts'
import { pixelScaleArcsec } from '../survey/observing-conditions.ts'

/** How something simulated is added to a real image. A list holds one value per channel; a number holds for all of them. */
export interface InjectionOptions {
  /** Root of all randomness. @defaultValue 1 */
  readonly seed?: Seed | undefined
  /** Which of many injections with one seed. @defaultValue 0 */
  readonly index?: number | undefined
  /** Position of the galaxy, pixels. @defaultValue the middle of the image */
  readonly x?: number | undefined
  readonly y?: number | undefined
  /** The band of each channel. @defaultValue g, r, z for three channels, r for one; needed otherwise */
  readonly bands?: readonly ('g' | 'r' | 'z')[] | undefined
  /** Full width at half maximum of the image's point-spread function, arcsec; 0.05 to 20. @defaultValue 1.2 */
  readonly psfFwhm?: number | readonly number[] | undefined
  /** Moffat exponent of the point-spread function, 1.5 to 20. @defaultValue 3.5 */
  readonly psfBeta?: number | undefined
  /** Arcsec along the side of a pixel, 0.01 to 10. @defaultValue 0.262 */
  readonly pixelScale?: number | undefined
  /** Image units per nanomaggie; > 0. @defaultValue 1 */
  readonly fluxScale?: number | readonly number[] | undefined
  /** Flux that is added to each channel in all, image units, ≥ 0. @defaultValue drawn: see `magnitude` */
  readonly flux?: readonly number[] | undefined
  /** r-band magnitude of what is added; its colours are drawn. @defaultValue drawn */
  readonly magnitude?: number | undefined
  /** Half-light radius of the galaxy in the image, arcsec: scales mergers and rings; 0.1 to 100. @defaultValue 3.2 */
  readonly radius?: number | undefined
  /** Photo-electrons per image unit; > 0. With it the added light has Poisson noise. @defaultValue no noise */
  readonly gain?: number | readonly number[] | undefined
}

/** What depends on the image is checked with it. */
const rules = {
  seed: (value: Seed | undefined): Seed => value ?? 1,
  index: numberOption(0, { min: 0, max: 2 ** 31 - 1, integer: true }),
  x: passedOption<number>(),
  y: passedOption<number>(),
  bands: passedOption<readonly ('g' | 'r' | 'z')[]>(),
  psfFwhm: (value: PerChannel | undefined): PerChannel => value ?? 1.2,
  psfBeta: numberOption(3.5, { min: 1.5, max: 20 }),
  pixelScale: numberOption(pixelScaleArcsec, { min: 0.01, max: 10 }),
  fluxScale: (value: PerChannel | undefined): PerChannel => value ?? 1,
  flux: passedOption<readonly number[]>(),
  magnitude: numberOption(undefined, { min: 0, max: 40 }),
  radius: numberOption(3.2, { min: 0.1, max: 100 }),
  gain: passedOption<PerChannel>(),
}

type PerChannel = number | readonly number[]

/** All options of an injection, one value per channel where the image's channels differ. */
export type ResolvedInjection = ReturnType<typeof resolve>

/** Checks and fills in the options for an image. @throws ParameterError, ShapeError */
export function resolveInjection(
  subject: string,
  image: Image<NumericArray>,
  options: InjectionOptions,
): ResolvedInjection {
  return resolve(subject, image, options)
}

function resolve(subject: string, image: Image<NumericArray>, options: InjectionOptions) {
  const given = resolveOptions(subject, options, rules)
  const { pixelScale } = given
  const [height, width, channels] = image.shape
  if (image.shape.length !== 3 || height < 1 || width < 1 || channels < 1) {
    throw new ShapeError(
      `${subject}: image must be [height, width, channels] with at least one pixel. Received [${image.shape}].`,
    )
  }
  const each = (name: string, value: PerChannel, rule: NumberRule): readonly number[] => {
    const list = typeof value === 'number' ? new Array<number>(channels).fill(value) : value
    if (!Array.isArray(list) || list.length !== channels) {
      throw new ParameterError(
        `${subject}: ${name} must be a number or a list of ${channels} numbers. Received ${String(value)}.`,
      )
    }
    return list.map((v) => checkNumber(`${subject}: ${name}`, v, rule))
  }
  const named = given.bands ?? (channels === 3 ? bandNames : channels === 1 ? (['r'] as const) : undefined)
  if (!named || named.length !== channels) {
    throw new ParameterError(
      `${subject}: bands must name each of the ${channels} channels. Received ${String(given.bands)}.`,
    )
  }
  return {
    ...given,
    x: checkNumber(`${subject}: x`, given.x ?? (width - 1) / 2, { min: -0.5, max: width - 0.5 }),
    y: checkNumber(`${subject}: y`, given.y ?? (height - 1) / 2, { min: -0.5, max: height - 0.5 }),
    /** Index of each channel's band. */
    bands: named.map((name) => bandNames.indexOf(checkOneOf(`${subject}: bands`, name, bandNames))),
    /** Pixels. */
    psfFwhm: each('psfFwhm', given.psfFwhm, { min: 0.05, max: 20 }).map((fwhm) => Math.min(100, fwhm / pixelScale)),
    fluxScale: each('fluxScale', given.fluxScale, { above: 0, max: 1e12 }),
    flux: given.flux && each('flux', given.flux, { min: 0, max: 1e12 }),
    /** Pixels. */
    radius: given.radius / pixelScale,
    gain: given.gain === undefined ? undefined : each('gain', given.gain, { above: 0, max: 1e12 }),
  }
}
