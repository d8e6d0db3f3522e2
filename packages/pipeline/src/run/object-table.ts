import { definedOnly, FormatError } from '@astronomaly/core'
import type { ColumnValues, Table, TableColumn } from '@astronomaly/core/table'
import { cellNumber, cellText, findColumn } from '@astronomaly/io'
import { writeTable } from '@astronomaly/io/node'
import { type CataloguePositions, findIdColumn, type PositionFrame, readPositions } from '@astronomaly/io/sky'
import { ColumnFinder, idOfRow } from '../acquire/catalogue-columns.ts'
import { columnsOf, readTable } from '../label/read-table.ts'
import type { ShardRow } from '../stages/feature-shard.ts'
import { type FoundObject, fileColumnNames, objectFinder, sureFileColumnNames } from './object-names.ts'
import type { Rejection, SourceObject } from './scan-folder.ts'

/** What a catalogue says of the objects of a folder. */
export interface CatalogueMatch {
  /** The objects under the ids that the catalogue gives them, in the order of the new ids. */
  readonly objects: readonly SourceObject[]
  /** Catalogue rows and files that are gone on without. */
  readonly rejected: readonly Rejection[]
  /** Ids that the catalogue does not know; they keep their file's name. */
  readonly unknown: readonly string[]
  /** What of the catalogue the run cannot keep. */
  readonly warnings: readonly string[]
  /** What the run keeps of the catalogue's columns beside its own. */
  readonly columns: ReadonlyMap<string, TableColumn>
  readonly positions: CataloguePositions | undefined
  /** Row of the catalogue for each id. */
  readonly rowOf: ReadonlyMap<string, number>
}

/** Where a catalogue has what; without an option, columns of usual names are taken. */
export interface CatalogueMatchOptions {
  readonly table?: number | string | null | undefined
  readonly idColumn?: string | null | undefined
  readonly raColumn?: string | null | undefined
  readonly decColumn?: string | null | undefined
  readonly frame?: PositionFrame | null | undefined
}

/** What a catalogue calls the objects of one row. */
interface CatalogueName {
  readonly row: number
  readonly id: string
  readonly file: string
}

/**
 * Reads a catalogue and joins it to the objects of a folder, by `file` where the catalogue has that column, else by `id`.
 *
 * @remarks Paths and full names are matched first, names without their ending and ids with what is left, so that a name that fits exactly
 * never goes to another file. A path never means a file of another folder.
 * @param folder - The folder, absolute.
 * @throws FormatError when the catalogue has neither column.
 */
