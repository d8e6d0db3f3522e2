import { createReadStream } from 'node:fs'
import { assertKnownKeys, checkOneOf, NotFoundError, ParameterError, type Warning } from '@astronomaly/core'
import type { ColumnType } from '@astronomaly/core/table'
import { type Catalogue, catalogueFrom, type PieceSource, toldOnce } from '@astronomaly/core/table'
import {
  type ByteSource,
  memoryByteSource,
  type Packing,
  packingBytes,
  packingOf,
  unpack,
  unpackedByteSource,
  unpackedPieces,
} from '@astronomaly/fits/bytes'
import { fileByteSource } from '@astronomaly/fits/node'
import { catalogueFormat, formatBytes } from './catalogue-format.ts'
import { csvPieces } from './csv-pieces.ts'
import { type CsvOptions, delimiters } from './csv-table.ts'
import { fitsPieces } from './fits-pieces.ts'
import { joinedPieces } from './joined-pieces.ts'
import { parquetPieces } from './parquet-pieces.ts'
import { type ByteStream, type TextEncoding, textEncodings } from './text-pieces.ts'
import { refuseTypes, votablePieces } from './votable/votable-pieces.ts'

/** Largest Parquet or FITS file that may be unpacked to memory. */
const maxUnpacked = 2 ** 32 - 1
/** Bytes that are read from a file at a time where it is read from its beginning. */
const streamBytes = 2 ** 18

