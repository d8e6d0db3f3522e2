import { join } from 'node:path'
import { createRandom, type Matrix, matrix } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { encodeNpy } from '@astronomaly/io'

/** Correlated normal columns of falling variance, as PCA leaves them, with one row in a hundred shifted. The same for the same seed. */
export function randomTable(rows: number, columns: number, seed: string): Matrix<Float32Array> {
  const random = createRandom(seed, 'benchmarks.table')
  const data = new Float32Array(rows * columns)
  for (let i = 0; i < rows; i++) {
    const shift = i % 100 === 0 ? 4 : 0
    for (let j = 0; j < columns; j++) data[i * columns + j] = (random.normal() + shift) / Math.sqrt(1 + j)
  }
  return matrix(data, rows, columns)
}

/** Writes a matrix as .npy, for peers and for reading from disk. */
export async function writeNpy(folder: string, name: string, rows: Matrix<Float32Array>): Promise<string> {
  const path = join(folder, name)
  await writeFileAtomic(path, encodeNpy(rows))
  return path
}
