import { definedOnly, describeValue, FormatError, type RunOptions } from '@astronomaly/core'
import type { Catalogue, TableColumn } from '@astronomaly/core/table'
import { openCatalogue } from '@astronomaly/io/node'
import { type PositionColumns, positionsOf } from '@astronomaly/io/sky'
import type { CatalogueObjectsOptions } from './acquire-options.ts'
import { ColumnFinder, cellValue, type IdParts, idOfRow } from './catalogue-columns.ts'
import { IdRows } from './id-rows.ts'

/** One row of a catalogue. */
export interface CatalogueObject {
  readonly id: string
  /** ICRS, degrees; NaN when positions are not wanted, or there is a `problem`. */
  readonly raDeg: number
  readonly decDeg: number
  /** Why the object has no position, where positions are wanted. */
  readonly problem: string | undefined
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
  readonly #position: PositionColumns | undefined
  readonly #further: readonly (readonly [asked: string, column: string])[]

  private constructor(subject: string, options: CatalogueObjectsOptions, wanted: WantedColumns, catalogue: Catalogue) {
    this.#subject = subject
    this.#source = options.catalogue
    this.#catalogue = catalogue
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY
    const finder = new ColumnFinder(subject, options.catalogue, catalogue.columns)
    this.#id = finder.idParts(options.idColumn)
    if (wanted.positions) this.#position = finder.positions(options)
    this.#further = wanted.further.map((name) => [name, finder.named(name)])
  }

  /**
   * Opens a catalogue and finds its columns.
   *
   * @throws NotFoundError for a file or column that does not exist; FormatError for a catalogue that is damaged or has no such column as
   * it must have.
   */
  static async open(
    subject: string,
    options: CatalogueObjectsOptions,
    wanted: WantedColumns,
    signal: AbortSignal | undefined,
  ): Promise<CatalogueObjects> {
    const catalogue = await openCatalogue(options.catalogue, { table: options.table, signal })
    return new CatalogueObjects(subject, options, wanted, catalogue)
  }

  /** The columns of the positions and their frame, as plain JSON. */
  get positions(): PositionColumns | undefined {
    return this.#position
  }

  /**
   * The objects in the order of the rows, read in batches.
   *
   * @throws FormatError, with file and row, for an id that is empty. A position that is missing or not on the sky is the object's own `problem`.
   */
  async *objects(signal?: AbortSignal): AsyncGenerator<CatalogueObject, void, undefined> {
    const names = [
      ...this.#id.columns,
      ...(this.#position ? [this.#position.raColumn, this.#position.decColumn] : []),
      ...this.#further.map(([, column]) => column),
    ]
    const batchRows = Math.min(reportRows, this.#limit)
    const columns = [...new Set(names)]
    for await (const batch of this.#catalogue.batches({ columns, batchRows, signal })) {
      signal?.throwIfAborted()
      const cells = (name: string): TableColumn => batch.columns.get(name) as TableColumn
      const positions = this.#position && positionsOf(batch, this.#position)
      const problems = new Map(positions?.problems.map(({ row, reason }) => [row, reason]))
      for (let i = 0; i < batch.rowCount; i++) {
        const row = batch.start + i + 1
        if (row > this.#limit) return
        const id = idOfRow(batch, i, this.#id)
        if (id === '') throw this.#fault('id must not be empty', row)
        const raDeg = positions?.raDeg[i] ?? Number.NaN
        const decDeg = positions?.decDeg[i] ?? Number.NaN
        const missing = positions && Number.isNaN(raDeg) ? (problems.get(i) ?? 'position is missing') : undefined
        const problem = missing === undefined ? undefined : `${missing} (row ${row})`
        const values = Object.fromEntries(this.#further.map(([asked, name]) => [asked, cellValue(cells(name), i)]))
        yield { id, raDeg, decDeg, problem, values, row }
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
    const rows = new IdRows()
    const known = this.#catalogue.rowCount
    const total = known === undefined ? undefined : Math.min(known, this.#limit)
    let count = 0
    const report = (): void => {
      run.onProgress?.(definedOnly({ stage: 'catalogue', done: count, total }))
    }
    for await (const object of this.objects(run.signal)) {
      const earlier = rows.add(object.id, object.row)
      if (earlier !== undefined) {
        throw this.#fault(`ids must be unique. Received one of row ${earlier} again`, object.row, object.id)
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

  #fault(message: string, row: number, id?: string): FormatError {
    const object = id === undefined ? '' : `, ${describeValue(id)}`
    return new FormatError(`${this.#subject}: ${message}`, { source: `${this.#source}, row ${row}${object}` })
  }
}