/** How to open a catalogue. */
export interface OpenCatalogueOptions extends CsvOptions {
  /**
   * Which table: of a FITS file number or name of the HDU, of a VOTable number or name of the table.
   * @defaultValue the first; of a VOTable the first with data of its results, else of what is not metadata
   */
  readonly table?: number | string | undefined
  /**
   * Encoding of text files; `'auto'` is UTF-16 where there is its byte order mark, else UTF-8. `'latin1'` is windows-1252, of which
   * every byte is a character.
   * @defaultValue 'auto'
   */
  readonly encoding?: TextEncoding | undefined
  /**
   * Types of columns of a text file: `'float64'`, of which every cell must be a number or missing, or `'text'`. When all columns have
   * one, opening reads no more than the header; the others are found out by reading the file once.
   * @defaultValue all are found out
   */
  readonly types?: Readonly<Record<string, ColumnType>> | undefined
  /**
   * Told of columns that are left out, of names that occur twice, of names and columns that are not what an ECSV file declares, and of bytes
   * behind the last member of a packed file, which are ignored.
   */
  readonly onWarning?: ((warning: Warning) => void) | undefined
  /** Ends the reading that finds out types. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens a catalogue of any size: FITS, Parquet, VOTable, or text with a header row (CSV, TSV, ECSV), told by content and not by
 * name, each also within gzip or bzip2.
 *
 * @param paths - A file, or several whose rows follow one another, of the columns that all of them have. Types that differ (integers here, with
 * missing values there) become the one that holds both: f64 or text; else it is an error.
 * @returns Its columns, and its rows in batches of exactly the size asked for. The values are those of `readCatalogue`, whatever
 * that size. No file stays open between readings; `break` closes it.
 * @throws NotFoundError when there is no such file, table or HDU; FormatError when a file is none of these or is damaged;
 * ParameterError for wrong options; UnsupportedError for what the format's own reader cannot read; `signal.reason` when aborted.
 * @remarks Columns that no table holds (nested ones of Parquet), and of several files those that one of them lacks, are left out and told to
 * `onWarning`; to name one is an UnsupportedError or, where a file lacks it, a FormatError. What
 * the values decide of a type is found out here: text files and VOTables are read once, of Parquet and FITS the columns of 64-bit integers, of FITS
 * those of truth values, and of Parquet those that may have missing values or bytes that are not text. Memory of a reading: one batch, and of text and VOTable
 * pieces of 256 KiB, of Parquet one row group of the wanted columns. Packed text and VOTables are unpacked as they are read,
 * FITS and Parquet in memory as a whole.
 */
export async function openCatalogue(
  paths: string | readonly string[],
  options: OpenCatalogueOptions = {},
): Promise<Catalogue> {
  assertKnownKeys('openCatalogue', options, [
    'delimiter',
    'onRagged',
    'onWarning',
    'table',
    'encoding',
    'types',
    'signal',
  ])
  checkOneOf('openCatalogue: encoding', options.encoding ?? 'auto', textEncodings)
  checkOneOf('openCatalogue: delimiter', options.delimiter ?? 'auto', ['auto', 'comma', 'tab', 'semicolon', 'space'])
  const all = typeof paths === 'string' ? [paths] : paths
  if (all.length === 0) throw new ParameterError('openCatalogue: needs at least one path. Received none.')
  const sources: PieceSource[] = []
  for (const path of all) sources.push(await openOne(path, options))
  return catalogueFrom(joinedPieces(sources, all, options.onWarning))
}

async function openOne(path: string, options: OpenCatalogueOptions): Promise<PieceSource> {
  const { table, encoding = 'auto', delimiter = 'auto', onRagged, types = {}, signal } = options
  // The file is read several times.
  const onWarning = toldOnce(options.onWarning)
  const packing = packingOf(await firstBytes(plainStream(path), packingBytes))
  const stream =
    packing === 'gzip' || packing === 'bzip2' ? unpackedStream(path, packing, onWarning) : plainStream(path)
  const format = catalogueFormat(await firstBytes(stream, formatBytes), path)
  if (format === 'text') {
    const separator = delimiter === 'auto' ? {} : { separator: delimiters[delimiter] }
    return csvPieces(stream, path, { encoding, types, onRagged, onWarning, signal, ...separator })
  }
  refuseTypes(types, path)
  if (format === 'votable') return votablePieces(stream, path, { table, signal, onWarning })
  if (format === 'fits') {
    return fitsPieces(
      async () => unpackedByteSource(await openFile(path), { maxBytes: maxUnpacked, onWarning }),
      path,
      table,
      signal,
      onWarning,
    )
  }
  return parquetPieces(() => (packing ? unpackedFile(path, onWarning) : openFile(path)), path, signal, onWarning)
}

function notFound(path: string, cause: unknown): NotFoundError {
  return new NotFoundError(`catalogue: file must exist. Received ${path}.`, { cause })
}

async function openFile(path: string): Promise<ByteSource> {
  return fileByteSource(path).catch((cause: unknown) => {
    throw cause instanceof NotFoundError ? notFound(path, cause) : cause
  })
}

/** Of a file whose end is read first. */
async function unpackedFile(path: string, onWarning: (warning: Warning) => void): Promise<ByteSource> {
  const file = await openFile(path)
  try {
    const bytes = await file.slice(0, file.byteLength)
    return memoryByteSource(await unpack(bytes, { maxBytes: maxUnpacked, source: path, onWarning }), path)
  } finally {
    await file.close?.()
  }
}

/** A packed file from its beginning; leaving off closes it. */
function unpackedStream(path: string, packing: Packing, onWarning: (warning: Warning) => void): ByteStream {
  return async function* (signal) {
    signal?.throwIfAborted()
    const file = await openFile(path)
    try {
      for await (const piece of unpackedPieces(file, packing, onWarning)) {
        signal?.throwIfAborted()
        yield piece
      }
    } finally {
      await file.close?.()
    }
  }
}

/** A file from its beginning; leaving off closes it. */
function plainStream(path: string): ByteStream {
  return async function* (signal) {
    signal?.throwIfAborted()
    const file = createReadStream(path, { highWaterMark: streamBytes })
    try {
      for await (const chunk of file) {
        signal?.throwIfAborted()
        yield chunk as Uint8Array
      }
    } catch (cause) {
      const { code = '' } = cause as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') throw notFound(path, cause)
      if (code === 'EISDIR') {
        throw new ParameterError(`catalogue: paths must be files. Received the folder ${path}.`, { cause })
      }
      throw cause
    } finally {
      file.destroy()
    }
  }
}

async function firstBytes(stream: ByteStream, wanted: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of stream()) {
    parts.push(part)
    length += part.length
    if (length >= wanted) break
  }
  return new Uint8Array(Buffer.concat(parts)).subarray(0, wanted)
}