export async function matchCatalogue(
  path: string,
  objects: readonly SourceObject[],
  folder: string,
  options: CatalogueMatchOptions = {},
): Promise<CatalogueMatch> {
  const warnings: string[] = []
  const table = await readTable(path, {
    table: options.table ?? undefined,
    onWarning: ({ message }) => warnings.push(message),
  })
  const described = columnsOf(table)
  const hasIds = options.idColumn != null || findIdColumn(described) !== undefined
  const fileColumn = findColumn(table, ...(hasIds ? sureFileColumnNames : fileColumnNames))
  if (!hasIds && !fileColumn) {
    throw new FormatError(`catalogue: must have a column id or file. It has ${[...table.columns.keys()].join(', ')}`, {
      source: path,
    })
  }
  const finder = new ColumnFinder('catalogue', path, described)
  const idParts = hasIds ? finder.idParts(options.idColumn ?? undefined) : undefined
  const names = Array.from({ length: table.rowCount }, (_, row): CatalogueName => {
    return { row, id: idParts ? idOfRow(table, row, idParts) : '', file: fileColumn ? cellText(fileColumn, row) : '' }
  })
  const nameOf = ({ file, id }: CatalogueName): string => (file === '' ? id : file)
  const objectOf = objectFinder(objects, { folder, table: path, names: names.map(nameOf) })
  const refused = new Map<number, Rejection>()
  const reject = ({ id, file, row }: CatalogueName, reason: string): void => {
    refused.set(row, { id: id || file, file: path, stage: 'scan', reason: `catalogue row ${row + 1}: ${reason}` })
  }
  const idOf = new Map<SourceObject, string>()
  const rowOf = new Map<string, number>()
  const missing: CatalogueName[] = []
  const take = (name: CatalogueName, find: (name: string) => FoundObject<SourceObject>): void => {
    const found = find(nameOf(name))
    const id = name.id || (found.object?.id ?? '')
    if (!found.object) missing.push(name)
    else if (idOf.has(found.object)) reject(name, `names ${found.object.files[0]}, as another row does`)
    else if (rowOf.has(id)) reject(name, `duplicate id '${id}'`)
    else {
      idOf.set(found.object, id)
      rowOf.set(id, name.row)
    }
  }
  for (const name of names) {
    if (nameOf(name) === '') reject(name, 'id is empty')
    else take(name, objectOf.byFile)
  }
  for (const name of missing.splice(0)) take(name, name.file === '' ? objectOf.byId : objectOf.byName)
  for (const name of missing) {
    const found = name.file === '' ? objectOf.byId(name.id) : objectOf.byName(name.file)
    reject(name, found.object ? 'no picture in the folder' : found.reason)
  }
  const rejected = [...refused].sort(([a], [b]) => a - b).map(([, rejection]) => rejection)

  const unknown: string[] = []
  const taken = new Set(rowOf.keys())
  const matched: SourceObject[] = []
  for (const object of objects) {
    const id = idOf.get(object)
    if (id !== undefined) {
      matched.push({ ...object, id })
      continue
    }
    // The catalogue may give another object the name that this one has by its file: its path is free.
    const own = taken.has(object.id) ? object.files.join(' ') : object.id
    if (taken.has(own)) {
      const reason = `duplicate id '${own}': the catalogue gives it to another file`
      rejected.push({ id: own, file: object.files.join(' '), stage: 'scan', reason })
      continue
    }
    taken.add(own)
    unknown.push(own)
    matched.push({ ...object, id: own })
  }
  matched.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  if (missing.length > 0) {
    const example = nameOf(missing[0]!)
    warnings.push(
      `${missing.length} of ${table.rowCount} catalogue rows have no picture in the folder, such as ${example}`,
    )
  }
  const { raColumn, decColumn, frame } = options
  const positions = readPositions(table, {
    raColumn: raColumn ?? undefined,
    decColumn: decColumn ?? undefined,
    frame: frame ?? undefined,
  })
  warnings.push(...positionWarnings(positions, path))
  const ownId = idParts?.columns.length === 1 ? table.columns.get(idParts.columns[0]!) : undefined
  const used = [ownId, fileColumn, ...plainPositions(table, positions)]
  const { columns, renamed } = keptColumns(table, new Set(used.filter((column) => column !== undefined)))
  const vectors = [...table.columns].filter(([, column]) => column.width !== 1).map(([name]) => name)
  if (vectors.length > 0) warnings.push(`columns of several values a row are not kept: ${vectors.join(', ')} (${path})`)
  if (renamed.length > 0) warnings.push(`columns whose names the run has taken have others: ${renamed.join(', ')}`)
  return { objects: matched, rejected, unknown, warnings, columns, positions, rowOf }
}

/** What of the positions is not understood, and that there are none. */
function positionWarnings(positions: CataloguePositions | undefined, path: string): string[] {
  if (!positions) return [`no columns of positions are known in ${path}: --ra-column and --dec-column name them`]
  const { problems } = positions
  const [first] = problems
  if (!first) return []
  const others = problems.length > 1 ? ` and ${problems.length - 1} more` : ''
  return [`catalogue row ${first.row + 1}${others} have no position: ${first.reason} (${path})`]
}

/** The columns of positions that the run's own `ra` and `dec` say again: degrees in ICRS. */
function plainPositions(table: Table, positions: CataloguePositions | undefined): (TableColumn | undefined)[] {
  if (positions?.frame !== 'ICRS') return []
  return [positions.raColumn, positions.decColumn]
    .map((name) => table.columns.get(name))
    .filter((column) => column?.values instanceof Float64Array && (column.unit ?? 'deg') === 'deg')
}

/** Columns of the run's own table. */
const ownNames = ['id', 'ra', 'dec', 'file', 'picture', 'image_height', 'image_width'] as const

/** The columns that the run keeps beside its own, under names that differ by more than case. */
function keptColumns(
  table: Table,
  used: ReadonlySet<TableColumn>,
): { readonly columns: ReadonlyMap<string, TableColumn>; readonly renamed: readonly string[] } {
  const columns = new Map<string, TableColumn>()
  const renamed: string[] = []
  for (const [given, column] of table.columns) {
    if (used.has(column) || column.width !== 1) continue
    const name = freeName(given, [...ownNames, ...columns.keys()])
    if (name !== given) renamed.push(`${given} is ${name}`)
    columns.set(name, column)
  }
  return { columns, renamed }
}

/** The files of one object as one cell: the name, or a JSON list of the names where there is one a band. */
export function joinFiles(files: readonly string[]): string {
  return files.length === 1 ? (files[0] as string) : JSON.stringify(files)
}

