import {
  describeValue,
  type OptionRule,
  type OptionRules,
  ParameterError,
  passedOption,
  resolveOptions,
} from '@astronomaly/core'
import type { CutoutOptions, OpenMosaicsOptions } from '@astronomaly/io'
import type { OpenMosaicFilesOptions } from '@astronomaly/io/node'
import { type AcquireOptions, acquireRules, pickOptions } from './acquire-options.ts'
import { type PictureSize, sizeOption } from './picture-size.ts'

/** How to cut the pictures of a catalogue out of mosaics. */
export interface CutPicturesOptions
  extends AcquireOptions,
    Pick<
      CutoutOptions,
      'bands' | 'interpolation' | 'side' | 'maxSidePixels' | 'edge' | 'orientation' | 'antialias' | 'window'
    >,
    Pick<OpenMosaicsOptions, 'maxOpenFiles' | 'cacheBytes' | 'invalid'>,
    Pick<OpenMosaicFilesOptions, 'match'> {
  /** FITS files, plain, in gzip or bzip2, or tile-compressed, and folders of them, which are searched to their depths. */
  readonly mosaics: string | readonly string[]
  /** How much of the sky a picture shows; it is drawn on `side` × `side` pixels. */
  readonly size: PictureSize
}

/** What `cutOut` takes and checks. */
const drawingRules = {
  bands: passedOption(),
  interpolation: passedOption(),
  side: passedOption(),
  maxSidePixels: passedOption(),
  edge: passedOption(),
  orientation: passedOption(),
  antialias: passedOption(),
  window: passedOption(),
} satisfies Partial<OptionRules<CutoutOptions>>

/** What `openMosaicFiles` takes and checks. */
const mosaicRules = {
  maxOpenFiles: passedOption(),
  cacheBytes: passedOption(),
  invalid: passedOption(),
} satisfies Partial<OptionRules<OpenMosaicsOptions>>

const matchOption: OptionRule<RegExp, RegExp | undefined> = (value, subject) => {
  if (value === undefined || value instanceof RegExp) return value
  throw new ParameterError(`${subject} must be a regular expression. Received ${describeValue(value)}.`)
}

const rules = {
  ...acquireRules,
  ...drawingRules,
  ...mosaicRules,
  mosaics: passedOption<string | readonly string[]>(),
  size: sizeOption,
  match: matchOption,
}

/** {@link CutPicturesOptions}, sorted by who takes them. */
export type CutPlan = ReturnType<typeof planCuts>

/** Sorts options and fills in defaults; ranges of drawings and mosaics are checked by who takes them. @throws ParameterError */
export function resolveCutOptions(subject: string, options: CutPicturesOptions): CutPlan {
  return planCuts(subject, options)
}

function planCuts(subject: string, options: CutPicturesOptions) {
  const resolved = resolveOptions(subject, options, rules)
  const { mosaics, layout, size, side = 150 } = resolved
  const { interpolation = 'bilinear', edge = 'pad', orientation = 'mosaic', antialias = true } = resolved
  return {
    ...resolved,
    mosaics: typeof mosaics === 'string' ? [mosaics] : (mosaics ?? []),
    draw: pickOptions(resolved, drawingRules),
    open: pickOptions(resolved, mosaicRules),
    /** What decides how the pictures look, beside their bands and positions. */
    record: {
      ...{ size: size.record, side: interpolation === 'none' ? null : side },
      ...{ interpolation, edge, orientation, antialias, layout },
    },
  }
}
