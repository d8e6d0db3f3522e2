import { checkNumber, FormatError, ParameterError, type RunOptions } from '@astronomaly/core'
import type { Table, TableColumn } from '@astronomaly/io'
import { openCatalogue } from '@astronomaly/io/node'
import { didYouMean } from './nearest-name.ts'
import { cellNumber, cellText, findColumn } from './object-table.ts'
import type { RunData } from './run-data.ts'
import type { Rejection } from './scan-folder.ts'

/** The highest rating. */
const highestRating = 5
/** Names of columns, by what they hold; the first that a file has counts. A first column without a name is read as `column_1`. */
const idNames = ['id', 'objid', 'obj_id', 'object_id', 'objectid', 'source_id', 'sourceid', 'name', 'object']
const fileNames = ['file', 'filename', 'file_name', 'path', 'image', 'picture_file']
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
export type RatedObjects = Pick<RunData, 'ids'>

/** What a rating of a file means. */
export interface RatingScale {
  /**
   * The highest rating that the file could give: ratings are multiplied by 5 / `scale`. It must be said of a file in which none is above 1,
   * unless the report's page saved it.
   * @defaultValue 5
   */
  readonly scale?: number
}

/** Checks `scale`. @throws ParameterError */
export function checkScale(subject: string, scale: number | undefined): number | undefined {
  return scale === undefined ? undefined : checkNumber(`${subject}: scale`, scale, { above: 0 })
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
  const { table, rejected } = await readLines(path)
  const { names, ratings: values, isHumanLabel, isFromPage } = findColumns(table, path)
  const numbers = Float64Array.from({ length: table.rowCount }, (_, row) => {
    const value = cellNumber(values, row)
    return isHumanLabel && value === -1 ? Number.NaN : value
  })
  const scale = options.scale ?? (isFromPage ? highestRating : scaleOf(numbers, path))
  const find = rowFinder(data)
  const ratings: RowRating[] = []
  let unrated = 0
  let suggestions = 0
  for (let row = 0; row < table.rowCount; row++) {
    const written = cellText(values, row)
    const name = names.map((column) => cellText(column, row)).find((text) => text !== '') ?? ''
    const reject = (reason: string): void => {
      rejected.push({ id: name, file: path, stage: 'labels', reason: `row ${row + 1}: ${reason}` })
    }
    const value = numbers[row]!
    const found = names.map((column) => find(cellText(column, row))).find((at) => at !== undefined)
    if (written === '' || (isHumanLabel && Number(written) === -1) || written === 'NaN') unrated++
    else if (name === '') reject('has no id')
    else if (found === undefined) {
      const near = suggestions++ < mostSuggestions ? didYouMean(name, data.ids) : ''
      reject(`no object of the run has id '${name}'${near}`)
    } else if (!(value >= 0 && value <= scale)) {
      const remedy = value > scale ? '; --scale N (scale: N) says that N is the highest' : ''
      reject(`rating must be a number from 0 to ${scale}. Received '${written}'${remedy}`)
    } else ratings.push({ row: found, id: data.ids[found]!, rating: onScale(value, scale) })
  }
  judge(path, ratings.length, rejected, options)
  return { ratings, unrated, rejected }
}

/** The whole table, without the lines that have another number of cells than its header. */
async function readLines(path: string): Promise<{ readonly table: Table; readonly rejected: Rejection[] }> {
  const ragged = new Map<number, Rejection>()
  const catalogue = await openCatalogue(path, {
    onRagged: ({ line, cells, wanted }) => {
      const reason = `line ${line}: must have ${wanted} cells as the header has. Received ${cells.length}`
      ragged.set(line, { id: cells[0]?.trim() ?? '', file: path, stage: 'labels', reason })
    },
  })
  const empty: Table = {
    rowCount: 0,
    columns: new Map(catalogue.columns.map(({ name, width }) => [name, { values: [], width }])),
  }
  let table = empty
  for await (const batch of catalogue.batches({ batchRows: 2 ** 31 - 1 })) table = batch
  return { table, rejected: [...ragged.values()] }
}

interface RatingColumns {
  /** By what objects are named: the first that is not empty. */
  readonly names: readonly TableColumn[]
  readonly ratings: TableColumn
  readonly isHumanLabel: boolean
  readonly isFromPage: boolean
}

/** @throws FormatError that lists the columns. */
function findColumns(table: Table, path: string): RatingColumns {
  const ratings = findColumn(table, ...ratingNames)
  const ids = findColumn(table, ...idNames)
  const files = findColumn(table, ...fileNames)
  const names = [ids, files].filter((column) => column !== undefined)
  if (names.length === 0) names.push(...[findColumn(table, 'column_1')].filter((column) => column !== undefined))
  if (ratings && names.length > 0) {
    return {
      names,
      ratings,
      isHumanLabel: ratings === findColumn(table, 'human_label'),
      isFromPage: findColumn(table, 'picture') !== undefined,
    }
  }
  const own = [...table.columns.keys()]
  const lacks = (names: readonly string[]): string => {
    const near = names.map((name) => didYouMean(name, own)).find((text) => text !== '') ?? ''
    return `${names[0]} (or ${names.slice(1).join(', ')})${near.replace('did you mean', 'did you mean it by')}`
  }
  const missing = [...(names.length > 0 ? [] : [lacks(idNames)]), ...(ratings ? [] : [lacks(ratingNames)])]
  throw new FormatError(
    `ratings: file must have columns id and rating. It has ${own.join(', ')}, but no ${missing.join(' and no ')}`,
    {
      source: path,
    },
  )
}

/** 5, unless ratings that are all small leave it open. @throws ParameterError with the ways out. */
function scaleOf(numbers: Float64Array, path: string): number {
  let highest = 0
  for (const value of numbers) if (value > highest) highest = value
  if (highest === 0 || highest > 1) return highestRating
  throw new ParameterError(
    `ratings: scale must be said where no rating is above 1: --scale 1 (scale: 1) when 1 is the highest that could be given, --scale 5 (scale: 5) when they are from 0 to 5 as they are. Received ratings up to ${highest} in ${path}.`,
  )
}

/** The row of the object that a name means. */
function rowFinder(data: RatedObjects): (name: string) => number | undefined {
  const rowOf = new Map(data.ids.map((id, row) => [id, row]))
  return (name) => rowOf.get(name)
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
