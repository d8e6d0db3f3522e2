import { ParameterError, passedOption, resolveOptions, ShapeError } from '@astronomaly/core'
import { type AtomicFile, writeAtomic } from '@astronomaly/core/node'
import { checkTable, type Table } from '@astronomaly/core/table'
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { csvHeader, csvLines } from './csv-table.ts'
import { metadataOf, schemaOf, sourceOf } from './parquet-table.ts'

/** How to write a table batch by batch. */
export interface WriteTableOptions {
  readonly signal?: AbortSignal | undefined
}

const rules = { signal: passedOption<AbortSignal>() }

/** Turns the batches of a table into the bytes of a file. */
interface TableEncoder {
  /** Bytes of a batch, and before the first of what stands before all. */
  add(batch: Table): Promise<Uint8Array>
  /** Bytes behind the last batch. */
  finish(): Promise<Uint8Array>
}

function csvEncoder(): TableEncoder {
  const utf8 = new TextEncoder()
  let hasHeader = false
  return {
    async add(batch) {
      const text = (hasHeader ? '' : csvHeader(batch)) + csvLines(batch)
      hasHeader = true
      return utf8.encode(text)
    },
    finish: async () => new Uint8Array(0),
  }
}

/** Every batch becomes a row group. */
function parquetEncoder(first: Table): TableEncoder {
  const bytes = new ByteWriter()
  const columns = [...first.columns]
  const schema = columns.flatMap(([name, column]) => schemaOf(name, column))
  const kvMetadata = metadataOf(first)
  const writer = new ParquetWriter({
    writer: bytes,
    schema: [{ name: 'root', num_children: columns.length }, ...schema],
    createdBy: 'astronomaly',
    ...(kvMetadata.length > 0 ? { kvMetadata } : {}),
  })
  const drained = (): Uint8Array => {
    const taken = bytes.getBytes().slice()
    bytes.index = 0
    return taken
  }
  return {
    async add(batch) {
      const columnData = Array.from(batch.columns, ([name, column]) => sourceOf(name, column, batch.rowCount))
      if (batch.rowCount > 0) await writer.write({ columnData, rowGroupSize: batch.rowCount })
      return drained()
    },
    async finish() {
      writer.finish()
      return drained()
    },
  }
}

const encoders: Readonly<Record<string, (first: Table) => TableEncoder>> = {
  csv: csvEncoder,
  parquet: parquetEncoder,
}

/**
 * Writes a table of any length to a file, batch by batch; its ending says the format: `.csv` as `encodeCsv` writes it, or `.parquet` as
 * `encodeParquetTable` does, with a row group for each batch.
 *
 * @param path - Its folder is made as needed. The file appears under its name when it is whole; one that is there already is replaced.
 * @param batches - At least one. All that have rows have the columns of the first of them, of the same types and widths; notes are those of that
 * first. Of a table of no rows the first batch says the columns.
 * @returns Rows written.
 * @throws ParameterError for another ending, when there is no batch, and for a path that cannot be written; ShapeError when batches differ; what the encoders throw;
 * `signal.reason` when aborted. Nothing is left behind then.
 * @remarks Memory: one batch and its bytes.
 */
export async function writeTable(
  path: string,
  batches: AsyncIterable<Table> | Iterable<Table>,
  options: WriteTableOptions = {},
): Promise<number> {
  const { signal } = resolveOptions('writeTable', options, rules)
  const ending = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase() ?? ''
  const encoderFor = Object.hasOwn(encoders, ending) ? encoders[ending] : undefined
  if (!encoderFor) {
    throw new ParameterError(`writeTable: file must end in .${Object.keys(encoders).join(', .')}. Received ${path}.`)
  }
  return await writeAtomic(path, (file) => writeBatches(file, batches, encoderFor, signal))
}

async function writeBatches(
  file: AtomicFile,
  batches: AsyncIterable<Table> | Iterable<Table>,
  encoderFor: (first: Table) => TableEncoder,
  signal: AbortSignal | undefined,
): Promise<number> {
  let first: Table | undefined
  let encoder: TableEncoder | undefined
  let columns = ''
  let rowCount = 0
  for await (const batch of batches) {
    signal?.throwIfAborted()
    checkTable('writeTable', batch)
    first ??= batch
    // Values say whether a list is one of booleans, so that a batch without any does not settle the columns.
    if (batch.rowCount === 0) continue
    const found = describe(batch)
    if (encoder && found !== columns) {
      throw new ShapeError(`writeTable: every batch must have the columns of the first, ${columns}. Received ${found}.`)
    }
    if (!encoder) columns = found
    encoder ??= encoderFor(batch)
    await file.write(await encoder.add(batch))
    rowCount += batch.rowCount
  }
  if (!first) throw new ParameterError('writeTable: there must be a batch, if only one of no rows. Received none.')
  if (!encoder) {
    encoder = encoderFor(first)
    await file.write(await encoder.add(first))
  }
  await file.write(await encoder.finish())
  return rowCount
}

/** Names, types and widths of a table's columns. */
function describe({ columns }: Table): string {
  return Array.from(columns, ([name, { values, width }]) => {
    const type = Array.isArray(values) ? (typeof values[0] === 'boolean' ? 'boolean' : 'text') : values.constructor.name
    return `${name} (${type}, ${width})`
  }).join(', ')
}
