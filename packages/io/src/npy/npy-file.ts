import { type FileHandle, open } from 'node:fs/promises'
import {
  type BatchOptions,
  checkNumber,
  checkRowNumbers,
  FormatError,
  type GatherOptions,
  type Matrix,
  matrix,
  NotFoundError,
  ParameterError,
  type RowBatch,
  type RowSource,
  UnsupportedError,
} from '@astronomaly/core'
import { checkNpyLength, decodeNpyData, hostLittleEndian, type NpyArray } from './npy.ts'
import { type NpyHeader, npyDataOffset, parseNpyHeader } from './npy-header.ts'

/** More than the header of any array of fewer than a dozen axes, so that one read is enough. */
const headerRead = 256
/** Node reads at most 2 GiB in one call. */
const longestRead = 2 ** 30
/** Bytes between wanted rows that are read rather than skipped: a read of its own takes longer. */
const largestGap = 65_536
/** Bytes that are read in one call when rows are gathered, unless one row has more. */
const longestGather = 2 ** 20
/** Reads in flight when rows are gathered: what it takes to keep a disk busy. */
const readsInFlight = 8

async function openNpy(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new NotFoundError(`npy: file must exist. Received ${path}.`, { cause })
  }
}

async function readRange(file: FileHandle, bytes: Uint8Array, offset: number, path: string): Promise<void> {
  let done = 0
  while (done < bytes.length) {
    const length = Math.min(longestRead, bytes.length - done)
    const { bytesRead } = await file.read(bytes, done, length, offset + done)
    if (bytesRead === 0) throw new FormatError('npy: file ends too early', { source: path, offset: offset + done })
    done += bytesRead
  }
}

async function readHeader(file: FileHandle, path: string): Promise<NpyHeader> {
  const { size } = await file.stat()
  let bytes = new Uint8Array(Math.min(headerRead, size))
  await readRange(file, bytes, 0, path)
  const wanted = npyDataOffset(bytes, path)
  if (wanted > bytes.length && wanted <= size) {
    bytes = new Uint8Array(wanted)
    await readRange(file, bytes, 0, path)
  }
  const header = parseNpyHeader(bytes, path)
  checkNpyLength(header, size, path)
  return header
}

/**
 * Reads a whole .npy file.
 *
 * @returns What `decodeNpy` gives for its bytes; the elements are read straight into their array.
 * @throws NotFoundError when there is no such file; what `decodeNpy` throws.
 */
export async function readNpyFile(path: string): Promise<NpyArray> {
  const file = await openNpy(path)
  try {
    const header = await readHeader(file, path)
    const bytes = new Uint8Array(header.length * header.itemSize)
    await readRange(file, bytes, header.dataOffset, path)
    return { data: decodeNpyData(bytes, header, path), shape: [...header.shape] }
  } finally {
    await file.close()
  }
}

/** One of the files of a row source. */
export interface NpyShard {
  readonly path: string
  readonly header: NpyHeader
  /** Its rows. */
  readonly rows: number
}

/** Reads the header of a file of rows. @throws NotFoundError, FormatError, UnsupportedError as {@link npyRowSource} does. */
export async function readNpyShard(path: string): Promise<NpyShard> {
  const file = await openNpy(path)
  try {
    const header = await readHeader(file, path)
    const rows = header.shape[0]
    if (rows === undefined || header.shape.length !== 2 || header.shape[1] === 0) {
      throw new FormatError(`npy: shard must have 2 axes and a column. Received shape [${header.shape}]`, {
        source: path,
      })
    }
    if (header.fortranOrder) {
      throw new UnsupportedError(`npyRowSource: shards must be in C order. Received Fortran order (${path}).`)
    }
    return { path, header, rows }
  } finally {
    await file.close()
  }
}

/**
 * One or more .npy matrices on disk as one row source, rows in the order of the paths.
 *
 * @param paths - Files of shape `[rows, columns]` with equal `columns`; any plain number type in C order. Other element types
 * than float32 are rounded to it. NaN is kept.
 * @returns A source of known `rowCount` that can be iterated again and again, also at the same time, and can `gather`. Every batch
 * has exactly `batchSize` rows whatever the sizes of the shards; the last may be smaller.
 * @throws ParameterError without a path; NotFoundError when a file is missing; FormatError when one is damaged, is not a matrix
 * or has another number of columns; UnsupportedError for Fortran order. Iterating throws FormatError when a file has become
 * shorter, and `signal.reason` when aborted.
 * @remarks Headers are read once, here. Iterating keeps one file open and one batch in memory, reads each byte once, and closes
 * the file also on `break` and on errors. Gathering opens the files that hold wanted rows, one after another, and reads in the
 * order of the file: rows that lie at most 64 KiB apart in one read of at most 1 MiB, others on their own, 8 reads in flight.
 */
