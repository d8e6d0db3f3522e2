import {
  checkNumber,
  choiceOption,
  createRandom,
  flagOption,
  numberOption,
  ParameterError,
  type ResolvedOptions,
  type RunOptions,
  resolveOptions,
  runRules,
  type Seed,
  textOption,
} from '@astronomaly/core'
import { checkEncoderFileOptions, type EncoderEngine, encoderEngines } from '@astronomaly/features/node'
import { type PositionFrame, positionFrames } from '@astronomaly/io/sky'
import { pathOption } from '../run/path-option.ts'
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
   * Objects in one shard: the unit of work, and of loss when a run is stopped. `'auto'`: 128 in small surveys, up to 4096 in large ones.
   * A run keeps the number that it has, unless another one is given.
   * @defaultValue 'auto'
   */
  readonly shardSize?: number | 'auto' | undefined
  /**
   * Objects on the report's contact sheets.
   * @defaultValue 100
   */
  readonly top?: number | undefined
}

const rules = {
  ...runRules,
  workers: numberOption(0, { integer: true, min: 0, max: 256 }),
  folder: pathOption,
  out: pathOption,
  adopt: flagOption(false),
  catalogue: textOption(null),
  table: (value: number | string | undefined): number | string | null => value ?? null,
  idColumn: textOption(null),
  raColumn: textOption(null),
  decColumn: textOption(null),
  frame: choiceOption(positionFrames, null),
  bandPattern: textOption(null),
  bands: (value: readonly string[] | undefined): readonly string[] | null => value ?? null,
  preprocess: choiceOption(['auto', 'paper', 'rgb'], 'auto'),
  crop: numberOption(1, { above: 0, max: 1 }),
  encoder: textOption(null),
  encoderOptions: (value: EncoderOptions | undefined, subject: string): EncoderOptions | null => {
    if (value !== undefined) checkEncoderFileOptions(subject, value)
    return value ?? null
  },
  features: choiceOption(['auto', 'both', 'encoder', 'morphology'], 'auto'),
  engine: choiceOption(encoderEngines, 'wasm'),
  views: (value: 1 | 4 | 8 = 1, subject: string): 1 | 4 | 8 => {
    if ([1, 4, 8].includes(value)) return value
    throw new ParameterError(`${subject} must be 1, 4 or 8. Received ${String(value)}.`)
  },
  standardise: (value: boolean | 'auto' = 'auto', subject: string): boolean | 'auto' => {
    if (value === 'auto' || typeof value === 'boolean') return value
    throw new ParameterError(`${subject} must be true, false or 'auto'. Received ${String(value)}.`)
  },
  variance: numberOption(0.95, { above: 0, below: 1 }),
  trees: numberOption(100, { min: 1, max: 100_000, integer: true }),
  sampleSize: numberOption(256, { min: 2, max: 1_000_000, integer: true }),
  seed: (value: Seed = 0): Seed => {
    createRandom(value, 'rank.check')
    return value
  },
  sizes: choiceOption(['auto', 'any', 'same'], 'auto'),
  maxMissing: numberOption(0, { min: 0, below: 1 }),
  shardSize: (value: number | 'auto' = 'auto', subject: string): number | 'auto' =>
    value === 'auto' ? value : checkNumber(subject, value, { min: 1, max: 65_536, integer: true }),
  top: numberOption(100, { min: 1, max: 10_000, integer: true }),
}

type Resolved = ResolvedOptions<typeof rules>

/** {@link RankOptions} that belong to the run, with every default filled in; plain JSON. */
export interface ResolvedRankOptions extends Omit<Resolved, 'adopt' | 'features' | keyof RunOptions> {
  readonly features: 'both' | 'encoder' | 'morphology'
}

/** How a call of `rank` goes about it. */
export interface RankCall extends Pick<Resolved, 'adopt' | keyof RunOptions> {
  readonly settings: ResolvedRankOptions
}

/** Checks options and fills in defaults. @throws ParameterError */
export function resolveRankOptions(options: RankOptions): RankCall {
  const resolved = resolveOptions('rank', options, rules)
  const { adopt, signal, onProgress, onWarning, workers, features, ...settings } = resolved
  const { bands, bandPattern, encoder, encoderOptions, views } = settings
  if (bands !== null && bandPattern === null) {
    throw new ParameterError(`rank: bands need a bandPattern that says where they stand. Received ${bands.join(', ')}.`)
  }
  if (encoder === null) {
    if (views !== 1) throw new ParameterError(`rank: views needs an encoder. Received views ${views} without one.`)
    if (encoderOptions !== null) {
      const names = Object.keys(encoderOptions).join(', ')
      throw new ParameterError(`rank: encoderOptions need an encoder. Received ${names} without one.`)
    }
    if (features === 'both' || features === 'encoder') {
      throw new ParameterError(`rank: features '${features}' need an encoder. Received none.`)
    }
  } else if (features === 'morphology') {
    throw new ParameterError(`rank: features 'morphology' take no encoder. Received ${encoder}.`)
  }
  const made = features === 'auto' ? (encoder === null ? 'morphology' : 'both') : features
  return { settings: { ...settings, features: made }, adopt, signal, onProgress, onWarning, workers }
}
