import { checkNumber, describeValue, FormatError, ParameterError, type RunOptions } from '@astronomaly/core'
import type { Catalogue, TableColumn } from '@astronomaly/io'
import { openCatalogue } from '@astronomaly/io/node'
import { cellNumber, cellText } from '../object-table.ts'
import { ColumnFinder, cellValue, type IdParts, idOfRow } from './catalogue-columns.ts'
import { IdRows } from './id-rows.ts'

/** The objects of a catalogue and where its file says what of them. */
export interface CatalogueObjectsOptions {
  /** A table of any size with one row an object: FITS, CSV, Parquet or VOTable, each also in gzip or bzip2. */
  readonly catalogue: string
  /**
   * Which table of the file: number or name of a FITS HDU or of a VOTable's table.
   * @defaultValue the first
   */
  readonly table?: number | string
  /**
   * Column of the ids, which are unique; or a template of several, such as `'{brickid}_{objid}'`.
   * @defaultValue `id`, `objid` or `object_id`, in any case
   */
  readonly idColumn?: string
  /**
   * Column of right ascensions in degrees, from 0 to 360.
   * @defaultValue `ra`, in any case
   */
  readonly raColumn?: string
  /**
   * Column of declinations in degrees, from −90 to 90.
   * @defaultValue `dec`, in any case
   */
  readonly decColumn?: string
  /**
   * The first rows only.
   * @defaultValue all
   */
  readonly limit?: number
}

/** Names of {@link CatalogueObjectsOptions}. */
export const catalogueObjectsKeys = ['catalogue', 'table', 'idColumn', 'raColumn', 'decColumn', 'limit'] as const

/** One row of a catalogue. */
export interface CatalogueObject {
  readonly id: string
  /** NaN when positions are not wanted. */
  readonly raDeg: number
  readonly decDeg: number
  /** The further wanted cells, by the names under which they were asked for. */
  readonly values: Readonly<Record<string, string | number>>
  /** From 1. */
  readonly row: number
}

/** What is wanted of a catalogue beside its ids. */
export interface WantedColumns {
  readonly positions: boolean
  readonly further: readonly string[]
}

/** Rows between two reports. */
const reportRows = 4096

/** A catalogue whose columns are found; its rows are read as often as asked for. */
export class CatalogueObjects {
  readonly #subject: string
  readonly #source: string
  readonly #catalogue: Catalogue
  readonly #limit: number
  readonly #id: IdParts
  readonly #position: { readonly ra: string; readonly dec: string } | undefined
  readonly #further: readonly (readonly [asked: string, column: string])[]

  private constructor(subject: string, options: CatalogueObjectsOptions, wanted: WantedColumns, catalogue: Catalogue) {
    this.#subject = subject
    this.#source = options.catalogue
    this.#catalogue = catalogue
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY
    const finder = new ColumnFinder(subject, options.catalogue, catalogue.columns)
    this.#id = finder.idParts(options.idColumn)
    if (wanted.positions) {
      this.#position = { ra: finder.own('ra', options.raColumn), dec: finder.own('dec', options.decColumn) }
    }
    this.#further = wanted.further.map((name) => [name, finder.named(name)])
  }

  /**
   * Opens a catalogue and finds its columns.
   *
   * @throws ParameterError for a wrong option; NotFoundError for a file or column that does not exist; FormatError for a catalogue
   * that is damaged or has no such column as it must have.
   */
  static async open(
    subject: string,
    options: CatalogueObjectsOptions,
    wanted: WantedColumns,
    signal: AbortSignal | undefined,
  ): Promise<CatalogueObjects> {
    const { catalogue: path, table, limit } = options
    if (typeof path !== 'string' || path === '') {
      throw new ParameterError(`${subject}: catalogue must be a path. Received ${describeValue(path)}.`)
    }
    if (limit !== undefined) checkNumber(`${subject}: limit`, limit, { integer: true, min: 1, max: 2 ** 32 - 1 })
    const catalogue = await openCatalogue(path, {
      ...(table === undefined ? {} : { table }),
      ...(signal ? { signal } : {}),
    })
    return new CatalogueObjects(subject, options, wanted, catalogue)
  }

  /**
   * The objects in the order of the rows, read in batches.
   *
   * @throws FormatError, with file and row, for an id that is empty or a position that is not on the sky.
   */
  async *objects(signal?: AbortSignal): AsyncGenerator<CatalogueObject, void, undefined> {
    const names = [
      ...this.#id.columns,
      ...(this.#position ? [this.#position.ra, this.#position.dec] : []),
      ...this.#further.map(([, column]) => column),
    ]
    const batchRows = Math.min(reportRows, this.#limit)
    const columns = [...new Set(names)]
    for await (const batch of this.#catalogue.batches({ columns, batchRows, ...(signal ? { signal } : {}) })) {
      signal?.throwIfAborted()
      const cells = (name: string): TableColumn => batch.columns.get(name) as TableColumn
      for (let i = 0; i < batch.rowCount; i++) {
        const row = batch.start + i + 1
        if (row > this.#limit) return
        const id = idOfRow(batch, i, this.#id)
        if (id === '') throw this.fault('id must not be empty', row)
        let raDeg = Number.NaN
        let decDeg = Number.NaN
        if (this.#position) {
          const [ra, dec] = [cells(this.#position.ra), cells(this.#position.dec)]
          raDeg = cellNumber(ra, i)
          decDeg = cellNumber(dec, i)
          if (!(raDeg >= 0 && raDeg <= 360 && Math.abs(decDeg) <= 90)) {
            const received = `${describeValue(cellText(ra, i))}, ${describeValue(cellText(dec, i))}`
            throw this.fault(
              `ra and dec must be degrees from 0 to 360 and from -90 to 90. Received ${received}`,
              row,
              id,
            )
          }
        }
        const values = Object.fromEntries(this.#further.map(([asked, name]) => [asked, cellValue(cells(name), i)]))
        yield { id, raDeg, decDeg, values, row }
      }
    }
  }

  /**
   * Reads every row once, so that what is wrong with the catalogue is said before the work.
   *
   * @param visit - Sees each object.
   * @returns How many there are.
   * @throws As {@link CatalogueObjects.objects}; FormatError for a second row of an id and a catalogue without rows; what `visit` throws.
   * @remarks Memory: 24 to 48 bytes an object.
   */
  async check(
    run: Pick<RunOptions, 'signal' | 'onProgress'>,
    visit?: (object: CatalogueObject) => void,
  ): Promise<number> {
    const rowOf = new IdRows()
    const known = this.#catalogue.rowCount
    const total = known === undefined ? undefined : Math.min(known, this.#limit)
    let count = 0
    const report = (): void => {
      run.onProgress?.({ stage: 'catalogue', done: count, ...(total === undefined ? {} : { total }) })
    }
    for await (const object of this.objects(run.signal)) {
      const earlier = rowOf.add(object.id, object.row)
      if (earlier !== undefined) {
        throw this.fault(`ids must be unique. Received one of row ${earlier} again`, object.row, object.id)
      }
      visit?.(object)
      count++
      if (count % reportRows === 0) report()
    }
    if (count === 0) {
      throw new FormatError(`${this.#subject}: catalogue must have rows. It has none`, { source: this.#source })
    }
    report()
    return count
  }

  /** An error that names file and row. */
  fault(message: string, row: number, id?: string, cause?: unknown): FormatError {
    const object = id === undefined ? '' : `, ${describeValue(id)}`
    return new FormatError(`${this.#subject}: ${message}`, {
      source: `${this.#source}, row ${row}${object}`,
      ...(cause === undefined ? {} : { cause }),
    })
  }
}
