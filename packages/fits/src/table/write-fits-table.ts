import { type FileHandle, open, rm } from 'node:fs/promises'
import { checkNumber, ParameterError, resolveOptions, runRules, ShapeError } from '@astronomaly/core'
import { type AtomicFile, writeAtomic } from '@astronomaly/core/node'
import type { Table, TableColumn } from '@astronomaly/core/table'
import { RunningSum } from '../checksum.ts'
import { encodeHduHeader } from '../encode-hdu.ts'
import { blockSize } from '../header/parse-header.ts'
import { type ColumnLayout, checkColumn, encodeRows, layOutColumns, rowBytesOf } from './encode-columns.ts'
import {
  type EncodeFitsTableOptions,
  emptyPrimary,
  encodeRules,
  resolveEncodeOptions,
  tableCards,
} from './encode-fits-table.ts'

/** How a table is written batch by batch. */
export interface WriteFitsTableOptions extends EncodeFitsTableOptions {
  /**
   * Characters of text columns, by name; a longer text is an error. Other text columns are of variable length (`QA`), in which a
   * row takes 16 bytes and its characters.
   * @defaultValue none
   */
  readonly textLengths?: Readonly<Record<string, number>> | undefined
  /** Looked at before each batch. */
  readonly signal?: AbortSignal | undefined
}

const rules = {
  ...encodeRules,
  textLengths(value: Readonly<Record<string, number>> = {}, subject: string): Readonly<Record<string, number>> {
    for (const [name, length] of Object.entries(value)) {
      checkNumber(`${subject} of ${name}`, length, { integer: true, min: 1 })
    }
    return value
  },
  signal: runRules.signal,
}

/** Rows are not known to be few, so that descriptors have 64 bits. */
const descriptorBytes = 16

/** Bytes moved at a time. */
const pieceBytes = 2 ** 20

/**
 * Writes a FITS file of one binary table, rows as they come, with DATASUM and CHECKSUM. It appears under its name when it is whole.
 *
 * @param path - A file that is there already is replaced.
 * @param batches - At least one; all must have the columns of the first, of the same types, widths and shapes; truth values may be booleans in
 * some and f64 of 1, 0 and NaN in others, as `openFitsTable` gives them with types `'fits'`. Otherwise as in `encodeFitsTable`; booleans need a first batch that has rows.
 * @returns Rows and bytes written.
 * @throws What `encodeFitsTable` throws; ParameterError when there is no batch and for a path that cannot be written,
 * ShapeError when batches differ. Nothing is left behind then.
 * @remarks Memory: one batch and its bytes. Cells of variable length are held in a second temporary file until the rows are written.
 */
export async function writeFitsTable(
  path: string,
  batches: AsyncIterable<Table> | Iterable<Table>,
  options: WriteFitsTableOptions = {},
): Promise<{ readonly rowCount: number; readonly byteLength: number }> {
  const subject = 'writeFitsTable'
  const { textLengths, signal, ...given } = resolveOptions(subject, options, rules)
  const resolved = resolveEncodeOptions(subject, given)
  return await writeAtomic(path, async (file) => {
    const heapPath = `${file.temporary}.heap`
    const heap = await open(heapPath, 'wx+')
    try {
      const writer = new TableWriter(file, heap, resolved, textLengths)
      for await (const batch of batches) {
        signal?.throwIfAborted()
        await writer.add(batch)
      }
      return await writer.finish()
    } finally {
      await heap.close()
      await rm(heapPath, { force: true })
    }
  })
}

class TableWriter {
  readonly #file: AtomicFile
  readonly #heap: FileHandle
  readonly #options: ReturnType<typeof resolveEncodeOptions>
  readonly #textLengths: Readonly<Record<string, number>>
  readonly #sum = new RunningSum()
  #layouts: readonly ColumnLayout[] | undefined
  #longest: Float64Array = new Float64Array(0)
  #first: Table | undefined
  #rowCount = 0
  #heapBytes = 0

  constructor(
    file: AtomicFile,
    heap: FileHandle,
    options: ReturnType<typeof resolveEncodeOptions>,
    textLengths: Readonly<Record<string, number>>,
  ) {
    this.#file = file
    this.#heap = heap
    this.#options = options
    this.#textLengths = textLengths
  }

