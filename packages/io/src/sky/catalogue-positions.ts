import { choiceOption, FormatError, NotFoundError, resolveOptions, textOption } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { type SkyFrame, skyFrame } from '@astronomaly/fits'
import { type AngleUnit, angleUnitOf, parseAngle } from './parse-angle.ts'

/** Frames of a catalogue's positions. `'FK5'` is of J2000, `'FK4'` of B1950, `'ECLIPTIC'` of J2000. */
export type PositionFrame = 'ICRS' | 'FK5' | 'FK4' | 'GALACTIC' | 'ECLIPTIC'

/** Every {@link PositionFrame}. */
export const positionFrames: readonly PositionFrame[] = ['ICRS', 'FK5', 'FK4', 'GALACTIC', 'ECLIPTIC']

/** Which columns hold the positions. */
export interface PositionOptions {
  /**
   * Column of right ascensions (or of the frame's longitudes).
   * @defaultValue the first pair of usual names that the table has
   */
  readonly raColumn?: string | undefined
  /** Column of declinations (or latitudes). @defaultValue the partner of `raColumn`, else the first of a usual name */
  readonly decColumn?: string | undefined
  /**
   * @defaultValue what names and content descriptors say: `'FK4'` for names with 1950, `'GALACTIC'` for GLON, l and their partners, `'ECLIPTIC'` for
   * ELON and ELAT, else `'ICRS'`
   */
  readonly frame?: PositionFrame | undefined
}

/** What is known of a column before its rows are read. */
export interface NamedColumn {
  readonly name: string
  readonly unit?: string | undefined
  readonly ucd?: string | undefined
}

const rules = {
  raColumn: textOption(undefined),
  decColumn: textOption(undefined),
  frame: choiceOption(positionFrames, undefined),
}

/** The columns of the positions, and what their numbers count. */
export interface PositionColumns {
  readonly raColumn: string
  readonly decColumn: string
  readonly frame: PositionFrame
  readonly raUnit: AngleUnit
  readonly decUnit: AngleUnit
  /** What the first of sexagesimal parts counts in `raColumn`, where no letter says it: hours, unless the column's unit is degrees. */
  readonly raParts: 'hour' | 'deg'
}

/** Why a row has no position though it says something. */
export interface PositionProblem {
  /** 0-based. */
  readonly row: number
  readonly reason: string
}

/** What the rows of a table say of positions. */
export interface RowPositions {
  /** Right ascension, ICRS, degrees, 0 ≤ … < 360; NaN where it is missing or not understood. */
  readonly raDeg: Float64Array
  /** Declination, ICRS, degrees; NaN where it is missing or not understood. */
  readonly decDeg: Float64Array
  /** Rows whose position is not understood; a missing one is no problem. */
  readonly problems: readonly PositionProblem[]
}

/** What a catalogue says of positions. */
export interface CataloguePositions extends RowPositions, PositionColumns {}

/**
 * Pairs of names by which surveys and programs call positions, in lower case, the most telling first: plain; VizieR's computed and original
 * columns; Gaia and others; SExtractor; Pan-STARRS; SDSS and DESI; Euclid.
 */
const usualPairs: readonly (readonly [ra: string, dec: string])[] = [
  ['ra', 'dec'],
  ['_raj2000', '_dej2000'],
  ['ra_icrs', 'de_icrs'],
  ['ra_icrs', 'dec_icrs'],
  ['_ra_icrs', '_de_icrs'],
  ['_ra', '_de'],
  ['raj2000', 'dej2000'],
  ['raj2000', 'decj2000'],
  ['ra_j2000', 'dec_j2000'],
  ['ra2000', 'dec2000'],
  ['ra2000', 'de2000'],
  ['ra_deg', 'dec_deg'],
  ['radeg', 'decdeg'],
  ['radeg', 'dedeg'],
  ['alphawin_j2000', 'deltawin_j2000'],
  ['alpha_j2000', 'delta_j2000'],
  ['alpha_sky', 'delta_sky'],
  ['ramean', 'decmean'],
  ['rastack', 'decstack'],
  ['target_ra', 'target_dec'],
  ['targ_ra', 'targ_dec'],
  ['plug_ra', 'plug_dec'],
  ['right_ascension', 'declination'],
  ['ra', 'de'],
  ['rab1950', 'deb1950'],
  ['rab1950', 'decb1950'],
  ['ra_b1950', 'dec_b1950'],
  ['alpha_b1950', 'delta_b1950'],
  ['glon', 'glat'],
]

