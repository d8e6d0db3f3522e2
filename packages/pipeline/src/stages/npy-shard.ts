import { open } from 'node:fs/promises'
import { FormatError, type Matrix, type NumericArray, tensor } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { encodeNpy } from '@astronomaly/io'
import { readNpyFile } from '@astronomaly/io/node'
import type { RunDirectory } from '../run/run-directory.ts'

/**
 * Whether a shard is there with that type and shape: as its header says, and as long as that is.
 *
 * @remarks What stands under its name was written whole: only damage of the disk, or another program, can have changed it since.
 */
export async function isWholeShard(
  path: string,
  empty: Float32Array | Float64Array,
  shape: readonly number[],
): Promise<boolean> {
  const Type = empty.constructor as new (length: number) => NumericArray
  const length = shape.reduce((product, size) => product * size, 1)
  const wanted = encodeNpy(tensor(new Type(length), [...shape]))
  const header = wanted.subarray(0, wanted.length - length * empty.BYTES_PER_ELEMENT)
  const file = await open(path, 'r').catch(() => undefined)
  if (!file) return false
  try {
    if ((await file.stat()).size !== wanted.length) return false
    const { buffer } = await file.read(new Uint8Array(header.length), 0, header.length, 0)
    return Buffer.compare(buffer, header) === 0
  } finally {
    await file.close()
  }
}

/** Reads one shard of f32 rows. @throws FormatError when it has another shape or type. */
export async function readRows(
  run: RunDirectory,
  folder: string,
  index: number,
  rows: number | undefined,
  columns: number,
): Promise<Float32Array> {
  const path = run.shard(folder, index, 'npy')
  const { data, shape } = await readNpyFile(path)
  const isWanted = shape.length === 2 && shape[0] === (rows ?? shape[0]) && shape[1] === columns
  if (isWanted && data instanceof Float32Array) return data
  const wanted = `[${rows ?? 'any'}, ${columns}]`
  throw new FormatError(`run: shard must be float32 of shape ${wanted}. Received [${shape}]`, { source: path })
}

/** Writes one shard of rows, in one step. */
export async function writeRows(run: RunDirectory, folder: string, index: number, rows: Matrix): Promise<void> {
  await writeFileAtomic(run.shard(folder, index, 'npy'), encodeNpy(rows))
}

/** Writes one shard of one number a row, in one step. */
export async function writeNumbers(
  run: RunDirectory,
  folder: string,
  index: number,
  values: NumericArray,
): Promise<void> {
  await writeFileAtomic(run.shard(folder, index, 'npy'), encodeNpy(tensor(values, [values.length])))
}
