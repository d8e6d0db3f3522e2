import {
  choiceOption,
  numberOption,
  type OptionRules,
  passedOption,
  type ResolvedOptions,
  type RunOptions,
  runRules,
} from '@astronomaly/core'
import type { PositionFrame } from '@astronomaly/io/sky'
import { pathOption } from '../run/path-option.ts'

/** The objects of a catalogue and where its file says what of them. */
export interface CatalogueObjectsOptions {
  /** A table of any size with one row an object: FITS, CSV, Parquet or VOTable, each also in gzip or bzip2. */
  readonly catalogue: string
  /**
   * Which table of the file: number or name of a FITS HDU or of a VOTable's table.
   * @defaultValue the first
   */
  readonly table?: number | string | undefined
  /**
   * Column of the ids, which are unique; or a template of several, such as `'{brickid}_{objid}'`.
   * @defaultValue `id`, `objid`, `source_id`, `NUMBER`, `name` or another usual name, in any case: see `findIdColumn`
   */
  readonly idColumn?: string | undefined
  /**
   * Column of right ascensions: degrees from −360 to 360, hours or radians where the column's unit says so, or sexagesimal text.
   * @defaultValue of `ra`, `RAJ2000`, `ALPHA_J2000`, `GLON` and other usual names the first that has its partner: see `findPositionColumns`
   */
  readonly raColumn?: string | undefined
  /**
   * Column of declinations, as `raColumn`.
   * @defaultValue the partner of `raColumn`
   */
  readonly decColumn?: string | undefined
  /** Frame of the positions. @defaultValue what the columns say, else `'ICRS'` */
  readonly frame?: PositionFrame | undefined
  /**
   * The first rows only.
   * @defaultValue all
   */
  readonly limit?: number | undefined
}

/** What every call takes that makes a folder of pictures of a catalogue. */
export interface AcquireOptions
  extends CatalogueObjectsOptions,
    Pick<RunOptions, 'signal' | 'onProgress' | 'onWarning'> {
  /** The folder of pictures, which `rank` takes; made when it does not exist, or gone on with. */
  readonly out: string
  /**
   * `'sharded'` spreads the pictures over 4096 folders; `'flat'` is for some thousands.
   * @defaultValue 'sharded'
   */
  readonly layout?: 'flat' | 'sharded' | undefined
}

/** The rules of {@link AcquireOptions}. */
export const acquireRules = {
  catalogue: pathOption,
  table: passedOption<number | string>(),
  idColumn: passedOption<string>(),
  raColumn: passedOption<string>(),
  decColumn: passedOption<string>(),
  frame: passedOption<PositionFrame>(),
  limit: numberOption(undefined, { integer: true, min: 1, max: 2 ** 32 - 1 }),
  out: pathOption,
  layout: choiceOption(['flat', 'sharded'], 'sharded'),
  signal: runRules.signal,
  onProgress: runRules.onProgress,
  onWarning: runRules.onWarning,
} satisfies OptionRules<AcquireOptions>

/** Those of some resolved options that `rules` are of, for the call that takes them. */
export function pickOptions<Rules extends object>(
  resolved: ResolvedOptions<Rules>,
  rules: Rules,
): ResolvedOptions<Rules> {
  const names = Object.keys(rules) as (keyof Rules)[]
  return Object.fromEntries(names.map((name) => [name, resolved[name]])) as ResolvedOptions<Rules>
}
