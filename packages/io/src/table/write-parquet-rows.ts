import {
  contiguousData,
  numberOption,
  ParameterError,
  passedOption,
  type RowBatch,
  type Rows,
  resolveOptions,
  ShapeError,
  textOption,
  toRowSource,
} from '@astronomaly/core'
import { type AtomicFile, writeAtomic } from '@astronomaly/core/node'
import { ByteWriter, type ColumnSource, ParquetWriter, type SchemaElement } from 'hyparquet-writer'

/** Values of a row group unless an option says otherwise: 64 MiB. */
const groupValues = 2 ** 24

/** How to write rows as a Parquet file. */
export interface WriteParquetRowsOptions {
  /**
   * Names of the columns.
   * @defaultValue `f0000`, `f0001` …
   */
  readonly names?: readonly string[] | undefined
  /**
   * Name of the text column with the rows' identifiers, which comes first; it is written when the first batch has them.
   * @defaultValue 'id'
   */
  readonly idName?: string | undefined
  /**
   * Rows of a row group.
   * @defaultValue as many as have 2^24 values
   */
  readonly groupRows?: number | undefined
  readonly signal?: AbortSignal | undefined
}

const rules = {
  names: passedOption<readonly string[]>(),
  idName: textOption('id'),
  groupRows: numberOption(undefined, { integer: true, min: 1 }),
  signal: passedOption<AbortSignal>(),
}

/**
 * Writes rows as a Parquet file: one FLOAT column for each, compressed with Snappy, as pandas reads and `parquetRowSource` does.
 *
 * @param path - Its folder is made as needed. The file is written under a temporary name, synced and renamed: at any instant the path
 * holds the old file, or all of the new one.
 * @param rows - A row source or a matrix; NaN is kept.
 * @returns The number of rows.
 * @throws ParameterError for names that are not one for each column and all different, for wrong options, and when the path cannot be written; ShapeError for batches
 * of another number of columns, or of which some have identifiers and others not; `signal.reason` when aborted.
 * @remarks Memory: one row group as f32, and one encoded.
 */
export async function writeParquetRows(
  path: string,
  rows: Rows,
  options: WriteParquetRowsOptions = {},
): Promise<number> {
  const { groupRows: wanted, idName, signal, ...given } = resolveOptions('writeParquetRows', options, rules)
  const source = toRowSource(rows)
  const { columns } = source
  const digits = Math.max(4, String(columns - 1).length)
  const names = given.names ?? Array.from({ length: columns }, (_, i) => `f${String(i).padStart(digits, '0')}`)
  if (names.length !== columns || columns === 0 || new Set([...names, idName]).size !== columns + 1) {
    throw new ParameterError(
      `writeParquetRows: names must be ${columns}, at least one, all different and none '${idName}'. Received ${names.length}.`,
    )
  }
  const groupRows = wanted ?? Math.max(1, Math.floor(groupValues / columns))
  return await writeAtomic(path, async (file) => {
    const writer = new GroupWriter(file, names, idName, groupRows)
    for await (const batch of source.batches({ signal })) await writer.add(batch)
    await writer.finish()
    return writer.rows
  })
}

/** Gathers rows until they make a row group. */
class GroupWriter {
  rows = 0
  private readonly file: AtomicFile
  private readonly names: readonly string[]
  private readonly idName: string
  private readonly groupRows: number
  private readonly bytes: ByteWriter = new ByteWriter()
  private writer: ParquetWriter | undefined
  private columns: Float32Array[] = []
  private ids: string[] | undefined
  private filled = 0

  constructor(file: AtomicFile, names: readonly string[], idName: string, groupRows: number) {
    this.file = file
    this.names = names
    this.idName = idName
    this.groupRows = groupRows
  }

  async add({ rows, ids }: RowBatch): Promise<void> {
    const [count, width] = rows.shape
    if (width !== this.names.length) {
      throw new ShapeError(`writeParquetRows: every batch must have ${this.names.length} columns. Received ${width}.`)
    }
    this.begin(ids !== undefined)
    if ((this.ids !== undefined) !== (ids !== undefined) || (ids && ids.length !== count)) {
      throw new ShapeError(
        `writeParquetRows: all rows must have identifiers, or none. Received others from row ${this.rows} on.`,
      )
    }
    const data = contiguousData(rows)
    for (let row = 0; row < count; ) {
      const taken = Math.min(count - row, this.groupRows - this.filled)
      for (const [c, column] of this.grown(this.filled + taken).entries()) {
        for (let i = 0; i < taken; i++) column[this.filled + i] = data[(row + i) * width + c]!
      }
      for (let i = row; ids && i < row + taken; i++) this.ids?.push(ids[i] as string)
      this.filled += taken
      row += taken
      if (this.filled === this.groupRows) await this.writeGroup()
    }
    this.rows += count
  }

  async finish(): Promise<void> {
    this.begin(false)
    if (this.filled > 0) await this.writeGroup()
    this.writer?.finish()
    await this.drain()
  }

  private begin(hasIds: boolean): void {
    if (this.writer) return
    const text = { type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' } as const
    const schema: SchemaElement[] = [
      { name: 'root', num_children: this.names.length + (hasIds ? 1 : 0) },
      ...(hasIds ? [{ ...text, name: this.idName }] : []),
      ...this.names.map((name) => ({ name, type: 'FLOAT' as const, repetition_type: 'REQUIRED' as const })),
    ]
    if (hasIds) this.ids = []
    this.writer = new ParquetWriter({ writer: this.bytes, schema, createdBy: 'astronomaly' })
  }

  /** The columns of the group, with room for so many rows. */
  private grown(rows: number): readonly Float32Array[] {
    const room = this.columns[0]?.length ?? 0
    if (room >= rows) return this.columns
    const length = Math.min(this.groupRows, Math.max(rows, 2 * room))
    this.columns = this.names.map((_, c) => {
      const column = new Float32Array(length)
      if (room > 0) column.set(this.columns[c] as Float32Array)
      return column
    })
    return this.columns
  }

  private async writeGroup(): Promise<void> {
    // A dictionary would take -0 for 0.
    const columnData: ColumnSource[] = this.columns.map((column, c) => ({
      name: this.names[c] as string,
      data: column.subarray(0, this.filled),
      encoding: 'PLAIN',
    }))
    if (this.ids) columnData.unshift({ name: this.idName, data: this.ids })
    await this.writer?.write({ columnData, rowGroupSize: this.filled })
    this.filled = 0
    if (this.ids) this.ids = []
    await this.drain()
  }

  private async drain(): Promise<void> {
    await this.file.write(this.bytes.getBytes())
    this.bytes.index = 0
  }
}
