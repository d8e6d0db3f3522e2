import { FormatError } from '@astronomaly/core'
import { encodeParquetTable, type Table, type TableColumn } from '@astronomaly/io'
import { readCatalogue } from '@astronomaly/io/node'
import type { ShardRow } from './feature-shard.ts'
import { idOfFile, type Rejection, type SourceObject } from './scan-folder.ts'

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

/**
 * Reads a catalogue and joins it to the objects of a folder, by `file` where the catalogue has that column, else by `id`.
 *
 * @throws FormatError when the catalogue has neither column.
 */
export async function matchCatalogue(path: string, objects: readonly SourceObject[]): Promise<CatalogueMatch> {
  const table = await readCatalogue(path)
  const idColumn = findColumn(table, 'id', 'objid', 'object_id')
  const fileColumn = findColumn(table, 'file', 'filename')
  if (!idColumn && !fileColumn) {
    throw new FormatError(`catalogue: must have a column id or file. It has ${[...table.columns.keys()].join(', ')}`, {
      source: path,
    })
  }
  const rejected: Rejection[] = []
  const byName = new Map<string, SourceObject>()
  for (const object of objects) {
    byName.set(object.id, object)
    for (const file of object.files) byName.set(file, object).set(file.slice(file.lastIndexOf('/') + 1), object)
  }
  const renamed = new Map<SourceObject, string>()
  const rowOf = new Map<string, number>()
  const reject = (id: string, row: number, reason: string): void => {
    rejected.push({ id, file: path, stage: 'scan', reason: `catalogue row ${row + 1}: ${reason}` })
  }
  for (let row = 0; row < table.rowCount; row++) {
    const file = fileColumn ? cellText(fileColumn, row) : ''
    const id = idColumn ? cellText(idColumn, row) : idOfFile(file)
    const object = byName.get(file) ?? byName.get(file === '' ? id : idOfFile(file))
    if (id === '') reject(id, row, 'id is empty')
    else if (rowOf.has(id)) reject(id, row, `duplicate id '${id}'`)
    else if (!object) reject(id, row, 'no picture in the folder')
    else if (renamed.has(object)) reject(id, row, `names ${object.files[0]}, as an earlier row does`)
    else {
      renamed.set(object, id)
      rowOf.set(id, row)
    }
  }
  const unknown: string[] = []
  const matched: SourceObject[] = []
  for (const object of objects) {
    const id = renamed.get(object)
    if (id !== undefined) matched.push({ ...object, id })
    else if (rowOf.has(object.id)) {
      rejected.push({
        id: object.id,
        file: object.files.join(' '),
        stage: 'scan',
        reason: `duplicate id '${object.id}': the catalogue gives it to another file`,
      })
    } else {
      unknown.push(object.id)
      matched.push(object)
    }
  }
  matched.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const vectors = [...table.columns].filter(([, column]) => column.width !== 1).map(([name]) => name)
  const warnings =
    vectors.length === 0 ? [] : [`columns of several values a row are not kept: ${vectors.join(', ')} (${path})`]
  return { objects: matched, rejected, unknown, warnings, table, rowOf }
}

/** The files of one object as one cell: the name, or a JSON list of the names where there is one a band. */
export function joinFiles(files: readonly string[]): string {
  return files.length === 1 ? (files[0] as string) : JSON.stringify(files)
}

/** What {@link joinFiles} joined. */
export function splitFiles(cell: string, bands: boolean): readonly string[] {
  return bands ? (JSON.parse(cell) as string[]) : [cell]
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
  columns.set('image_height', { values: Int32Array.from(rows, (row) => row.height), width: 1, unit: 'pixel' })
  columns.set('image_width', { values: Int32Array.from(rows, (row) => row.width), width: 1, unit: 'pixel' })
  for (const [name, column] of match?.table.columns ?? []) {
    if (columns.has(name) || ['id', 'ra', 'dec', 'file'].includes(name.toLowerCase()) || column.width !== 1) continue
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
