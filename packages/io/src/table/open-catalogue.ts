import { readFile, stat } from 'node:fs/promises'
import {
  choiceOption,
  NotFoundError,
  type OptionRules,
  ParameterError,
  passedOption,
  type ResolvedOptions,
  resolveOptions,
  runRules,
  textOption,
  type Warning,
} from '@astronomaly/core'
import {
  type Catalogue,
  type ColumnType,
  catalogueFrom,
  type PieceSource,
  piecesOf,
  toldOnce,
} from '@astronomaly/core/table'
import { openFitsTable, type SourceOpener } from '@astronomaly/fits'
import {
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
import { type CsvOptions, csvRules, separatorOf, typesOption } from './csv-table.ts'
import { joinedPieces } from './joined-pieces.ts'
import { parquetPieces } from './parquet-pieces.ts'
import { type ByteStream, type TextEncoding, textEncodings } from './text-pieces.ts'
import { refuseTypes, votablePieces } from './votable/votable-pieces.ts'

/** Largest Parquet or FITS file that may be unpacked to memory. */
const maxUnpacked = 2 ** 32 - 1
/** Bytes that are read from a file at a time where it is read from its beginning. */
const streamBytes = 2 ** 18

/** A catalogue's file: its path, or its bytes. */
export type CatalogueInput = string | Uint8Array

/** How to open a catalogue. */
export interface OpenCatalogueOptions extends CsvOptions {
  /**
   * Names bytes in errors.
   * @defaultValue 'catalogue'
   */
  readonly source?: string | undefined
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

/** The rules of {@link OpenCatalogueOptions}. */
export const catalogueRules = {
  ...csvRules,
  source: textOption('catalogue'),
  table: passedOption<number | string>(),
  encoding: choiceOption(textEncodings, 'auto'),
  types: typesOption,
  signal: runRules.signal,
} satisfies OptionRules<OpenCatalogueOptions>

/**
 * Opens a catalogue of any size: FITS, Parquet, VOTable, or text with a header row (CSV, TSV, ECSV), told by content and not by
 * name, each also within gzip or bzip2.
 *
 * @param input - A file by its path, its bytes, or several of these, whose rows follow one another, of the columns that all of them have. Types that differ (integers here, with
 * missing values there) become the one that holds both: f64 or text; else it is an error.
 * @returns Its columns, and its rows in batches of exactly the size asked for, which `readCatalogue` gives as a whole. No file stays open between readings; `break` closes it.
 * @throws NotFoundError when there is no such file, table or HDU; FormatError when a file is none of these or is damaged;
 * ParameterError for wrong options, and for a pipe or another path that can be read only once, which `readCatalogue` takes; UnsupportedError for what the format's own reader cannot read; `signal.reason` when aborted.
 * @remarks Columns that no table holds (nested ones of Parquet), and of several files those that one of them lacks, are left out and told to
 * `onWarning`; to name one is an UnsupportedError or, where a file lacks it, a FormatError. What
 * the values decide of a type is found out here: text files and VOTables are read once, of Parquet and FITS the columns of 64-bit integers, of FITS
 * those of truth values, and of Parquet those that may have missing values or bytes that are not text. Memory of a reading: one batch, and of text and VOTable
 * pieces of 256 KiB, of Parquet one row group of the wanted columns. Packed text and VOTables are unpacked as they are read,
 * FITS and Parquet in memory as a whole.
 */
export async function openCatalogue(
  input: CatalogueInput | readonly CatalogueInput[],
  options: OpenCatalogueOptions = {},
): Promise<Catalogue> {
  return openInputs(input, options, false)
}

/** @param readsAll - Whether the rows will be read once, all of them: then pipes are read whole, and what must be unpacked in memory is so once. */
export async function openInputs(
  input: CatalogueInput | readonly CatalogueInput[],
  options: OpenCatalogueOptions,
  readsAll: boolean,
): Promise<Catalogue> {
  const resolved = resolveOptions('openCatalogue', options, catalogueRules)
  const all = typeof input === 'string' || input instanceof Uint8Array ? [input] : input
  if (all.length === 0) throw new ParameterError('openCatalogue: needs at least one path. Received none.')
  const names = all.map((one) => (typeof one === 'string' ? one : resolved.source))
  const sources: PieceSource[] = []
  for (const [i, one] of all.entries()) {
    const again = typeof one === 'string' ? await repeatable(one, readsAll, resolved.signal) : one
    sources.push(await openOne(again, names[i] as string, resolved, readsAll))
  }
  return catalogueFrom(joinedPieces(sources, names, resolved.onWarning))
}

/** A path that can be read again and again; of another one its bytes. */
async function repeatable(path: string, readsAll: boolean, signal: AbortSignal | undefined): Promise<CatalogueInput> {
  const about = await stat(path).catch(() => undefined)
  // What is missing, or a folder, is told when it is opened. Files of the system's own have no size.
  if (!about || about.isDirectory() || (about.isFile() && (about.size > 0 || !readsAll))) return path
  if (!readsAll) {
    throw new ParameterError(
      `openCatalogue: path must be that of a file, which can be read again; readCatalogue reads others. Received ${path}.`,
    )
  }
  const bytes = await readFile(path, { signal }).catch((error: unknown) => {
    signal?.throwIfAborted()
    throw error
  })
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

async function openOne(
  input: CatalogueInput,
  name: string,
  options: ResolvedOptions<typeof catalogueRules>,
  readsAll: boolean,
): Promise<PieceSource> {
  const { table, encoding, delimiter, onRagged, types, signal } = options
  // The file is read several times.
  const onWarning = toldOnce(options.onWarning)
  const open: SourceOpener =
    typeof input === 'string' ? () => openFile(input) : async () => memoryByteSource(input, name)
  const packing = packingOf(await firstBytes(streamOf(open, undefined), packingBytes))
  const stream = streamOf(open, packing === 'gzip' || packing === 'bzip2' ? packing : undefined, onWarning)
  const format = catalogueFormat(await firstBytes(stream, formatBytes), name)
  if (format === 'text') {
    const separator = separatorOf(delimiter)
    return csvPieces(stream, name, { encoding, types, onRagged, onWarning, signal, separator })
  }
  refuseTypes(types, name)
  if (format === 'votable') return votablePieces(stream, name, { table, signal, onWarning })
  let unpacked: ReturnType<SourceOpener> | undefined
  const whole: SourceOpener = () => {
    if (!readsAll) return unpackWhole(open, name, onWarning)
    unpacked ??= unpackWhole(open, name, onWarning)
    return unpacked
  }
  if (format === 'fits') {
    const lazy: SourceOpener = async () => unpackedByteSource(await open(), { maxBytes: maxUnpacked, onWarning })
    const plain = packing && readsAll ? whole : lazy
    return piecesOf(await openFitsTable(plain, { source: name, hdu: table, signal, onWarning }))
  }
  return parquetPieces(packing ? whole : open, name, { signal, onWarning })
}

function openFile(path: string): ReturnType<SourceOpener> {
  return fileByteSource(path).catch((cause: unknown) => {
    if (cause instanceof NotFoundError) {
      throw new NotFoundError(`catalogue: file must exist. Received ${path}.`, { cause })
    }
    if (!(cause instanceof ParameterError)) throw cause
    throw new ParameterError(`catalogue: paths must be files. Received the folder ${path}.`, { cause })
  })
}

/** Of a file whose end is read first. */
async function unpackWhole(
  open: SourceOpener,
  name: string,
  onWarning: (warning: Warning) => void,
): ReturnType<SourceOpener> {
  const file = await open()
  try {
    const bytes = await file.slice(0, file.byteLength)
    return memoryByteSource(await unpack(bytes, { maxBytes: maxUnpacked, source: name, onWarning }), name)
  } finally {
    await file.close?.()
  }
}

/** A file from its beginning, unpacked; leaving off closes it. */
function streamOf(
  open: SourceOpener,
  packing: Packing | undefined,
  onWarning?: (warning: Warning) => void,
): ByteStream {
  return async function* (signal) {
    signal?.throwIfAborted()
    const file = await open()
    try {
      if (packing) {
        for await (const piece of unpackedPieces(file, packing, onWarning)) {
          signal?.throwIfAborted()
          yield piece
        }
        return
      }
      for (let at = 0; at < file.byteLength; at += streamBytes) {
        signal?.throwIfAborted()
        yield await file.slice(at, Math.min(at + streamBytes, file.byteLength), { signal })
      }
    } finally {
      await file.close?.()
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
