import {
  assertKnownKeys,
  checkNumber,
  checkOneOf,
  createRandom,
  ParameterError,
  type RunOptions,
  type Seed,
} from '@astronomaly/core'
import { checkEncoderFileOptions, type EncoderEngine, encoderEngines } from '@astronomaly/features/node'
import { type PositionFrame, positionFrames } from '@astronomaly/io/sky'
import type { EncoderOptions } from './feature-maker.ts'

/** How `rank` turns pictures into numbers and numbers into a ranking. */
export interface RankOptions extends RunOptions {
  /** The folder of pictures; subfolders are searched too. */
  readonly folder: string
  /** The run directory, made when it does not exist. */
  readonly out: string
  /**
   * Let a run go on with another folder, other pictures under the same names or another catalogue than it was made from. Features are made
   * again; ratings stay with the pictures that they were given to.
   * @defaultValue false: such a run is refused
   */
  readonly adopt?: boolean | undefined
  /**
   * A table of the objects: CSV, ECSV, FITS, Parquet or VOTable, also packed, with ids or files, and optionally positions. A file is a path relative to
   * the folder, or a name.
   */
  readonly catalogue?: string | undefined
  /** Which table of the catalogue's file: number or name of a FITS HDU or of a VOTable's table. @defaultValue the first */
  readonly table?: number | string | undefined
  /** Column of the catalogue's ids, or a template of several, such as `'{brickid}_{objid}'`. @defaultValue of a usual name, see `findIdColumn` of io */
  readonly idColumn?: string | undefined
  /** Column of right ascensions. @defaultValue of a usual name, see `findPositionColumns` of io */
  readonly raColumn?: string | undefined
  /** Column of declinations. @defaultValue the partner of `raColumn` */
  readonly decColumn?: string | undefined
  /** Frame of the positions. @defaultValue what the columns say, else `'ICRS'` */
  readonly frame?: PositionFrame | undefined
  /** File name of one band's picture, such as `'{id}_{band}.fits'`. */
  readonly bandPattern?: string | undefined
  /** Names of the bands in channel order, for `bandPattern`. */
  readonly bands?: readonly string[] | undefined
  /**
   * `'paper'`: sigma clip, mask below 3 σ, greyscale, resize. `'rgb'`: resize only. `'auto'`: `'paper'` for FITS, `'rgb'`
   * for pictures already rendered for the eye.
   * @defaultValue 'auto'
   */
  readonly preprocess?: 'auto' | 'paper' | 'rgb' | undefined
  /**
   * Share of each side kept about the centre before features are made, in (0, 1].
   * @defaultValue 1
   */
  readonly crop?: number | undefined
  /** A CNN: a weight folder, TensorFlow.js `model.json`, `.onnx` or `.safetensors` file. */
  readonly encoder?: string | undefined
  /**
   * How the encoder's file is understood: which `output` holds the features, the `inputRange` of its pixels, its `size`, the `pooling` of its
   * tokens; see `LoadEncoderOptions` of `@astronomaly/features`.
   * @defaultValue what the file says, with a warning where it does not
   */
  readonly encoderOptions?: EncoderOptions | undefined
  /**
   * Which features are made. `'encoder'`: the CNN's alone, as in the paper. `'both'`: morphology beside them, each kind with half
   * of the variance. `'auto'`: both where there is an encoder, else morphology.
   * @defaultValue 'auto'
   */
  readonly features?: 'auto' | 'both' | 'encoder' | 'morphology' | undefined
  /**
   * What runs the encoder: `'wasm'` gives the same bits everywhere, `'onnx'` and `'tfjs-node'` are native packages to install.
   * @defaultValue 'wasm'
   */
  readonly engine?: EncoderEngine | undefined
  /**
   * Symmetries of the square over which the encoder's vectors are averaged.
   * @defaultValue 1
   */
  readonly views?: 1 | 4 | 8 | undefined
  /**
   * Divide each feature by its standard deviation before PCA. `'auto'`: for morphology, whose columns have different units; not
   * for CNN features, as in the paper.
   * @defaultValue 'auto'
   */
  readonly standardise?: boolean | 'auto' | undefined
  /**
   * Share of the variance that the principal components keep, in (0, 1).
   * @defaultValue 0.95
   */
  readonly variance?: number | undefined
  /**
   * Trees of the isolation forest.
   * @defaultValue 100
   */
  readonly trees?: number | undefined
  /**
   * Rows given to each tree.
   * @defaultValue 256
   */
  readonly sampleSize?: number | undefined
  /** @defaultValue 0 */
  readonly seed?: Seed | undefined
  /**
   * What to do with pictures of another size than most: `'any'` uses all, `'same'` rejects those whose side differs from the most
   * frequent one by more than 10 %, `'auto'` rejects them only where it is one, or fewer than a tenth.
   * @defaultValue 'auto'
   */
  readonly sizes?: 'auto' | 'any' | 'same' | undefined
  /**
   * Largest share of missing (NaN) pixels with which a picture is still used, in [0, 1).
   * @defaultValue 0
   */
  readonly maxMissing?: number | undefined
  /**
   * Objects in one shard: the unit of work and of loss.
   * @defaultValue 128
   */
  readonly shardSize?: number | undefined
  /**
   * Objects on the report's contact sheets.
   * @defaultValue 100
   */
  readonly top?: number | undefined
}

