import {
  checkNumber,
  checkOneOf,
  choiceOption,
  type Filled,
  flagOption,
  numberOption,
  resolveOptions,
} from '@astronomaly/core'
import type { ResizeMethod } from './resize.ts'
import type { SigmaClipOptions } from './sigma-clip.ts'

const scales: readonly ['none', 'min-max', 'asinh', 'log', 'percentile', 'z-scale'] = [
  'none',
  'min-max',
  'asinh',
  'log',
  'percentile',
  'z-scale',
]

/** @see {@link PreprocessOptions.scale} */
export type Scale = (typeof scales)[number]

/** How {@link preprocess} makes a picture ready. */
export interface PreprocessOptions {
  /**
   * `'paper'`, for survey images: the sky becomes 0 in every band, then one grey plane. `'rgb'`, for pictures made for the eye: values and
   * planes as they are.
   * @defaultValue 'paper'
   */
  readonly preset?: 'paper' | 'rgb' | undefined
  /** Preset `'paper'`: standard deviations above the median below which a pixel is sky. @defaultValue 3 */
  readonly threshold?: number | undefined
  /** Preset `'paper'`: how median and standard deviation are estimated. @defaultValue `{}`: three sigma, five rounds */
  readonly clip?: SigmaClipOptions | undefined
  /**
   * How planes become one: `'mean'`; `'luma'`, which needs `bands`; a weight for each plane; or `'none'`.
   * @defaultValue 'mean' in preset `'paper'`, 'none' in `'rgb'`
   */
  readonly greyscale?: 'mean' | 'luma' | 'none' | readonly number[] | undefined
  /** Names of the planes, such as `['g', 'r', 'z']`, for `'luma'`. @defaultValue `['r', 'g', 'b']` */
  readonly bands?: readonly string[] | undefined
  /** Keep only the connected region that covers the centre (see {@link centralRegion}). @defaultValue false */
  readonly central?: boolean | undefined
  /** Share of each side kept about the centre, in (0, 1]. @defaultValue 1 */
  readonly crop?: number | undefined
  /** Side of the result in pixels, or `'native'`: not resized. @defaultValue 'native' */
  readonly size?: number | 'native' | undefined
  /** How values between pixel centres are made. @defaultValue 'bilinear' */
  readonly resize?: ResizeMethod | undefined
  /**
   * What becomes of the values in the end; all but `'none'` give [0, 1] with their own defaults.
   * @defaultValue 'none'
   */
  readonly scale?: Scale | undefined
}

const rules = {
  preset: choiceOption(['paper', 'rgb'], 'paper'),
  threshold: numberOption(3),
  clip: (value: SigmaClipOptions = {}) => value,
  greyscale: (value: PreprocessOptions['greyscale'], subject: string) =>
    typeof value === 'string' ? checkOneOf(subject, value, ['mean', 'luma', 'none']) : value,
  bands: (value: readonly string[] = ['r', 'g', 'b']) => value,
  central: flagOption(false),
  crop: numberOption(1, { above: 0, max: 1 }),
  size: (value: number | 'native' = 'native', subject: string) =>
    value === 'native' ? value : checkNumber(subject, value, { min: 1, integer: true }),
  resize: choiceOption(['bilinear', 'bicubic', 'area'], 'bilinear'),
  scale: choiceOption(scales, 'none'),
}

/** Options with every default filled in. */
export type ResolvedPreprocess = Filled<PreprocessOptions>

/** @throws ParameterError */
export function resolvePreprocess(options: PreprocessOptions = {}): ResolvedPreprocess {
  const resolved = resolveOptions('preprocess', options, rules)
  const greyscale = resolved.greyscale ?? (resolved.preset === 'paper' ? 'mean' : 'none')
  return Object.freeze({ ...resolved, greyscale })
}
