import { readFile } from 'node:fs/promises'
import { FormatError, NotFoundError } from '@astronomaly/core'
import { gunzip, isGzip } from '../bytes/gunzip.ts'
import { isFits } from '../fits/is-fits.ts'
import { readFitsTable } from '../fits/table/read-fits-table.ts'
import { parseCsvTable } from './csv-table.ts'
import { decodeParquetTable } from './parquet-table.ts'
import { safeIntegers } from './safe-integers.ts'
import type { Table, TableColumn } from './table.ts'

/** Largest catalogue that gzip may inflate to: what one typed array can safely hold everywhere. */
const maxBytes = 2 ** 32 - 1

/**
 * Reads a catalogue, whatever its file's name: FITS (the first table), Parquet, or text with a header row (CSV, and tab- or
 * semicolon-separated; ECSV), each also within gzip.
 *
 * @returns All columns, in memory. How each format gives types and missing values: {@link readFitsTable},
 * {@link decodeParquetTable}, {@link parseCsvTable}. 64-bit integers are the same in all of them:
 * Float64Array when every one of a column lies within ±(2^53 - 1), else text.
 * @throws NotFoundError when there is no such file; FormatError when it is none of these or is damaged; what the format's own
 * reader throws.
 */
export async function readCatalogue(path: string): Promise<Table> {
  const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new NotFoundError(`catalogue: file must exist. Received ${path}.`, { cause })
  })
  const bytes = isGzip(file)
    ? await gunzip(file, { maxBytes, source: path })
    : new Uint8Array(file.buffer, file.byteOffset, file.length)
  if (isFits(bytes)) return withSafeIntegers(await readFitsTable(bytes, { source: path }))
  const begin = new TextDecoder('latin1').decode(bytes.subarray(0, 4))
  if (begin === 'PAR1' || begin === 'PARE') return decodeParquetTable(bytes, path)
  return parseCsvTable(textOf(bytes, path), path)
}

function withSafeIntegers(table: Table): Table {
  const columns = [...table.columns].map(([name, column]): [string, TableColumn] => [
    name,
    column.values instanceof BigInt64Array ? { ...column, values: safeIntegers(column.values) } : column,
  ])
  return { ...table, columns: new Map(columns) }
}

function textOf(bytes: Uint8Array, source: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new FormatError('catalogue: file must be FITS, Parquet or UTF-8 text', { source, cause })
  }
}
