import { checkNumber, FormatError, type OptionRule, ParameterError, type RunOptions } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { cellNumber, cellText, findColumn } from '@astronomaly/io'
import { idColumnNames } from '@astronomaly/io/sky'
import { didYouMean, nearestName } from '../run/nearest-name.ts'
import { fileColumnNames, objectFinder, sureFileColumnNames } from '../run/object-names.ts'
import type { RunData } from '../run/run-data.ts'
import type { Rejection } from '../run/scan-folder.ts'
import { readTable } from './read-table.ts'

/** The highest rating. */
const highestRating = 5
/** Names of columns, by what they hold; the first that a file has counts. A first column without a name is read as `column_1`. */
const ratingNames = ['rating', 'human_label', 'label', 'human_rating', 'user_rating', 'user_label', 'grade']
/** Unknown ids for which a near one is looked for. */
const mostSuggestions = 5

/** A person's rating of one object of a run. */
export interface RowRating {
  readonly row: number
  readonly id: string
  /** 0 to 5. */
  readonly rating: number
}

/** Ratings read from a file, and the lines that cannot be used. */
export interface RatingFile {
  readonly ratings: readonly RowRating[]
  /** Lines without a rating. */
  readonly unrated: number
  readonly rejected: readonly Rejection[]
}

/** What is known of the objects that are rated. */
export interface RatedObjects extends Pick<RunData, 'ids' | 'files' | 'pictures'> {
  readonly record: Pick<RunData['record'], 'folder'>
}

/** What a rating of a file means. */
export interface RatingScale {
  /**
   * The highest rating that the file could give: ratings are multiplied by 5 / `scale`. It must be said of a file in which none is above 1,
   * or one is above 5, unless the report's page saved it.
   * @defaultValue 5
   */
  readonly scale?: number | undefined
}

/** Checks `scale`. @throws ParameterError */
export function checkScale(subject: string, scale: number | undefined): void {
  if (scale !== undefined) checkNumber(`${subject}: scale`, scale, { above: 0 })
}

/** The rule of {@link RatingScale}. */
export const scaleRule: { readonly scale: OptionRule<number, number | undefined> } = {
  scale: (value: number | undefined, subject: string): number | undefined =>
    value === undefined ? undefined : checkNumber(subject, value, { above: 0 }),
}

/** A rating on the scale from 0 to 5. */
export function onScale(rating: number, scale: number | undefined): number {
  return scale === undefined || scale === highestRating ? rating : (rating * highestRating) / scale
}

/**
 * Reads a table of ratings: whatever `readCatalogue` reads, with a column of ids (`id`, `objid`, `name`, a first column without a name …)
 * or files and one of ratings (`rating`, `human_label`, `label` …).
 *
 * @returns The usable ratings in the order of the file. A line with an unknown object or a rating outside the scale is rejected; one
 * without a rating, and -1 in `human_label`, is only counted.
 * @throws NotFoundError when there is no such file; FormatError when it is not a table with those columns, or no line of it can be used;
 * ParameterError when the scale must be said.
 */
export async function readRatings(
  path: string,
  data: RatedObjects,
  options: RatingScale & Pick<RunOptions, 'onWarning'> = {},
): Promise<RatingFile> {
  const { table, rejected } = await readLines(path, options)
  const columns = findColumns(table, path)
  const numbers = Float64Array.from({ length: table.rowCount }, (_, row) => cellNumber(columns.rating, row))
  const scale = options.scale ?? (columns.picture ? highestRating : scaleOf(numbers, path))
  const find = ratedFinder(data, table, columns, path)
  const ratings: RowRating[] = []
  let unrated = 0
  for (let row = 0; row < table.rowCount; row++) {
    const written = cellText(columns.rating, row)
    const value = numbers[row]!
    if (written === '' || (columns.isHumanLabel && value === -1)) {
      unrated++
      continue
    }
    const found = find(row)
    let reason: string | undefined
    if (typeof found === 'string') reason = found
    else if (!(value >= 0 && value <= scale)) {
      const remedy = value > scale ? '; --scale N (scale: N) says that N is the highest' : ''
      reason = `rating must be a number from 0 to ${scale}. Received '${written}'${remedy}`
    } else ratings.push({ row: found, id: data.ids[found]!, rating: onScale(value, scale) })
    if (reason !== undefined) {
      rejected.push({ id: nameOf(columns, row), file: path, stage: 'labels', reason: `row ${row + 1}: ${reason}` })
    }
  }
  judge(path, ratings.length, rejected, options)
  return { ratings, unrated, rejected }
}

/** The whole table, without the lines that have another number of cells than its header. */
async function readLines(
  path: string,
  { onWarning }: Pick<RunOptions, 'onWarning'>,
): Promise<{ readonly table: Table; readonly rejected: Rejection[] }> {
  const ragged = new Map<number, Rejection>()
  const table = await readTable(path, {
    onRagged: ({ line, cells, wanted }) => {
      const reason = `line ${line}: must have ${wanted} cells as the header has. Received ${cells.length}`
      ragged.set(line, { id: cells[0]?.trim() ?? '', file: path, stage: 'labels', reason })
    },
    onWarning,
  })
  return { table, rejected: [...ragged.values()] }
}

interface RatingColumns {
  readonly id: TableColumn | undefined
  readonly file: TableColumn | undefined
  readonly rating: TableColumn
  readonly isHumanLabel: boolean
  /** Fingerprints of the pictures that were rated, as the report's page writes them. */
  readonly picture: TableColumn | undefined
}

const fingerprint = /^[0-9a-f]{16}$/

