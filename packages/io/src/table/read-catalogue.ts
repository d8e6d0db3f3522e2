import { readFile } from 'node:fs/promises'
import { assertKnownKeys, NotFoundError, type Warning } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { unpack } from '@astronomaly/fits/bytes'
import { catalogueFormat } from './catalogue-format.ts'
import { type CsvTableOptions, readCsvTable } from './csv-table.ts'
import { readFitsCatalogue } from './fits-pieces.ts'
import { decodeParquetTable } from './parquet-table.ts'
import { TextPieces } from './text-pieces.ts'
import { tableOfDocument } from './votable/parse-votable.ts'
import { refuseTypes } from './votable/votable-pieces.ts'

/** Largest catalogue that a file may unpack to: what one typed array can safely hold everywhere. */
const maxBytes = 2 ** 32 - 1
/** Bytes of text that are decoded at a time. */
const textBytes = 2 ** 22

/** How to read a catalogue. */
export interface ReadCatalogueOptions extends Pick<CsvTableOptions, 'types'> {
  /**
   * Told of columns that are left out, of names that occur twice, of names and columns that are not what an ECSV file declares, and of bytes
   * behind the last member of a packed file, which are ignored.
   */
  readonly onWarning?: ((warning: Warning) => void) | undefined
}

/**
 * Reads a catalogue, whatever its file's name: FITS (the first table), Parquet, VOTable (the first table with data of its results, else of what is not metadata), or text with a header row
 * (CSV, and tab- or semicolon-separated; ECSV; UTF-8, or UTF-16 with a byte order mark), each also within gzip or bzip2.
 *
 * @returns All columns that a table can hold, in memory; the others are left out with a warning. How each format gives types and missing values: `readFitsTable`,
 * {@link decodeParquetTable}, `parseVoTable`, `parseCsvTable`. 64-bit integers are the same in all of them:
 * Float64Array when every one of a column lies within ±(2^53 - 1), else text.
 * @throws NotFoundError when there is no such file; FormatError when it is none of these or is damaged; what the format's own
 * reader throws.
 * @remarks `openCatalogue` reads the same values in batches.
 */
export async function readCatalogue(path: string, options: ReadCatalogueOptions = {}): Promise<Table> {
  assertKnownKeys('readCatalogue', options, ['types', 'onWarning'])
  const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new NotFoundError(`catalogue: file must exist. Received ${path}.`, { cause })
  })
  const plain = new Uint8Array(file.buffer, file.byteOffset, file.length)
  const { onWarning } = options
  const bytes = await unpack(plain, { maxBytes, source: path, ...(onWarning ? { onWarning } : {}) })
  const format = catalogueFormat(bytes, path)
  if (format !== 'text') refuseTypes(options.types ?? {}, path)
  switch (format) {
    case 'fits':
      return readFitsCatalogue(bytes, { source: path, onWarning })
    case 'parquet':
      return decodeParquetTable(bytes, path, onWarning ? { onWarning } : {})
    case 'votable':
      return tableOfDocument(bytes, path, onWarning)
    case 'text':
      return readCsvTable(textOf(bytes, path), path, options)
  }
}

function* textOf(bytes: Uint8Array, source: string): Generator<string> {
  const text = new TextPieces(source, 'auto')
  for (let at = 0; at < bytes.length; at += textBytes) yield text.decode(bytes.subarray(at, at + textBytes))
  yield text.decode(new Uint8Array(0), true)
}
