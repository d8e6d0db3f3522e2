import { createRandom, matrix, ShapeError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { nearestLabelDistance } from '../../src/index.ts'

/** The slow twin: every distance to the end, in double precision, in the order of the columns. */
function slowDistances(data: Float32Array, columns: number, labelled: Uint32Array): Float64Array {
  return Float64Array.from({ length: data.length / columns }, (_, i) => {
    const squares = Array.from(labelled, (row) => {
      let sum = 0
      for (let j = 0; j < columns; j++) sum += (data[i * columns + j]! - data[row * columns + j]!) ** 2
      return sum
    })
    return Math.sqrt(Math.min(...squares))
  })
}

describe('nearestLabelDistance', () => {
  it('is the exact distance to the nearest labelled row, 0 for labelled rows', async () => {
    const features = matrix(Float32Array.from([0, 0, 3, 4, 6, 8, 3, 5]), 4, 2)
    expect(Array.from(await nearestLabelDistance(features, Uint32Array.from([1])))).toEqual([5, 0, 5, 1])
    expect(Array.from(await nearestLabelDistance(features, Uint32Array.from([0, 2])))).toEqual([0, 5, 0, Math.sqrt(18)])
  })

  it.each([
    ['one column', 1, 700, 40, 1],
    ['as many as after PCA', 26, 1300, 90, 1],
    ['many columns', 130, 600, 33, 1],
    ['values of all sizes', 7, 600, 50, 1e12],
  ])('gives the bits of its slow twin, with and without threads: %s', async (_name, columns, count, labels, spread) => {
    const random = createRandom(columns, 'nearest-label-test')
    const data = Float32Array.from({ length: count * columns }, () => random.normal() * spread ** random.normal())
    // Rows that are equal, so that distances are, too.
    data.copyWithin(5 * columns, 0, 3 * columns)
    const labelled = random.sample(count, labels).sort()
    const slow = slowDistances(data, columns, labelled)
    const features = matrix(data, count, columns)
    expect(await nearestLabelDistance(features, labelled)).toEqual(slow)
    expect(await nearestLabelDistance(features, labelled, { workers: 2 })).toEqual(slow)
    for (const row of labelled) expect(slow[row]).toBe(0)
  })

  it('is 0 without columns and nothing without rows', async () => {
    expect(await nearestLabelDistance(matrix(new Float32Array(0), 3, 0), Uint32Array.of(1))).toEqual(
      new Float64Array(3),
    )
    expect(await nearestLabelDistance(matrix(new Float32Array(0), 0, 3), new Uint32Array(0))).toHaveLength(0)
  })

  it('rejects features of which none is labelled', async () => {
    await expect(nearestLabelDistance(matrix(new Float32Array(4), 2, 2), new Uint32Array(0))).rejects.toThrow(
      ShapeError,
    )
  })

  it.each([0, 2])('tells how far it is, and stops with the signal’s own reason, with %d workers', async (workers) => {
    const features = matrix(new Float32Array(4000), 2000, 2)
    const done: number[] = []
    await nearestLabelDistance(features, Uint32Array.of(7), {
      workers,
      onProgress: (progress) => {
        expect(progress).toMatchObject({ stage: 'nearest-label', total: 2000 })
        done.push(progress.done)
      },
    })
    expect(done).toEqual([512, 1024, 1536, 2000])
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = (): void => controller.abort(reason)
    const run = { workers, signal: controller.signal, onProgress }
    await expect(nearestLabelDistance(features, Uint32Array.of(7), run)).rejects.toBe(reason)
  })
})