  async add(batch: Table): Promise<void> {
    const layouts = this.#layouts ?? (await this.#begin(batch))
    this.#check(batch, layouts)
    const cells: Uint8Array[] = []
    const heapStart = this.#heapBytes
    const rows = encodeRows('writeFitsTable', batch, layouts, descriptorBytes, this.#longest, (bytes) => {
      cells.push(bytes)
      this.#heapBytes += bytes.length
      return this.#heapBytes - bytes.length
    })
    this.#sum.add(rows)
    await this.#file.write(rows)
    const bytes = Buffer.concat(cells)
    for (let done = 0; done < bytes.length; ) {
      done += (await this.#heap.write(bytes, done, bytes.length - done, heapStart + done)).bytesWritten
    }
    this.#rowCount += batch.rowCount
  }

  async finish(): Promise<{ readonly rowCount: number; readonly byteLength: number }> {
    const layouts = this.#layouts
    if (!layouts) throw new ParameterError('writeFitsTable: batches must have at least one table. Received none.')
    const piece = new Uint8Array(Math.min(pieceBytes, this.#heapBytes))
    for (let at = 0; at < this.#heapBytes; ) {
      const { bytesRead } = await this.#heap.read(piece, 0, Math.min(piece.length, this.#heapBytes - at), at)
      this.#sum.add(piece.subarray(0, bytesRead))
      await this.#file.write(piece.subarray(0, bytesRead))
      at += bytesRead
    }
    await this.#file.write(new Uint8Array((blockSize - (this.#file.size % blockSize)) % blockSize))
    const primary = emptyPrimary()
    await this.#file.write(primary, 0)
    await this.#file.write(this.#header(layouts), primary.length)
    return { rowCount: this.#rowCount, byteLength: this.#file.size }
  }

  async #begin(batch: Table): Promise<readonly ColumnLayout[]> {
    for (const name of Object.keys(this.#textLengths)) {
      if (!batch.columns.has(name)) {
        throw new ParameterError(`writeFitsTable: textLengths must name columns of the table. Received ${name}.`)
      }
    }
    const layouts = layOutColumns('writeFitsTable', batch, {
      storage: this.#options.storage,
      textLength: (name, { width }) => this.#textLengths[name] ?? (width === 1 ? undefined : lengthNeeded(name)),
      descriptorBytes,
    })
    this.#layouts = layouts
    this.#first = batch
    this.#longest = new Float64Array(layouts.length)
    // As long as it will be: only the digits of numbers change, each on a line of its own.
    await this.#file.write(emptyPrimary())
    await this.#file.write(this.#header(layouts))
    return layouts
  }

  #check(batch: Table, layouts: readonly ColumnLayout[]): void {
    if (batch === this.#first) return
    const names = [...batch.columns.keys()]
    if (names.length !== layouts.length || layouts.some(({ name }, i) => names[i] !== name)) {
      throw new ShapeError(
        `writeFitsTable: batches must have the same columns in the same order. Received ${names.join(', ')} from row ${this.#rowCount + 1} on.`,
      )
    }
    for (const { name, column, encoder, inHeap } of layouts) {
      const own = batch.columns.get(name) as TableColumn
      checkColumn('writeFitsTable', name, own, batch.rowCount)
      const ragged = inHeap && encoder.code !== 'A'
      const isSame =
        own.width === column.width &&
        (own.offsets !== undefined) === ragged &&
        String(own.shape) === String(column.shape) &&
        encoder.takes(own.values)
      if (!isSame) {
        throw new ShapeError(
          `writeFitsTable: batches must have columns of the same type, width and shape. Column ${name} changes in row ${this.#rowCount + 1}.`,
        )
      }
    }
  }

  /** The header as it is now; whole blocks. */
  #header(layouts: readonly ColumnLayout[]): Uint8Array {
    const sizes = {
      rowBytes: rowBytesOf(layouts, descriptorBytes),
      rowCount: this.#rowCount,
      heapBytes: this.#heapBytes,
    }
    const cards = tableCards(layouts, sizes, descriptorBytes, this.#longest, this.#options.header)
    return encodeHduHeader(cards, this.#sum.value())
  }
}

function lengthNeeded(name: string): never {
  throw new ParameterError(
    `writeFitsTable: textLengths must give the length of columns that have several strings in a row. Column ${name} has none.`,
  )
}
