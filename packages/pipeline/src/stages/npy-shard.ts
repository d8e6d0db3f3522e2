import { FormatError, type Matrix, type NumericArray, tensor } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { encodeNpy } from '@astronomaly/io'
import { readNpyFile } from '@astronomaly/io/node'
import type { RunDirectory } from '../run/run-directory.ts'

/** Bytes of an .npy file of that shape: what is there under its name was written whole, and only its size can tell that it was cut since. */
export function npyBytes(type: 'f4' | 'f8', ...shape: readonly number[]): number {
  const length = shape.reduce((product, size) => product * size, Number(type.slice(1)))
  return (
    encodeNpy(tensor(type === 'f4' ? new Float32Array(0) : new Float64Array(0), [0, ...shape.slice(1)])).length + length
  )
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