/** @throws FormatError that lists the columns. */
function findColumns(table: Table, path: string): RatingColumns {
  const rating = findColumn(table, ...ratingNames)
  const named = findColumn(table, 'picture')
  const picture = named && isAllOf(fingerprint, named, table.rowCount) ? named : undefined
  const ids = findColumn(table, ...idColumnNames)
  const file = findColumn(table, ...(ids ? sureFileColumnNames : fileColumnNames)) ?? (picture ? undefined : named)
  const id = ids ?? (file ? undefined : findColumn(table, 'column_1'))
  if (rating && (id || file)) {
    return { id, file, rating, isHumanLabel: rating === findColumn(table, 'human_label'), picture }
  }
  const own = [...table.columns.keys()]
  const lacks = (names: readonly string[]): string => {
    const near = names.map((name) => nearestName(name, own)).find((name) => name !== undefined)
    const suggestion = near === undefined ? '' : `; did you mean it by ${near}?`
    return `${names[0]} (or ${names.slice(1).join(', ')})${suggestion}`
  }
  const missing = [
    ...(id || file ? [] : [lacks([...idColumnNames, ...fileColumnNames])]),
    ...(rating ? [] : [lacks(ratingNames)]),
  ]
  throw new FormatError(
    `ratings: file must have columns id and rating. It has ${own.join(', ')}, but no ${missing.join(' and no ')}`,
    { source: path },
  )
}

function isAllOf(pattern: RegExp, column: TableColumn, rowCount: number): boolean {
  for (let row = 0; row < rowCount; row++) {
    const text = cellText(column, row)
    if (text !== '' && !pattern.test(text)) return false
  }
  return true
}

/** What a line calls its object. */
function nameOf({ id, file }: RatingColumns, row: number): string {
  return (id ? cellText(id, row) : '') || (file ? cellText(file, row) : '')
}

/** 5, unless ratings that are all small, or one that is higher, leave it open. @throws ParameterError with the ways out. */
function scaleOf(numbers: Float64Array, path: string): number {
  let highest = 0
  for (const value of numbers) if (value > highest) highest = value
  if (highest > highestRating) {
    throw new ParameterError(
      `ratings: scale must be said where a rating is above 5: --scale N (scale: N) when N is the highest that could be given, --scale 5 (scale: 5) to go on without such lines. Received ratings up to ${highest} in ${path}.`,
    )
  }
  if (highest === 0 || highest > 1) return highestRating
  throw new ParameterError(
    `ratings: scale must be said where no rating is above 1: --scale 1 (scale: 1) when 1 is the highest that could be given, --scale 5 (scale: 5) when they are from 0 to 5 as they are. Received ratings up to ${highest} in ${path}.`,
  )
}

/** A function from a line to the row of the object that it rates, or to the reason why there is none. */
function ratedFinder(
  { ids, files, pictures, record }: RatedObjects,
  table: Table,
  columns: RatingColumns,
  path: string,
): (line: number) => number | string {
  const { id, file, picture } = columns
  const names = [id, file].flatMap((column) =>
    column ? Array.from({ length: table.rowCount }, (_, line) => cellText(column, line)) : [],
  )
  const objects = ids.map((own, row) => ({ id: own, files: files[row]!, row }))
  const finder = objectFinder(objects, { folder: record.folder, table: path, names })
  const knowsPictures = picture !== undefined && pictures.some((known) => known !== '')
  const rowsOf = new Map<string, number[]>()
  if (knowsPictures) {
    for (let line = 0; line < table.rowCount; line++) rowsOf.set(cellText(picture, line), [])
    for (const [row, known] of pictures.entries()) rowsOf.get(known)?.push(row)
  }
  let suggestions = 0
  return (line) => {
    const name = nameOf(columns, line)
    if (name === '') return 'has no id'
    const [ownId, ownFile] = [id ? cellText(id, line) : '', file ? cellText(file, line) : '']
    const byId = ownId === '' ? undefined : finder.byId(ownId)
    const byFile = ownFile === '' ? undefined : finder.byName(ownFile)
    const found = byFile?.object || !byId ? byFile : byId
    const given = knowsPictures ? cellText(picture, line) : ''
    if (given !== '') {
      const rows = rowsOf.get(given) ?? []
      const row = rows.find((one) => one === found?.object?.row) ?? rows[0]
      return row ?? `the rating of '${name}' was given to a picture that the run does not have`
    }
    const isTwo = byId?.object !== undefined && byFile?.object !== undefined && byId.object !== byFile.object
    if (isTwo && ids[byId.object.row] === ownId) return `id '${ownId}' and file '${ownFile}' are two objects of the run`
    if (found?.object) return found.object.row
    if (found && !found.isUnknown) return found.reason
    const near = suggestions++ < mostSuggestions ? didYouMean(name, ids) : ''
    return `no object of the run has id '${name}'${near}`
  }
}

/** Says so when most lines cannot be used. @throws FormatError when none can. */
function judge(
  path: string,
  used: number,
  rejected: readonly Rejection[],
  { onWarning }: Pick<RunOptions, 'onWarning'>,
): void {
  const [first] = rejected
  const example = first ? `, such as '${first.id}' (${first.reason})` : ''
  const lines = used + rejected.length
  if (used === 0) {
    throw new FormatError(
      `ratings: file must have a rating of an object of the run. ${lines === 0 ? 'It has no rating' : `None of its ${lines} ratings can be used${example}`}`,
      { source: path },
    )
  }
  if (rejected.length > used) {
    onWarning?.({ message: `${rejected.length} of the ${lines} ratings of ${path} cannot be used${example}` })
  }
}
