import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { collectRows, FormatError, type Matrix, matrix, ParameterError, ShapeError } from '@astronomaly/core'
import { AtomicFile } from '@astronomaly/core/node'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { encodeNpy } from '../../src/npy/npy.ts'
import { npyRowSource } from '../../src/npy/npy-file.ts'
import { type NpyShardsOptions, openNpyShards } from '../../src/npy/npy-shards.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'npy-shards-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

let folders = 0
const newFolder = (): string => join(root, String(folders++))
const numbers = (rows: number, columns: number, from = 0): Matrix<Float32Array> =>
  matrix(
    Float32Array.from({ length: rows * columns }, (_, i) => (from * columns + i) / 7),
    rows,
    columns,
  )

describe('openNpyShards', () => {
  it('writes the files that numpy.save would, of exactly the rows asked for, and a short last one', async () => {
    const folder = newFolder()
    const writer = await openNpyShards(folder, { columns: 3, shardRows: 4 })
    await writer.append(numbers(3, 3))
    await writer.append(numbers(7, 3, 3))
    expect([writer.rowCount, writer.finishedRows]).toEqual([10, 8])
    const paths = await writer.close()
    expect(await readdir(folder)).toEqual(['00000.npy', '00001.npy', '00002.npy'])
    expect(new Uint8Array(await readFile(paths[0] as string))).toEqual(encodeNpy(numbers(4, 3)))
    expect(new Uint8Array(await readFile(paths[2] as string))).toEqual(encodeNpy(numbers(2, 3, 8)))
    expect((await collectRows(await npyRowSource(paths))).data).toEqual(numbers(10, 3).data)
  })

  it('names a shard .npy only when it is complete', async () => {
    const folder = newFolder()
    const writer = await openNpyShards(folder, { columns: 2, shardRows: 4 })
    await writer.append(numbers(6, 2))
    expect(await readdir(folder)).toEqual(['00000.npy', '00001.npy.part'])
    expect(writer.paths).toEqual([join(folder, '00000.npy')])
    await writer.close()
    expect(await readdir(folder)).toEqual(['00000.npy', '00001.npy'])
  })

  it('goes on after the finished shards, and drops what was left unfinished', async () => {
    const folder = newFolder()
    const first = await openNpyShards(folder, { columns: 2, shardRows: 4 })
    await first.append(numbers(4, 2))
    await first.close()
    await writeFile(join(folder, '00001.npy.part'), encodeNpy(numbers(2, 2)))
    const second = await openNpyShards(folder, { columns: 2, shardRows: 4 })
    expect([second.rowCount, second.finishedRows]).toEqual([4, 4])
    await second.append(numbers(5, 2, 4))
    const paths = await second.close()
    expect(await readdir(folder)).toEqual(['00000.npy', '00001.npy', '00002.npy'])
    expect((await collectRows(await npyRowSource(paths))).data).toEqual(numbers(9, 2).data)
  })

  it('gives the rows back however they are appended', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        async (sizes, shardRows) => {
          const writer = await openNpyShards(newFolder(), { columns: 2, shardRows })
          let from = 0
          // Not waited for one by one: the writer keeps their order.
          const all = sizes.map((size) => {
            const done = writer.append(numbers(size, 2, from))
            from += size
            return done
          })
          await Promise.all(all)
          const paths = await writer.close()
          expect(paths.length).toBe(Math.ceil(from / shardRows))
          if (from > 0) expect((await collectRows(await npyRowSource(paths))).data).toEqual(numbers(from, 2).data)
        },
      ),
      { seed: 11, numRuns: 40 },
    )
  })

  it('writes f64 as it is, and rounds to f32 otherwise', async () => {
    const rows = matrix(Float64Array.of(0.1, Number.NaN), 1, 2)
    const wide = await openNpyShards(newFolder(), { columns: 2, type: 'f8' })
    await wide.append(rows)
    expect(new Uint8Array(await readFile((await wide.close())[0] as string))).toEqual(encodeNpy(rows))
    const narrow = await openNpyShards(newFolder(), { columns: 2 })
    await narrow.append(rows)
    const rounded = matrix(Float32Array.of(0.1, Number.NaN), 1, 2)
    expect(new Uint8Array(await readFile((await narrow.close())[0] as string))).toEqual(encodeNpy(rounded))
  })

  it('writes a strided matrix by its rows', async () => {
    const writer = await openNpyShards(newFolder(), { columns: 2 })
    await writer.append({ data: Float32Array.of(1, 2, 3, 4), shape: [2, 2], stride: [1, 2], offset: 0 })
    expect((await collectRows(await npyRowSource(await writer.close()))).data).toEqual(Float32Array.of(1, 3, 2, 4))
  })

  it('drops the unfinished shard when abandoned', async () => {
    const folder = newFolder()
    const writer = await openNpyShards(folder, { columns: 1, shardRows: 2 })
    await writer.append(numbers(3, 1))
    await writer.abandon()
    expect(await readdir(folder)).toEqual(['00000.npy'])
    await expect(writer.append(numbers(1, 1))).rejects.toThrow(ParameterError)
  })

  it('leaves no unfinished shard when the last one cannot be given its name', async () => {
    const folder = newFolder()
    const writer = await openNpyShards(folder, { columns: 2, shardRows: 4 })
    await writer.append(numbers(3, 2))
    await mkdir(join(folder, '00000.npy'))
    await expect(writer.close()).rejects.toMatchObject({ kind: 'parameter', cause: { syscall: 'rename' } })
    expect(await readdir(folder)).toEqual(['00000.npy'])
    expect([writer.rowCount, await writer.close()]).toEqual([0, []])
  })

  it.each([1, 2])('leaves no unfinished shard when write %i to it fails', async (failing) => {
    const folder = newFolder()
    const writer = await openNpyShards(folder, { columns: 2, shardRows: 4 })
    await writer.append(numbers(4, 2))
    const discard = vi.spyOn(AtomicFile.prototype, 'discard')
    const write = vi.spyOn(AtomicFile.prototype, 'write')
    for (let i = 1; i < failing; i++) write.mockResolvedValueOnce()
    write.mockRejectedValueOnce(new RangeError('disk full'))
    try {
      await expect(writer.append(numbers(2, 2))).rejects.toThrow('disk full')
      expect(discard).toHaveBeenCalledTimes(1)
    } finally {
      vi.restoreAllMocks()
    }
    expect(await readdir(folder)).toEqual(['00000.npy'])
    await expect(writer.append(numbers(1, 2))).rejects.toThrow(ParameterError)
  })

  it('rejects rows of another width and wrong options, and takes no row then', async () => {
    const writer = await openNpyShards(newFolder(), { columns: 2 })
    await expect(writer.append(numbers(1, 3))).rejects.toThrow(ShapeError)
    await writer.append(numbers(1, 2))
    expect(await writer.close()).toHaveLength(1)
    expect(await writer.close()).toHaveLength(1)
    for (const options of [
      { columns: 0 },
      { columns: 1, shardRows: 0 },
      { columns: 1, type: 'i4' },
      { columns: 1, a: 1 },
    ]) {
      await expect(openNpyShards(newFolder(), options as NpyShardsOptions)).rejects.toThrow(ParameterError)
    }
  })

  it('rejects a folder whose shards have a gap, other columns, another type or damage', async () => {
    const shards: Record<string, Uint8Array>[] = [
      { '00001.npy': encodeNpy(numbers(1, 2)) },
      { '00000.npy': encodeNpy(numbers(1, 3)) },
      { '00000.npy': encodeNpy(matrix(new Float64Array(2), 1, 2)) },
      { '00000.npy': encodeNpy(numbers(2, 2)).subarray(0, 140) },
    ]
    for (const files of shards) {
      const folder = newFolder()
      await (await openNpyShards(folder, { columns: 2 })).close()
      for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes)
      await expect(openNpyShards(folder, { columns: 2 })).rejects.toThrow(FormatError)
    }
  })
})
