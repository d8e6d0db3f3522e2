import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  collectRows,
  FormatError,
  matrix,
  NotFoundError,
  ParameterError,
  tensor,
  UnsupportedError,
} from '@astronomaly/core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { encodeNpy } from '../../src/npy/npy.ts'
import { npyRowSource, readNpyFile } from '../../src/npy/npy-file.ts'

const columns = 3
const sizes = [5, 0, 1, 7, 4]
const total = 17
let folder: string
let paths: string[]

/** Row r of the whole source is [r, r + 0.5, -r]. */
const rowsFrom = (start: number, rows: number): Float32Array =>
  Float32Array.from({ length: rows * columns }, (_, i) => {
    const r = start + Math.floor(i / columns)
    return [r, r + 0.5, -r][i % columns] as number
  })

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'npy-file-'))
  paths = []
  let start = 0
  for (const [i, rows] of sizes.entries()) {
    const path = join(folder, `${i}.npy`)
    // One shard in float64, as another program may have written it.
    const data = i === 3 ? Float64Array.from(rowsFrom(start, rows)) : rowsFrom(start, rows)
    await writeFile(path, encodeNpy(matrix(data, rows, columns)))
    paths.push(path)
    start += rows
  }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const files = vi.hoisted(() => ({ reads: [] as number[], opened: 0, closed: 0 }))

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof import('node:fs/promises')>()
  return {
    ...fs,
    open: async (...args: Parameters<typeof fs.open>) => {
      const file = await fs.open(...args)
      const { read, close } = file
      files.opened++
      file.read = ((...wanted: unknown[]) => {
        files.reads.push(wanted[2] as number)
        return Reflect.apply(read, file, wanted)
      }) as typeof read
      file.close = () => {
        files.closed++
        return close.call(file)
      }
      return file
    },
  }
})

/** Starts to count what goes through file handles. */
function countFiles(): typeof files {
  return Object.assign(files, { reads: [], opened: 0, closed: 0 })
}

