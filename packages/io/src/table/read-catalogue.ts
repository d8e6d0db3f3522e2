import { readFile } from 'node:fs/promises'
import { assertKnownKeys, NotFoundError, type Warning } from '@astronomaly/core'
import { unpack } from '../bytes/unpack.ts'
import { readFitsTable } from '../fits/table/read-fits-table.ts'
import { withSafeIntegers } from './catalogue.ts'
import { catalogueFormat } from './catalogue-format.ts'
import { readCsvTable } from './csv-table.ts'
import { decodeParquetTable } from './parquet-table.ts'
import type { Table } from './table.ts'
import { TextPieces } from './text-pieces.ts'
import { tableOfDocument } from './votable/parse-votable.ts'

/** Largest catalogue that a file may unpack to: what one typed array can safely hold everywhere. */
const maxBytes = 2 ** 32 - 1
/** Bytes of text that are decoded at a time. */
const textBytes = 2 ** 22

/** How to read a catalogue. */
export interface ReadCatalogueOptions {
  /** Told of bytes behind the last member of a packed file, which are ignored. */
  readonly onWarning?: (warning: Warning) => void
}

/**
 * Reads a catalogue, whatever its file's name: FITS (the first table), Parquet, VOTable (the first table), or text with a header row
 * (CSV, and tab- or semicolon-separated; ECSV; UTF-8, or UTF-16 with a byte order mark), each also within gzip or bzip2.
 *
 * @returns All columns, in memory. How each format gives types and missing values: {@link readFitsTable},
 * {@link decodeParquetTable}, `parseVoTable`, `parseCsvTable`. 64-bit integers are the same in all of them:
 * Float64Array when every one of a column lies within ±(2^53 - 1), else text.
 * @throws NotFoundError when there is no such file; FormatError when it is none of these or is damaged; what the format's own
 * reader throws.
 * @remarks `openCatalogue` reads the same values in batches.
 */
export async function readCatalogue(path: string, options: ReadCatalogueOptions = {}): Promise<Table> {
  assertKnownKeys('readCatalogue', options, ['onWarning'])
  const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT') throw cause
    throw new NotFoundError(`catalogue: file must exist. Received ${path}.`, { cause })
  })
  const plain = new Uint8Array(file.buffer, file.byteOffset, file.length)
  const bytes = await unpack(plain, { ...options, maxBytes, source: path })
  switch (catalogueFormat(bytes, path)) {
    case 'fits':
      return withSafeIntegers(await readFitsTable(bytes, { source: path }))
    case 'parquet':
      return decodeParquetTable(bytes, path)
    case 'votable':
      return tableOfDocument(bytes, path)
    case 'text':
      return readCsvTable(textOf(bytes, path), path, {})
  }
}

function* textOf(bytes: Uint8Array, source: string): Generator<string> {
  const text = new TextPieces(source, 'auto')
  for (let at = 0; at < bytes.length; at += textBytes) yield text.decode(bytes.subarray(at, at + textBytes))
  yield text.decode(new Uint8Array(0), true)
}
