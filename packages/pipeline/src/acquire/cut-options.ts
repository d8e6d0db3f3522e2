import { assertKnownKeys, checkOneOf, ParameterError, type RunOptions } from '@astronomaly/core'
import type { CutoutOptions, OpenMosaicsOptions } from '@astronomaly/io'
import type { OpenMosaicFilesOptions, WriteCutoutsOptions } from '@astronomaly/io/node'
import { type CatalogueObjectsOptions, catalogueObjectsKeys } from './catalogue-objects.ts'
import { type PictureSize, resolvePictureSize, type SizeRule } from './picture-size.ts'

/** How to cut the pictures of a catalogue out of mosaics. */
export interface CutPicturesOptions
  extends CatalogueObjectsOptions,
    Pick<
      CutoutOptions,
      'bands' | 'interpolation' | 'side' | 'maxSidePixels' | 'edge' | 'orientation' | 'antialias' | 'window'
    >,
    Pick<OpenMosaicsOptions, 'maxOpenFiles' | 'cacheBytes' | 'invalid'>,
    Pick<OpenMosaicFilesOptions, 'match'>,
    Pick<RunOptions, 'signal' | 'onProgress' | 'onWarning'> {
  /** FITS files, plain, in gzip or bzip2, or tile-compressed, and folders of them, which are searched to their depths. */
  readonly mosaics: string | readonly string[]
  /** The folder of pictures, which `rank` takes; made when it does not exist, or gone on with. */
  readonly out: string
  /** How much of the sky a picture shows; it is drawn on `side` × `side` pixels. */
  readonly size: PictureSize
  /**
   * `'sharded'` spreads the pictures over 4096 folders; `'flat'` is for some thousands.
   * @defaultValue 'sharded'
   */
  readonly layout?: WriteCutoutsOptions['layout'] | undefined
}

/** {@link CutPicturesOptions}, sorted by who takes them. */
export interface CutPlan {
  readonly mosaics: readonly string[]
  readonly size: SizeRule
  readonly write: WriteCutoutsOptions
  readonly open: OpenMosaicsOptions
  readonly match: RegExp | undefined
  /** What decides how the pictures look; `bands` is missing while it is not known. */
  readonly record: Readonly<Record<string, unknown>>
}

const writeNames = ['bands', 'interpolation', 'side', 'maxSidePixels', 'edge', 'orientation', 'antialias', 'window']
const openNames = ['maxOpenFiles', 'cacheBytes', 'invalid']

/** Sorts options and fills in defaults; ranges are checked by who takes them. @throws ParameterError */
export function resolveCutOptions(subject: string, options: CutPicturesOptions): CutPlan {
  assertKnownKeys(subject, options, [
    ...[...catalogueObjectsKeys, ...writeNames, ...openNames, 'mosaics', 'out', 'size', 'layout', 'match'],
    ...['signal', 'onProgress', 'onWarning'],
  ])
  const { match, interpolation = 'bilinear', edge = 'pad', orientation = 'mosaic', antialias = true } = options
  if (match !== undefined && !(match instanceof RegExp)) {
    throw new ParameterError(`${subject}: match must be a regular expression. Received ${String(match)}.`)
  }
  const part = (names: readonly string[]): object =>
    Object.fromEntries(Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined))
  const layout = checkOneOf(`${subject}: layout`, options.layout ?? 'sharded', ['flat', 'sharded'])
  const size = resolvePictureSize(subject, options.size)
  const side = interpolation === 'none' ? null : (options.side ?? 150)
  return {
    mosaics: typeof options.mosaics === 'string' ? [options.mosaics] : options.mosaics,
    size,
    write: { ...part(writeNames), layout },
    open: part(openNames),
    match,
    record: { size: size.record, side, interpolation, edge, orientation, antialias, layout },
  }
}
