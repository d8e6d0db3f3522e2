import { FormatError } from '@astronomaly/core'
import { encodeParquetTable, type Table, type TableColumn } from '@astronomaly/io'
import { readCatalogue } from '@astronomaly/io/node'
import type { ShardRow } from './feature-shard.ts'
import { type FoundObject, objectFinder } from './object-names.ts'
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
  readonly table: Table
  /** Row of `table` for each id. */
  readonly rowOf: ReadonlyMap<string, number>
}

/** The column called `name`, whatever its case. */
export function findColumn(table: Table, ...names: readonly string[]): TableColumn | undefined {
  for (const name of names) {
    for (const [own, column] of table.columns) if (own.toLowerCase() === name) return column
  }
  return undefined
}

/** One cell as the text of an identifier: trimmed, integers without a decimal point. */
export function cellText(column: TableColumn, row: number): string {
  return String(column.values[row * column.width] ?? '').trim()
}

/** One cell as a number; NaN when there is no such column or the cell is empty. */
export function cellNumber(column: TableColumn | undefined, row: number): number {
  const value = column?.values[row * column.width]
  return value === undefined || value === null || value === '' ? Number.NaN : Number(value)
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
): Promise<CatalogueMatch> {
  const table = await readCatalogue(path)
  const idColumn = findColumn(table, 'id', 'objid', 'object_id')
  const fileColumn = findColumn(table, 'file', 'filename')
  if (!idColumn && !fileColumn) {
    throw new FormatError(`catalogue: must have a column id or file. It has ${[...table.columns.keys()].join(', ')}`, {
      source: path,
    })
  }
  const names = Array.from({ length: table.rowCount }, (_, row): CatalogueName => {
    return { row, id: idColumn ? cellText(idColumn, row) : '', file: fileColumn ? cellText(fileColumn, row) : '' }
  })
  const nameOf = ({ file, id }: CatalogueName): string => (file === '' ? id : file)
  const finder = objectFinder(objects, { folder, table: path, names: names.map(nameOf) })
  const rejected: Rejection[] = []
  const reject = ({ id, file, row }: CatalogueName, reason: string): void => {
    rejected.push({ id: id || file, file: path, stage: 'scan', reason: `catalogue row ${row + 1}: ${reason}` })
  }
  const renamed = new Map<SourceObject, string>()
  const rowOf = new Map<string, number>()
  const missing: CatalogueName[] = []
  const take = (name: CatalogueName, find: (name: string) => FoundObject<SourceObject>): void => {
    const found = find(nameOf(name))
    const id = name.id || (found.object?.id ?? '')
    if (!found.object) missing.push(name)
    else if (renamed.has(found.object)) reject(name, `names ${found.object.files[0]}, as another row does`)
    else if (rowOf.has(id)) reject(name, `duplicate id '${id}'`)
    else {
      renamed.set(found.object, id)
      rowOf.set(id, name.row)
    }
  }
  for (const name of names) {
    if (nameOf(name) === '') reject(name, 'id is empty')
    else take(name, finder.byFile)
  }
  for (const name of missing.splice(0)) take(name, name.file === '' ? finder.byId : finder.byName)
  for (const name of missing) {
    const found = name.file === '' ? finder.byId(name.id) : finder.byName(name.file)
    reject(name, found.object ? 'no picture in the folder' : found.reason)
  }
  rejected.sort((a, b) => rowNumber(a) - rowNumber(b))

  const unknown: string[] = []
  const taken = new Set(rowOf.keys())
  const matched: SourceObject[] = []
  for (const object of objects) {
    const id = renamed.get(object)
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
  const vectors = [...table.columns].filter(([, column]) => column.width !== 1).map(([name]) => name)
  const warnings = [
    ...(vectors.length === 0 ? [] : [`columns of several values a row are not kept: ${vectors.join(', ')} (${path})`]),
    ...(missing.length === 0
      ? []
      : [
          `${missing.length} of ${table.rowCount} catalogue rows have no picture in the folder, such as ${nameOf(missing[0]!)}`,
        ]),
  ]
  return { objects: matched, rejected, unknown, warnings, table, rowOf }
}

function rowNumber({ reason }: Rejection): number {
  return Number(/^catalogue row (\d+)/.exec(reason)?.[1])
}

/** The files of one object as one cell: the name, or a JSON list of the names where there is one a band. */
export function joinFiles(files: readonly string[]): string {
  return files.length === 1 ? (files[0] as string) : JSON.stringify(files)
}

/** What {@link joinFiles} joined. */
export function splitFiles(cell: string, bands: boolean): readonly string[] {
  return bands ? (JSON.parse(cell) as string[]) : [cell]
}

/** A name of its own for a catalogue's column, also where upper and lower case are one. */
export function freeName(given: string, taken: Iterable<readonly [name: string, column: unknown]>): string {
  const used = new Set(Array.from(taken, ([name]) => name.toLowerCase()))
  if (!used.has(given.toLowerCase())) return given
  for (let i = 1; ; i++) {
    const name = `catalogue_${given}${i === 1 ? '' : `_${i}`}`
    if (!used.has(name.toLowerCase())) return name
  }
}

/** The run's `catalogue.parquet`: one row an object, in the order of the score files. */
export function encodeObjectTable(rows: readonly ShardRow[], match: CatalogueMatch | undefined): Uint8Array {
  const columns = new Map<string, TableColumn>()
  const ra = match && findColumn(match.table, 'ra')
  const dec = match && findColumn(match.table, 'dec')
  const rowOf = rows.map((row) => match?.rowOf.get(row.id) ?? -1)
  const coordinate = (column: TableColumn | undefined, own: (row: ShardRow) => number | null): Float64Array =>
    Float64Array.from(rows, (row, i) => {
      const given = rowOf[i]! >= 0 ? cellNumber(column, rowOf[i]!) : Number.NaN
      return Number.isNaN(given) ? (own(row) ?? Number.NaN) : given
    })
  columns.set('id', { values: rows.map((row) => row.id), width: 1 })
  columns.set('ra', { values: coordinate(ra, (row) => row.raDeg), width: 1, unit: 'deg' })
  columns.set('dec', { values: coordinate(dec, (row) => row.decDeg), width: 1, unit: 'deg' })
  columns.set('file', { values: rows.map((row) => joinFiles(row.files)), width: 1 })
  columns.set('picture', { values: rows.map((row) => row.picture), width: 1 })
  columns.set('image_height', { values: Int32Array.from(rows, (row) => row.height), width: 1, unit: 'pixel' })
  columns.set('image_width', { values: Int32Array.from(rows, (row) => row.width), width: 1, unit: 'pixel' })
  for (const [given, column] of match?.table.columns ?? []) {
    if (['id', 'ra', 'dec', 'file'].includes(given.toLowerCase()) || column.width !== 1) continue
    const name = freeName(given, columns)
    const text = typeof column.values[0] === 'string'
    columns.set(name, {
      values: text
        ? rowOf.map((row) => (row >= 0 ? cellText(column, row) : ''))
        : Float64Array.from(rowOf, (row) => (row >= 0 ? cellNumber(column, row) : Number.NaN)),
      width: 1,
      ...(column.unit === undefined ? {} : { unit: column.unit }),
    })
  }
  return encodeParquetTable({ rowCount: rows.length, columns })
}