export async function npyRowSource(paths: readonly string[] | string): Promise<RowSource> {
  const shards: NpyShard[] = []
  for (const path of typeof paths === 'string' ? [paths] : paths) shards.push(await readNpyShard(path))
  const first = shards[0]
  if (!first) throw new ParameterError('npyRowSource: needs at least one path. Received none.')
  const columns = first.header.shape[1] as number
  for (const { path, header } of shards) {
    if (header.shape[1] !== columns) {
      throw new FormatError(
        `npy: shard must have ${columns} columns as ${first.path} has. Received ${header.shape[1]}`,
        { source: path },
      )
    }
  }
  const rowCount = shards.reduce((sum, shard) => sum + shard.rows, 0)
  return {
    columns,
    rowCount,
    batches: ({ batchSize = 4096, signal }: BatchOptions = {}): AsyncGenerator<RowBatch> => {
      checkNumber('npyRowSource: batchSize', batchSize, { integer: true, min: 1 })
      return iterate(shards, columns, rowCount, batchSize, signal)
    },
    gather: async (rows: Uint32Array, { signal }: GatherOptions = {}): Promise<Matrix<Float32Array>> => {
      checkRowNumbers('npyRowSource: gather', rows, rowCount)
      return gather(shards, columns, rows, signal)
    },
  }
}

async function gather(
  shards: readonly NpyShard[],
  columns: number,
  wanted: Uint32Array,
  signal: AbortSignal | undefined,
): Promise<Matrix<Float32Array>> {
  const out = new Float32Array(wanted.length * columns)
  let first = 0
  let begin = 0
  for (const shard of shards) {
    const beyond = first + shard.rows
    let end = begin
    while (end < wanted.length && wanted[end]! < beyond) end++
    if (end > begin) {
      signal?.throwIfAborted()
      const numbers = wanted.subarray(begin, end).map((row) => row - first)
      await gatherFromShard(shard, columns, numbers, out.subarray(begin * columns, end * columns), signal)
    }
    begin = end
    first = beyond
  }
  return matrix(out, wanted.length, columns)
}

async function gatherFromShard(
  { path, header }: NpyShard,
  columns: number,
  wanted: Uint32Array,
  out: Float32Array,
  signal: AbortSignal | undefined,
): Promise<void> {
  const rowBytes = columns * header.itemSize
  const file = await openNpy(path)
  let next = 0
  let failed = false
  const readSome = async (): Promise<void> => {
    while (next < wanted.length && !failed) {
      signal?.throwIfAborted()
      const begin = next++
      const from = wanted[begin]!
      while (next < wanted.length) {
        const gap = (wanted[next]! - wanted[next - 1]! - 1) * rowBytes
        if (gap > largestGap || (wanted[next]! + 1 - from) * rowBytes > longestGather) break
        next++
      }
      const end = next
      const rows = wanted[end - 1]! + 1 - from
      if (rows === end - begin) {
        await readRows(file, path, header, from, out.subarray(begin * columns, end * columns))
        continue
      }
      const values = new Float32Array(rows * columns)
      await readRows(file, path, header, from, values)
      for (let i = begin; i < end; i++) {
        const at = (wanted[i]! - from) * columns
        out.set(values.subarray(at, at + columns), i * columns)
      }
    }
  }
  try {
    const readers = Array.from({ length: readsInFlight }, () =>
      readSome().catch((error: unknown) => {
        failed = true
        throw error
      }),
    )
    // The file is closed when no read is in flight any more, also after an error.
    for (const result of await Promise.allSettled(readers)) if (result.status === 'rejected') throw result.reason
  } finally {
    await file.close()
  }
}

async function* iterate(
  shards: readonly NpyShard[],
  columns: number,
  rowCount: number,
  batchSize: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<RowBatch> {
  let start = 0
  let filled = 0
  let batch = new Float32Array(0)
  for (const { path, header, rows } of shards) {
    if (rows === 0) continue
    signal?.throwIfAborted()
    const file = await openNpy(path)
    try {
      for (let row = 0; row < rows; ) {
        signal?.throwIfAborted()
        if (filled === 0) batch = new Float32Array(Math.min(batchSize, rowCount - start) * columns)
        const wanted = Math.min(rows - row, batch.length / columns - filled)
        const target = batch.subarray(filled * columns, (filled + wanted) * columns)
        await readRows(file, path, header, row, target)
        row += wanted
        filled += wanted
        if (filled * columns === batch.length) {
          yield { start, rows: matrix(batch, filled, columns) }
          start += filled
          filled = 0
        }
      }
    } finally {
      await file.close()
    }
  }
}

async function readRows(
  file: FileHandle,
  path: string,
  header: NpyHeader,
  row: number,
  target: Float32Array,
): Promise<void> {
  const offset = header.dataOffset + row * (header.shape[1] as number) * header.itemSize
  if (header.type === 'f4' && header.littleEndian === hostLittleEndian) {
    await readRange(file, new Uint8Array(target.buffer, target.byteOffset, target.byteLength), offset, path)
    return
  }
  const bytes = new Uint8Array(target.length * header.itemSize)
  await readRange(file, bytes, offset, path)
  target.set(decodeNpyData(bytes, { ...header, length: target.length }, path))
}