/** Names by which catalogues call identifiers, in lower case, the most telling first. */
export const idColumnNames: readonly string[] = [
  ...['id', 'objid', 'object_id', 'objectid', 'obj_id', 'source_id', 'sourceid', 'targetid', 'target_id'],
  ...['ls_id', 'dr8objid', 'specobjid', 'galaxy_id', 'iauname', 'designation', 'number', 'name', 'object', '_id'],
]

/** The column that names a table's objects, by usual names in any case; `undefined` when there is none of them. */
export function findIdColumn(columns: readonly NamedColumn[]): string | undefined {
  for (const usual of idColumnNames) {
    const found = columns.find(({ name }) => name.toLowerCase() === usual)
    if (found) return found.name
  }
  return undefined
}

function nearest(name: string, columns: readonly NamedColumn[]): string {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  const own = plain(name)
  const alike = columns.find((c) => plain(c.name).startsWith(own) || own.startsWith(plain(c.name)))
  return alike ? ` Did you mean ${alike.name}?` : ''
}

function named(name: string, columns: readonly NamedColumn[]): NamedColumn {
  const alike = columns.filter((column) => column.name.toLowerCase() === name.toLowerCase())
  const found = alike.find((column) => column.name === name) ?? (alike.length === 1 ? alike[0] : undefined)
  if (found) return found
  const all = columns.map((column) => column.name).join(', ')
  throw new NotFoundError(
    `positions: column must exist. Received ${name}; the catalogue has ${all}.${nearest(name, columns)}`,
  )
}

/** The frame that a column's name, or its content descriptor, says. */
function frameOf({ name, ucd = '' }: NamedColumn): PositionFrame {
  if (/1950/.test(name)) return 'FK4'
  if (/^_?(?:g(?:al)?_?(?:lon|lat)|[lb](?:ii)?)$/i.test(name) || /^pos\.galactic/i.test(ucd)) return 'GALACTIC'
  if (/^_?e(?:cl)?_?(?:lon|lat)$/i.test(name) || /^pos\.ecliptic/i.test(ucd)) return 'ECLIPTIC'
  return 'ICRS'
}

/**
 * The columns that hold a catalogue's positions: the named ones, else the first pair of usual names in any case whose units are those of angles, else those
 * that content descriptors (UCD) call the main position.
 *
 * @returns `undefined` when none are named and there are none.
 * @throws ParameterError for an unknown frame; NotFoundError, with the columns that there are, for a named one that is missing, or when one is named and
 * its partner is not found; FormatError for a unit of a named one that is no angle's, and columns of two frames.
 */
export function findPositionColumns(
  columns: readonly NamedColumn[],
  options: PositionOptions = {},
): PositionColumns | undefined {
  const { raColumn, decColumn, frame: told } = resolveOptions('positions', options, rules)
  const isNamed = raColumn !== undefined || decColumn !== undefined
  const pair = isNamed ? namedPair(columns, options) : usualPair(columns)
  if (!pair) return undefined
  const [ra, dec] = pair
  const [raUnit, decUnit] = [angleUnitOf(ra.unit), angleUnitOf(dec.unit)]
  for (const [column, unit] of [[ra, raUnit] as const, [dec, decUnit] as const]) {
    if (unit !== undefined) continue
    throw new FormatError(`positions: unit must be degrees, hours or radians. Column ${column.name} has ${column.unit}`)
  }
  const frame = told ?? frameOf(ra)
  if (told === undefined && frame !== frameOf(dec)) {
    throw new FormatError(
      `positions: both columns must be of one frame, or frame must say it. ${ra.name} is ${frame}, ${dec.name} ${frameOf(dec)}`,
    )
  }
  const equatorial = frame !== 'GALACTIC' && frame !== 'ECLIPTIC'
  return {
    raColumn: ra.name,
    decColumn: dec.name,
    frame,
    raUnit: raUnit === 'none' ? 'deg' : raUnit!,
    decUnit: decUnit === 'none' ? 'deg' : decUnit!,
    raParts: equatorial && (raUnit === 'none' || raUnit === 'hour') ? 'hour' : 'deg',
  }
}

type Pair = readonly [ra: NamedColumn, dec: NamedColumn]

function usualPair(columns: readonly NamedColumn[]): Pair | undefined {
  const isAngle = (column: NamedColumn | undefined): column is NamedColumn =>
    column !== undefined && angleUnitOf(column.unit) !== undefined
  for (const [first, second] of usualPairs) {
    const [ra, dec] = [first, second].map((name) => columns.find((column) => column.name.toLowerCase() === name))
    if (isAngle(ra) && isAngle(dec)) return [ra, dec]
  }
  const [ra, dec] = ['ra', 'dec'].map((word) =>
    columns.find(({ ucd }) => ucd?.toLowerCase() === `pos.eq.${word};meta.main`),
  )
  return isAngle(ra) && isAngle(dec) ? [ra, dec] : undefined
}

