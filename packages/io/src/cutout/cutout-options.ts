import {
  choiceOption,
  flagOption,
  numberOption,
  ParameterError,
  passedOption,
  type RunOptions,
  resolveOptions,
  runRules,
} from '@astronomaly/core'
import type { Interpolation } from './interpolation.ts'

/** How to cut objects out of mosaics. */
export interface CutoutOptions extends Pick<RunOptions, 'signal' | 'onProgress'> {
  /**
   * Bands of the images' channels, in this order. The first one that covers an object decides on the grid.
   * @defaultValue all bands of the mosaics
   */
  readonly bands?: readonly string[] | undefined
  /**
   * How values between pixels are found, or `'none'`: whole pixels of the mosaic as they are, `sidePixels` (rounded up) of them.
   * @defaultValue 'bilinear'
   */
  readonly interpolation?: Interpolation | 'none' | undefined
  /**
   * Rows and columns of the images; not with interpolation `'none'`.
   * @defaultValue 150
   */
  readonly side?: number | undefined
  /**
   * Side on the sky, in pixels of the mosaic, of objects that have no size of their own.
   * @defaultValue none
   */
  readonly sidePixels?: number | undefined
  /**
   * Largest side on the sky, in pixels of the mosaic; larger objects are rejected.
   * @defaultValue 4096
   */
  readonly maxSidePixels?: number | undefined
  /**
   * What happens at the edge of a mosaic: `'pad'` leaves NaN where there is no pixel, `'shift'` moves the cut-out until it lies
   * inside, `'reject'` rejects the object.
   * @defaultValue 'pad'
   */
  readonly edge?: 'pad' | 'shift' | 'reject' | undefined
  /**
   * Rows and columns along those of the first band's mosaic, or north up: rows to the north, columns to the west, in a gnomonic
   * (TAN) projection around the object. `'north'` needs an interpolation and does not shift.
   * @defaultValue 'mosaic'
   */
  readonly orientation?: 'mosaic' | 'north' | undefined
  /**
   * Whether kernels are widened where an image has fewer pixels than the mosaic, so that each pixel of the mosaic counts.
   * @defaultValue true
   */
  readonly antialias?: boolean | undefined
  /**
   * Objects that are looked at together, so that neighbours share what is read and decoded; so many images are in memory, or fewer where
   * they would have more than 2^24 values (64 MiB) in all, such as 248 of three bands and 150 by 150 pixels.
   * @defaultValue 128
   */
  readonly window?: number | undefined
}

const rules = {
  bands: passedOption<readonly string[]>(),
  interpolation: choiceOption(['nearest', 'bilinear', 'bicubic', 'lanczos3', 'none'], 'bilinear'),
  side: numberOption(undefined, { integer: true, min: 1, max: 16_384 }),
  sidePixels: numberOption(undefined, { above: 0 }),
  maxSidePixels: numberOption(4096, { integer: true, min: 1, max: 16_384 }),
  edge: choiceOption(['pad', 'shift', 'reject'], 'pad'),
  orientation: choiceOption(['mosaic', 'north'], 'mosaic'),
  antialias: flagOption(true),
  window: numberOption(128, { integer: true, min: 1, max: 2 ** 20 }),
  signal: runRules.signal,
  onProgress: runRules.onProgress,
}

export type ResolvedCutoutOptions = ReturnType<typeof resolve>

/** The options with their defaults. @throws ParameterError */
export function resolveCutoutOptions(options: CutoutOptions, known: readonly string[]): ResolvedCutoutOptions {
  return resolve(options, known)
}

function resolve(options: CutoutOptions, known: readonly string[]) {
  const resolved = resolveOptions('cutOut', options, rules)
  const { bands = known, interpolation, side, edge, orientation } = resolved
  if (bands.length === 0 || new Set(bands).size < bands.length) {
    throw new ParameterError(`cutOut: bands must be different ones, at least one. Received ${bands.join(', ')}.`)
  }
  const unknown = bands.find((band) => !known.includes(band))
  if (unknown !== undefined) {
    throw new ParameterError(`cutOut: bands must be of ${known.join(', ')}. Received ${unknown}.`)
  }
  if (orientation === 'north' && (interpolation === 'none' || edge === 'shift')) {
    throw new ParameterError(
      `cutOut: orientation north needs an interpolation and an edge that is not shift. Received ${interpolation}, ${edge}.`,
    )
  }
  if (interpolation === 'none' && side !== undefined) {
    throw new ParameterError(`cutOut: side must not be given with interpolation none. Received ${side}.`)
  }
  return { ...resolved, bands: [...bands], side: side ?? 150 }
}