/** What {@link joinFiles} joined. @param several - Whether each object has more than one file. */
export function splitFiles(cell: string, several: boolean): readonly string[] {
  return several ? (JSON.parse(cell) as string[]) : [cell]
}

/** A name of its own for a catalogue's column, also where upper and lower case are one. */
export function freeName(given: string, taken: Iterable<string>): string {
  const used = new Set(Array.from(taken, (name) => name.toLowerCase()))
  if (!used.has(given.toLowerCase())) return given
  for (let i = 1; ; i++) {
    const name = `catalogue_${given}${i === 1 ? '' : `_${i}`}`
    if (!used.has(name.toLowerCase())) return name
  }
}

/** Rows of a row group of the run's tables. */
export const groupRows = 65_536

/** Writes the run's `catalogue.parquet`: one row an object, in the order of the score files, in row groups. */
export async function writeObjectTable(
  path: string,
  rows: readonly ShardRow[],
  match: CatalogueMatch | undefined,
): Promise<void> {
  await writeTable(path, objectBatches(rows, match))
}

function* objectBatches(rows: readonly ShardRow[], match: CatalogueMatch | undefined): Generator<Table> {
  const rowOf = rows.map((row) => match?.rowOf.get(row.id) ?? -1)
  const isWhole = !rowOf.includes(-1)
  for (let start = 0; start < rows.length; start += groupRows) {
    const end = Math.min(rows.length, start + groupRows)
    yield objectTable(rows.slice(start, end), rowOf.slice(start, end), isWhole, match)
  }
}

/** @param isWhole - Whether every object of the run has a row of the catalogue. */
function objectTable(
  rows: readonly ShardRow[],
  rowOf: readonly number[],
  isWhole: boolean,
  match: CatalogueMatch | undefined,
): Table {
  const known = rowOf.map((row) => row >= 0 && !Number.isNaN(match?.positions?.raDeg[row] ?? Number.NaN))
  // A position is one place: never the right ascension of one source with the declination of another.
  const coordinate = (given: Float64Array | undefined, ofPicture: (row: ShardRow) => number | null): TableColumn => ({
    values: Float64Array.from(rows, (row, i) => (known[i] ? given![rowOf[i]!]! : (ofPicture(row) ?? Number.NaN))),
    width: 1,
    unit: 'deg',
  })
  const columns = new Map<string, TableColumn>([
    ['id', { values: rows.map((row) => row.id), width: 1 }],
    ['ra', coordinate(match?.positions?.raDeg, (row) => row.raDeg)],
    ['dec', coordinate(match?.positions?.decDeg, (row) => row.decDeg)],
    ['file', { values: rows.map((row) => joinFiles(row.files)), width: 1 }],
    ['picture', { values: rows.map((row) => row.picture ?? ''), width: 1 }],
    ['image_height', { values: Int32Array.from(rows, (row) => row.height), width: 1, unit: 'pixel' }],
    ['image_width', { values: Int32Array.from(rows, (row) => row.width), width: 1, unit: 'pixel' }],
  ])
  for (const [name, column] of match?.columns ?? []) {
    columns.set(name, definedOnly({ values: rowsOf(column, rowOf, isWhole), width: 1, unit: column.unit }))
  }
  return { rowCount: rows.length, columns }
}

/** The cells of some rows, of the column's own type where every object has one; −1 is a missing one. */
function rowsOf(column: TableColumn, rows: readonly number[], isWhole: boolean): ColumnValues {
  const { values } = column
  if (typeof values[0] === 'string') return rows.map((row) => (row >= 0 ? cellText(column, row) : ''))
  if (!isWhole) {
    if (typeof values[0] === 'bigint') return rows.map((row) => (row >= 0 ? String(values[row]) : ''))
    return Float64Array.from(rows, (row) => (row >= 0 ? cellNumber(column, row) : Number.NaN))
  }
  return takeValues(values, rows)
}

/** The values of some rows, of the same type. */
export function takeValues(values: ColumnValues, rows: ArrayLike<number>): ColumnValues {
  if (Array.isArray(values)) return Array.from(rows, (row) => values[row]) as readonly string[] | readonly boolean[]
  const typed = values as Exclude<ColumnValues, readonly unknown[]>
  const Values = typed.constructor as new (length: number) => typeof typed
  const taken = new Values(rows.length)
  for (let i = 0; i < rows.length; i++) taken[i] = typed[rows[i]!]!
  return taken
}