function namedPair(columns: readonly NamedColumn[], { raColumn, decColumn }: PositionOptions): Pair {
  const ra = raColumn === undefined ? undefined : named(raColumn, columns)
  const dec = decColumn === undefined ? undefined : named(decColumn, columns)
  /** The partner of the given one, else the first of a usual name. */
  const other = (given: string, side: 0 | 1): NamedColumn | undefined => {
    const own = usualPairs.filter((pair) => pair[side === 0 ? 1 : 0] === given.toLowerCase())
    const names = [...own, ...usualPairs].map((pair) => pair[side])
    return names.map((name) => columns.find((column) => column.name.toLowerCase() === name)).find(Boolean)
  }
  const pair = [ra ?? other(decColumn as string, 0), dec ?? other(raColumn as string, 1)] as const
  if (pair[0] && pair[1]) return [pair[0], pair[1]]
  const [partner, given] = ra ? ['decColumn', raColumn] : ['raColumn', decColumn]
  throw new NotFoundError(`positions: ${partner} must be named too. Received ${given} alone.`)
}

/** An angle from −360 to 360 in 0 ≤ … < 360, with its digits where it is there. */
function turned(angle: number): number {
  return angle < 0 ? angle + 360 : angle >= 360 ? angle - 360 : angle
}

/** One cell: an angle in degrees, NaN when missing, a text when it is not understood. */
function angleAt(column: TableColumn, row: number, unit: AngleUnit, parts: 'hour' | 'deg'): number | string {
  const value = column.values[row * column.width]
  if (typeof value === 'string') return parseAngle(value, unit, parts) ?? value
  return parseAngle(String(value), unit, parts) ?? String(value)
}

/**
 * The positions of a table's rows.
 *
 * @remarks Right ascensions from −360 to 360 degrees are turned to 0 … 360; others, and declinations beyond ±90, are problems: more than
 * a turn is likelier a code for a missing value than an angle. J2000 positions are taken for ICRS, from which they differ by 0.02 seconds of arc.
 */
export function positionsOf(table: Table, columns: PositionColumns): RowPositions {
  const { raColumn, decColumn, frame, raUnit, decUnit, raParts } = columns
  const [ra, dec] = [table.columns.get(raColumn), table.columns.get(decColumn)]
  if (!ra || !dec) {
    throw new NotFoundError(`positions: columns must exist. Received a table without ${ra ? decColumn : raColumn}.`)
  }
  for (const [name, column] of [
    [raColumn, ra],
    [decColumn, dec],
  ] as const) {
    if (column.width !== 1) throw new FormatError(`positions: column ${name} must have one value a row`)
  }
  const sky = frame === 'ICRS' || frame === 'FK5' ? undefined : (skyFrame(frame) as SkyFrame)
  const raDeg = new Float64Array(table.rowCount).fill(Number.NaN)
  const decDeg = new Float64Array(table.rowCount).fill(Number.NaN)
  const problems: PositionProblem[] = []
  const out = new Float64Array(2)
  for (let row = 0; row < table.rowCount; row++) {
    const lon = angleAt(ra, row, raUnit, raParts)
    const lat = angleAt(dec, row, decUnit, 'deg')
    const reason =
      typeof lon === 'string' || Math.abs(lon) > 360
        ? `${raColumn} must be an angle from -360 to 360 degrees. Received ${lon}`
        : typeof lat === 'string' || Math.abs(lat) > 90
          ? `${decColumn} must be an angle from -90 to 90 degrees. Received ${lat}`
          : undefined
    if (reason !== undefined) problems.push({ row, reason })
    else if (!Number.isNaN(lon) && !Number.isNaN(lat)) {
      out[0] = turned(lon as number)
      out[1] = lat as number
      sky?.toIcrs(out[0], out[1], out)
      raDeg[row] = out[0]
      decDeg[row] = out[1]
    }
  }
  return { raDeg, decDeg, problems }
}

/**
 * The positions that a table gives, by columns that are named or have usual names; numbers and sexagesimal text, in degrees, hours or
 * radians by the column's unit, in the frame that the names say.
 *
 * @returns `undefined` when the table has no positions.
 * @throws As {@link findPositionColumns}; FormatError when a column has several values a row.
 */
export function readPositions(table: Table, options: PositionOptions = {}): CataloguePositions | undefined {
  const described = Array.from(table.columns, ([name, { unit, ucd }]): NamedColumn => {
    return { name, unit, ucd }
  })
  const columns = findPositionColumns(described, options)
  return columns && { ...columns, ...positionsOf(table, columns) }
}