describe('npyRowSource', () => {
  it.each([1, 2, 3, 5, 6, 16, 17, 18, 4096])('gives batches of exactly %i rows across shards', async (batchSize) => {
    const source = await npyRowSource(paths)
    expect(source).toMatchObject({ columns, rowCount: total })
    let start = 0
    for await (const batch of source.batches({ batchSize })) {
      expect(batch.start).toBe(start)
      expect(batch.rows.shape).toEqual([Math.min(batchSize, total - start), columns])
      start += batch.rows.shape[0]
    }
    expect(start).toBe(total)
    expect((await collectRows(source, { batchSize })).data).toEqual(rowsFrom(0, total))
  })

  it('reads every byte of data once, in ranges of at most one batch, and headers only when opened', async () => {
    const source = await npyRowSource(paths)
    const counts = countFiles()
    await collectRows(source, { batchSize: 2 })
    const bytes = [5 * 12, 1 * 12, 7 * 24, 4 * 12].reduce((a, b) => a + b)
    expect(counts.reads.reduce((a, b) => a + b, 0)).toBe(bytes)
    // Two rows of float64 are the most that a batch of two rows can need.
    expect(Math.max(...counts.reads)).toBe(2 * columns * 8)
    // Shards without rows are not opened.
    expect(counts).toMatchObject({ opened: 4, closed: 4 })
  })

  it('closes the file on break', async () => {
    const source = await npyRowSource(paths)
    const counts = countFiles()
    for await (const _ of source.batches({ batchSize: 2 })) break
    expect(counts.reads).toEqual([2 * columns * 4])
    expect(counts).toMatchObject({ opened: 1, closed: 1 })
  })

  it('rejects with the reason of the signal before the next batch, and closes the file', async () => {
    const source = await npyRowSource(paths)
    const counts = countFiles()
    const controller = new AbortController()
    const reason = new Error('enough')
    let seen = 0
    const iterate = async (): Promise<void> => {
      for await (const _ of source.batches({ batchSize: 2, signal: controller.signal })) {
        seen++
        controller.abort(reason)
      }
    }
    await expect(iterate()).rejects.toBe(reason)
    expect(seen).toBe(1)
    expect(counts).toMatchObject({ opened: 1, closed: 1 })
  })

  it('can be iterated twice at the same time', async () => {
    const source = await npyRowSource(paths)
    const [a, b] = await Promise.all([collectRows(source, { batchSize: 3 }), collectRows(source, { batchSize: 4 })])
    expect(a.data).toEqual(b.data)
  })

  it('gathers rows across shards, of any element type', async () => {
    const source = await npyRowSource(paths)
    const rows = [0, 3, 4, 5, 7, 12, 13, 16]
    const { data, shape } = await source.gather!(Uint32Array.from(rows))
    expect(shape).toEqual([rows.length, columns])
    expect([...data]).toEqual(rows.flatMap((row) => [...rowsFrom(row, 1)]))
    expect((await source.gather!(new Uint32Array(0))).shape).toEqual([0, columns])
    expect((await source.gather!(Uint32Array.from({ length: total }, (_, i) => i))).data).toEqual(rowsFrom(0, total))
  })

  it('gathers neighbouring rows in one read, distant ones in reads of just their bytes, and opens only their files', async () => {
    const path = join(folder, 'wide.gather.npy')
    const wide = 1024
    await writeFile(
      path,
      encodeNpy(
        matrix(
          Float32Array.from({ length: 600 * wide }, (_, i) => i),
          600,
          wide,
        ),
      ),
    )
    const other = join(folder, 'wide.other.npy')
    await writeFile(other, encodeNpy(matrix(new Float32Array(3 * wide), 3, wide)))
    const source = await npyRowSource([path, other])
    const counts = countFiles()
    // Rows of 4 KiB. Neighbours; a gap of 16 rows, the largest that is read; a gap of 17; 257 rows would be more than 1 MiB.
    const rows = Uint32Array.of(10, 11, 12, 100, 117, 200, 218, 599)
    const { data } = await source.gather!(rows)
    for (const [i, row] of rows.entries()) {
      expect(data.subarray(i * wide, i * wide + 2)).toEqual(Float32Array.of(row * wide, row * wide + 1))
    }
    expect([...counts.reads].sort((a, b) => a - b)).toEqual([4096, 4096, 4096, 3 * 4096, 18 * 4096])
    expect(counts).toMatchObject({ opened: 1, closed: 1 })
    counts.reads.length = 0
    await source.gather!(Uint32Array.from({ length: 600 }, (_, i) => i))
    // 256 rows make 1 MiB.
    expect(counts.reads).toEqual([2 ** 20, 2 ** 20, 88 * 4096])
  })

  it('closes the file when a gathered row is missing, and when the signal aborts between reads', async () => {
    const path = join(folder, 'gather-shrinks.npy')
    const wide = 20_000
    await writeFile(path, encodeNpy(matrix(new Float32Array(60 * wide), 60, wide)))
    const source = await npyRowSource(path)
    const rows = Uint32Array.from({ length: 30 }, (_, i) => 2 * i)
    const counts = countFiles()
    const reason = new Error('enough')
    const controller = new AbortController()
    const gathered = source.gather!(rows, { signal: controller.signal })
    controller.abort(reason)
    await expect(gathered).rejects.toBe(reason)
    expect(counts).toMatchObject({ opened: 1, closed: 1 })
    await truncate(path, 128 + 20 * wide * 4)
    await expect(source.gather!(rows)).rejects.toMatchObject({ kind: 'format', source: path })
    expect(counts).toMatchObject({ opened: 2, closed: 2 })
    for (const wrong of [[3, 3], [4, 2], [60]]) {
      await expect(source.gather!(Uint32Array.from(wrong)), String(wrong)).rejects.toThrow(ParameterError)
    }
    expect(counts.opened).toBe(2)
  })

  it('takes one path', async () => {
    expect(await npyRowSource(paths[3] as string)).toMatchObject({ columns, rowCount: 7 })
  })

  it('rejects what cannot be one source', async () => {
    const write = async (name: string, bytes: Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), bytes)
      return join(folder, name)
    }
    const wide = await write('wide.npy', encodeNpy(matrix(new Float32Array(8), 2, 4)))
    const vector = await write('vector.npy', encodeNpy(tensor(new Float64Array(3), [3])))
    const empty = await write('empty.npy', encodeNpy(matrix(new Float32Array(0), 3, 0)))
    const text = Buffer.from(encodeNpy(matrix(new Float32Array(6), 2, 3))).toString('latin1')
    const fortran = await write('fortran.npy', Buffer.from(text.replace('False', 'True '), 'latin1'))
    await expect(npyRowSource([paths[0] as string, wide])).rejects.toThrow(
      `npy: shard must have 3 columns as ${paths[0]} has. Received 4 (${wide})`,
    )
    await expect(npyRowSource(vector)).rejects.toThrow(FormatError)
    await expect(npyRowSource(empty)).rejects.toThrow(FormatError)
    await expect(npyRowSource(fortran)).rejects.toThrow(UnsupportedError)
    await expect(npyRowSource([])).rejects.toThrow(ParameterError)
    await expect(npyRowSource(join(folder, 'none.npy'))).rejects.toThrow(NotFoundError)
    const source = await npyRowSource(paths)
    for (const batchSize of [0, -1, 1.5, Number.NaN]) {
      await expect(collectRows(source, { batchSize }), String(batchSize)).rejects.toThrow(ParameterError)
    }
  })

  it('rejects a shard that has become shorter since it was opened', async () => {
    const path = join(folder, 'shrinks.npy')
    await writeFile(path, encodeNpy(matrix(rowsFrom(0, 9), 9, columns)))
    const source = await npyRowSource(path)
    await truncate(path, 128 + 8 * columns * 4)
    await expect(collectRows(source, { batchSize: 4 })).rejects.toMatchObject({
      kind: 'format',
      source: path,
      offset: 224,
    })
  })
})

describe('readNpyFile', () => {
  it('reads what encodeNpy writes', async () => {
    expect(await readNpyFile(paths[0] as string)).toEqual({ data: rowsFrom(0, 5), shape: [5, 3] })
    expect((await readNpyFile(paths[3] as string)).data).toBeInstanceOf(Float64Array)
  })

  it('reads a header that is longer than the first read', async () => {
    const path = join(folder, 'axes.npy')
    const shape = new Array<number>(200).fill(1)
    await writeFile(path, encodeNpy(tensor(Float32Array.of(7), shape)))
    expect(await readNpyFile(path)).toEqual({ data: Float32Array.of(7), shape })
  })

  it('names a missing, a cut and a foreign file', async () => {
    const path = join(folder, 'cut.npy')
    await expect(readNpyFile(join(folder, 'none.npy'))).rejects.toThrow(NotFoundError)
    const bytes = encodeNpy(matrix(rowsFrom(0, 9), 9, columns))
    for (let length = 0; length < bytes.length; length += 7) {
      await writeFile(path, bytes.subarray(0, length))
      await expect(readNpyFile(path), `length ${length}`).rejects.toMatchObject({ kind: 'format', source: path })
    }
    await writeFile(path, 'id,rating\n')
    await expect(readNpyFile(path)).rejects.toThrow('npy: file must begin with')
  })
})
