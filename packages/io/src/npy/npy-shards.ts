import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  checkNumber,
  choiceOption,
  contiguousData,
  FormatError,
  type Matrix,
  numberOption,
  ParameterError,
  type ResolvedOptions,
  resolveOptions,
  ShapeError,
} from '@astronomaly/core'
import { AtomicFile, makeFolder } from '@astronomaly/core/node'
import { encodeNpyHeader, hostLittleEndian, swapBytes } from './npy.ts'
import { type NpyShard, readNpyShard } from './npy-file.ts'

const types = ['f4', 'f8'] as const

/** How to write rows in shards. */
export interface NpyShardsOptions {
  /** Columns of every row. */
  readonly columns: number
  /**
   * Rows of a shard; the last may have fewer.
   * @defaultValue 65536
   */
  readonly shardRows?: number | undefined
  /**
   * Element type: float32 or float64.
   * @defaultValue 'f4'
   */
  readonly type?: (typeof types)[number] | undefined
}

const rules = {
  columns: (value: number | undefined, subject: string): number =>
    checkNumber(subject, value, { integer: true, min: 1, max: 2 ** 24 }),
  shardRows: numberOption(65_536, { integer: true, min: 1 }),
  type: choiceOption(types, 'f4'),
}

/**
 * Opens a folder of .npy shards, `00000.npy`, `00001.npy` …, to append rows to.
 *
 * @param folder - Made when it does not exist. Shards that it has already are kept, and rows go on after them; a shard that was left
 * unfinished (`.npy.part`) is dropped, so that `rowCount` says from which row on to go on.
 * @throws ParameterError for wrong options; FormatError when a shard is missing before a later one, is damaged, or has other columns or
 * another type.
 * @remarks Two writers must not have the same folder open.
 */
export async function openNpyShards(folder: string, options: NpyShardsOptions): Promise<NpyShardWriter> {
  const resolved = resolveOptions('openNpyShards', options, rules)
  const { columns, type } = resolved
  await makeFolder(folder)
  const names = await readdir(folder)
  for (const name of names) if (/^\d{5,}\.npy\.part$/.test(name)) await rm(join(folder, name))
  const numbers = names
    .filter((name) => /^\d{5,}\.npy$/.test(name))
    .map((name) => Number.parseInt(name, 10))
    .sort((a, b) => a - b)
  const shards: NpyShard[] = []
  for (const [i, number] of numbers.entries()) {
    const path = join(folder, nameOf(number))
    if (number !== i)
      throw new FormatError(`npy: shard ${nameOf(i)} must exist before ${nameOf(number)}`, { source: path })
    const shard = await readNpyShard(path)
    if (shard.header.shape[1] !== columns || shard.header.type !== type) {
      const own = `${shard.header.shape[1]} of ${shard.header.type}`
      throw new FormatError(`npy: shard must have ${columns} columns of ${type}. Received ${own}`, { source: path })
    }
    shards.push(shard)
  }
  return new NpyShardWriter(folder, resolved, shards)
}

function nameOf(number: number): string {
  return `${String(number).padStart(5, '0')}.npy`
}

/** A shard that is being written. */
interface OpenShard {
  readonly file: AtomicFile
  rows: number
}

/**
 * Appends rows to .npy shards; see {@link openNpyShards}.
 *
 * @remarks A shard is written under a temporary name, synced when it is full, and renamed: at any instant, what is named `.npy` is
 * complete. Memory: what is appended at a time.
 */
export class NpyShardWriter {
  readonly columns: number
  readonly #folder: string
  readonly #options: ResolvedOptions<typeof rules>
  readonly #paths: string[]
  #finished: number
  #shard: OpenShard | undefined
  #closed = false
  /** The writing that is under way; the next one waits for it. */
  #turn: Promise<void> = Promise.resolve()

  /** Called by {@link openNpyShards}. */
  constructor(folder: string, options: ResolvedOptions<typeof rules>, shards: readonly NpyShard[]) {
    this.columns = options.columns
    this.#folder = folder
    this.#options = options
    this.#paths = shards.map(({ path }) => path)
    this.#finished = shards.reduce((sum, { rows }) => sum + rows, 0)
  }

