import {
  assertKnownKeys,
  checkNumber,
  checkOneOf,
  type Filled,
  ParameterError,
  type RunOptions,
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

export type ResolvedCutoutOptions = Filled<Omit<CutoutOptions, 'signal' | 'onProgress' | 'sidePixels'>> &
  Pick<CutoutOptions, 'signal' | 'onProgress' | 'sidePixels'>

const keys = [
  'bands',
  'interpolation',
  'side',
  'sidePixels',
  'maxSidePixels',
  'edge',
  'orientation',
  'antialias',
  'window',
  'signal',
  'onProgress',
]

/** The options with their defaults. @throws ParameterError */
export function resolveCutoutOptions(options: CutoutOptions, known: readonly string[]): ResolvedCutoutOptions {
  assertKnownKeys('cutOut', options, keys)
  const count = (name: string, value: number, max: number): number =>
    checkNumber(`cutOut: ${name}`, value, { integer: true, min: 1, max })
  const bands = options.bands ?? known
  if (bands.length === 0 || new Set(bands).size < bands.length) {
    throw new ParameterError(`cutOut: bands must be different ones, at least one. Received ${bands.join(', ')}.`)
  }
  const unknown = bands.find((band) => !known.includes(band))
  if (unknown !== undefined) {
    throw new ParameterError(`cutOut: bands must be of ${known.join(', ')}. Received ${unknown}.`)
  }
  const interpolation = checkOneOf('cutOut: interpolation', options.interpolation ?? 'bilinear', [
    'nearest',
    'bilinear',
    'bicubic',
    'lanczos3',
    'none',
  ])
  const edge = checkOneOf('cutOut: edge', options.edge ?? 'pad', ['pad', 'shift', 'reject'])
  const orientation = checkOneOf('cutOut: orientation', options.orientation ?? 'mosaic', ['mosaic', 'north'])
  if (orientation === 'north' && (interpolation === 'none' || edge === 'shift')) {
    throw new ParameterError(
      `cutOut: orientation north needs an interpolation and an edge that is not shift. Received ${interpolation}, ${edge}.`,
    )
  }
  if (interpolation === 'none' && options.side !== undefined) {
    throw new ParameterError(`cutOut: side must not be given with interpolation none. Received ${options.side}.`)
  }
  if (options.antialias !== undefined && typeof options.antialias !== 'boolean') {
    throw new ParameterError(`cutOut: antialias must be true or false. Received ${String(options.antialias)}.`)
  }
  const { signal, onProgress, sidePixels } = options
  return {
    bands: [...bands],
    interpolation,
    side: count('side', options.side ?? 150, 16_384),
    maxSidePixels: count('maxSidePixels', options.maxSidePixels ?? 4096, 16_384),
    edge,
    orientation,
    antialias: options.antialias ?? true,
    window: count('window', options.window ?? 128, 2 ** 20),
    ...(sidePixels === undefined ? {} : { sidePixels: checkNumber('cutOut: sidePixels', sidePixels, { above: 0 }) }),
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
  }
}