/** {@link RankOptions} with every default filled in; plain JSON. */
export interface ResolvedRankOptions {
  readonly folder: string
  readonly out: string
  readonly catalogue: string | null
  readonly table: number | string | null
  readonly idColumn: string | null
  readonly raColumn: string | null
  readonly decColumn: string | null
  readonly frame: PositionFrame | null
  readonly bandPattern: string | null
  readonly bands: readonly string[] | null
  readonly preprocess: 'auto' | 'paper' | 'rgb'
  readonly crop: number
  readonly encoder: string | null
  readonly encoderOptions: EncoderOptions | null
  readonly features: 'both' | 'encoder' | 'morphology'
  readonly engine: EncoderEngine
  readonly views: 1 | 4 | 8
  readonly standardise: boolean | 'auto'
  readonly variance: number
  readonly trees: number
  readonly sampleSize: number
  readonly seed: Seed
  readonly sizes: 'auto' | 'any' | 'same'
  readonly maxMissing: number
  readonly shardSize: number
  readonly top: number
}

const known = [
  ...[
    'folder',
    'out',
    'adopt',
    'catalogue',
    'table',
    'idColumn',
    'raColumn',
    'decColumn',
    'frame',
    'bandPattern',
    'bands',
    'preprocess',
    'crop',
    'encoder',
    'encoderOptions',
    'features',
    'engine',
    'views',
  ],
  ...['standardise', 'variance', 'trees', 'sampleSize', 'seed', 'sizes', 'maxMissing', 'shardSize', 'top'],
  ...['signal', 'onProgress', 'onWarning', 'workers'],
]

/** Checks options and fills in defaults. @throws ParameterError */
export function resolveRankOptions(options: RankOptions): ResolvedRankOptions {
  assertKnownKeys('rank', options, known)
  for (const name of ['folder', 'out'] as const) {
    if (typeof options[name] !== 'string' || options[name] === '') {
      throw new ParameterError(`rank: ${name} must be a path. Received ${String(options[name])}.`)
    }
  }
  if (options.bands && options.bandPattern === undefined) {
    throw new ParameterError(
      `rank: bands need a bandPattern that says where they stand. Received ${options.bands.join(', ')}.`,
    )
  }
  if (options.adopt !== undefined && typeof options.adopt !== 'boolean') {
    throw new ParameterError(`rank: adopt must be true or false. Received ${String(options.adopt)}.`)
  }
  checkNumber('rank: workers', options.workers ?? 0, { integer: true, min: 0, max: 256 })
  createRandom(options.seed ?? 0, 'rank.check')
  const { standardise = 'auto', views = 1, seed = 0 } = options
  if (standardise !== 'auto' && typeof standardise !== 'boolean') {
    throw new ParameterError(`rank: standardise must be true, false or 'auto'. Received ${String(standardise)}.`)
  }
  if (![1, 4, 8].includes(views)) throw new ParameterError(`rank: views must be 1, 4 or 8. Received ${String(views)}.`)
  if (views !== 1 && options.encoder === undefined) {
    throw new ParameterError(`rank: views needs an encoder. Received views ${views} without one.`)
  }
  if (options.encoderOptions !== undefined) {
    checkEncoderFileOptions('rank: encoderOptions', options.encoderOptions)
    if (options.encoder === undefined) {
      const names = Object.keys(options.encoderOptions).join(', ')
      throw new ParameterError(`rank: encoderOptions need an encoder. Received ${names} without one.`)
    }
  }
  const features = checkOneOf('rank: features', options.features ?? 'auto', ['auto', 'both', 'encoder', 'morphology'])
  if ((features === 'both' || features === 'encoder') && options.encoder === undefined) {
    throw new ParameterError(`rank: features '${features}' need an encoder. Received none.`)
  }
  if (features === 'morphology' && options.encoder !== undefined) {
    throw new ParameterError(`rank: features 'morphology' take no encoder. Received ${options.encoder}.`)
  }
  return {
    folder: options.folder,
    out: options.out,
    catalogue: options.catalogue ?? null,
    table: options.table ?? null,
    idColumn: options.idColumn ?? null,
    raColumn: options.raColumn ?? null,
    decColumn: options.decColumn ?? null,
    frame: options.frame === undefined ? null : checkOneOf('rank: frame', options.frame, positionFrames),
    bandPattern: options.bandPattern ?? null,
    bands: options.bands ?? null,
    preprocess: checkOneOf('rank: preprocess', options.preprocess ?? 'auto', ['auto', 'paper', 'rgb']),
    crop: checkNumber('rank: crop', options.crop ?? 1, { above: 0, max: 1 }),
    encoder: options.encoder ?? null,
    encoderOptions: options.encoderOptions ?? null,
    features: features === 'auto' ? (options.encoder === undefined ? 'morphology' : 'both') : features,
    engine: checkOneOf('rank: engine', options.engine ?? 'wasm', encoderEngines),
    views,
    standardise,
    variance: checkNumber('rank: variance', options.variance ?? 0.95, { above: 0, below: 1 }),
    trees: checkNumber('rank: trees', options.trees ?? 100, { min: 1, max: 100_000, integer: true }),
    sampleSize: checkNumber('rank: sampleSize', options.sampleSize ?? 256, { min: 2, max: 1_000_000, integer: true }),
    seed,
    sizes: checkOneOf('rank: sizes', options.sizes ?? 'auto', ['auto', 'any', 'same']),
    maxMissing: checkNumber('rank: maxMissing', options.maxMissing ?? 0, { min: 0, below: 1 }),
    shardSize: checkNumber('rank: shardSize', options.shardSize ?? 128, { min: 1, max: 65_536, integer: true }),
    top: checkNumber('rank: top', options.top ?? 100, { min: 1, max: 10_000, integer: true }),
  }
}