  /** Rows in finished shards: those that are kept whatever happens. */
  get finishedRows(): number {
    return this.#finished
  }

  /** Rows in all, also those that have been appended and not finished. */
  get rowCount(): number {
    return this.#finished + (this.#shard?.rows ?? 0)
  }

  /** The finished shards, in order: what `npyRowSource` takes. */
  get paths(): readonly string[] {
    return [...this.#paths]
  }

  /**
   * Appends rows, in new shards as one is full.
   *
   * @param rows - `[n, columns]`, n ≥ 0; rounded to the shards' type. NaN is kept. Not to be changed before the promise settles.
   * @throws ShapeError for another number of columns, ParameterError after `close`, and the file system's own error, after which
   * nothing more can be appended.
   */
  append(rows: Matrix<Float32Array> | Matrix<Float64Array>): Promise<void> {
    return this.#next(async () => {
      if (this.#closed) throw new ParameterError('NpyShardWriter: must be open to append rows. Received a closed one.')
      if (rows.shape.length !== 2 || rows.shape[1] !== this.columns) {
        throw new ShapeError(`NpyShardWriter: rows must have ${this.columns} columns. Received shape [${rows.shape}].`)
      }
      await this.#append(contiguousData(rows as Matrix<Float32Array>), rows.shape[0])
    })
  }

  /** Finishes the last shard, which may be short. @returns The paths of all shards. Further calls change nothing. */
  async close(): Promise<readonly string[]> {
    await this.#next(async () => {
      this.#closed = true
      try {
        if (this.#shard) await this.#finish(this.#shard)
      } catch (error) {
        await this.#drop()
        throw error
      }
    })
    return this.paths
  }

  /** Drops the unfinished shard, and closes. */
  async abandon(): Promise<void> {
    await this.#turn.catch(() => undefined)
    this.#closed = true
    await this.#drop()
  }

  #next(body: () => Promise<void>): Promise<void> {
    const own = this.#turn.catch(() => undefined).then(body)
    this.#turn = own
    return own
  }

  async #append(data: Float32Array | Float64Array, count: number): Promise<void> {
    const { columns, shardRows } = this.#options
    try {
      for (let row = 0; row < count; ) {
        const shard = this.#shard ?? (await this.#begin())
        const rows = Math.min(count - row, shardRows - shard.rows)
        await this.#write(shard, data.subarray(row * columns, (row + rows) * columns))
        shard.rows += rows
        row += rows
        if (shard.rows === shardRows) await this.#finish(shard)
      }
    } catch (error) {
      // What a failed write has left is not known.
      this.#closed = true
      await this.#drop()
      throw error
    }
  }

  async #begin(): Promise<OpenShard> {
    const path = join(this.#folder, nameOf(this.#paths.length))
    const shard = { file: await AtomicFile.open(path, `${path}.part`), rows: 0 }
    // Dropped when its header cannot be written.
    this.#shard = shard
    await shard.file.write(this.#header(0))
    return shard
  }

  #header(rows: number): Uint8Array {
    return encodeNpyHeader(`<${this.#options.type}`, [rows, this.columns])
  }

  async #write({ file }: OpenShard, values: Float32Array | Float64Array): Promise<void> {
    const Type = this.#options.type === 'f4' ? Float32Array : Float64Array
    const own = values instanceof Type && hostLittleEndian ? values : Type.from(values)
    const bytes = new Uint8Array(own.buffer, own.byteOffset, own.byteLength)
    if (!hostLittleEndian) swapBytes(bytes, own.BYTES_PER_ELEMENT)
    await file.write(bytes)
  }

  async #finish(shard: OpenShard): Promise<void> {
    await shard.file.write(this.#header(shard.rows), 0)
    await shard.file.finish()
    this.#shard = undefined
    this.#paths.push(shard.file.path)
    this.#finished += shard.rows
  }

  async #drop(): Promise<void> {
    const shard = this.#shard
    this.#shard = undefined
    await shard?.file.discard()
  }
}
