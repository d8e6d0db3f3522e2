import { NumericalError, ParameterError, ShapeError, tensor } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { createEncoder, type FeatureRunner } from '../../src/encoders/index.ts'

interface CountingRunner extends FeatureRunner {
  readonly batches: Float32Array[]
  disposals: number
}

/** Features: the picture's first pixel, and its first pixel times 10. */
function counting(batchSize: number, inputShape: [number, number, number] = [2, 2, 1]): CountingRunner {
  const size = inputShape[0] * inputShape[1] * inputShape[2]
  return {
    engine: 'counting 1.0',
    inputShape,
    featureCount: 2,
    batchSize,
    batches: [],
    disposals: 0,
    async run(pixels) {
      this.batches.push(pixels.slice())
      return Float32Array.from({ length: batchSize * 2 }, (_, i) => pixels[(i >> 1) * size]! * (i & 1 ? 10 : 1))
    },
    async dispose() {
      this.disposals++
    },
  }
}

const quarters = tensor(
  Float32Array.from({ length: 12 }, (_, i) => i / 16),
  [3, 2, 2, 1],
)

describe('createEncoder', () => {
  it('gives one row a picture from batches of the runner’s one size, the last filled up with black', async () => {
    const runner = counting(2)
    const rows = await createEncoder(runner, { method: 'm', hash: 'h' }).encode(quarters)
    expect(rows.shape).toEqual([3, 2])
    expect(Array.from(rows.data)).toEqual([0, 0, 0.25, 2.5, 0.5, 5])
    expect(runner.batches.map((batch) => batch.length)).toEqual([8, 8])
    expect(Array.from(runner.batches[1]!)).toEqual([0.5, 0.5625, 0.625, 0.6875, 0, 0, 0, 0])
  })

  it('averages over the views', async () => {
    for (const batchSize of [1, 3, 8]) {
      const encoder = createEncoder(counting(batchSize), { method: 'm', hash: 'h', views: 4 })
      const rows = await encoder.encode(quarters)
      // The four corners in turn.
      expect(Array.from(rows.data)).toEqual([0.09375, 0.9375, 0.34375, 3.4375, 0.59375, 5.9375])
    }
  })

  it('names method, weights, views and engine in its id', () => {
    expect(createEncoder(counting(1), { method: 'm', hash: 'h', views: 8 }).id).toBe('m/h/views-8/counting-1.0')
    expect(createEncoder(counting(1), { method: 'm', hash: 'h' }).id).toBe('m/h/views-1/counting-1.0')
  })

  it('encodes no pictures to no rows', async () => {
    const rows = await createEncoder(counting(2), { method: 'm', hash: 'h' }).encode(
      tensor(new Float32Array(0), [0, 2, 2, 1]),
    )
    expect(rows.shape).toEqual([0, 2])
  })

  it('rejects NaN, and values that are not in [0, 1], by picture', async () => {
    const encoder = createEncoder(counting(1), { method: 'm', hash: 'h' })
    for (const value of [Number.NaN, -0.001, 1.001, 255, Number.POSITIVE_INFINITY]) {
      const data = new Float32Array(8)
      data[6] = value
      const error = encoder.encode(tensor(data, [2, 2, 2, 1]))
      await expect(error).rejects.toThrow(NumericalError)
      await expect(error).rejects.toThrow(/in \[0, 1\]\. Received .* in picture 1/)
    }
  })

  it('rejects features that are not finite', async () => {
    const runner = { ...counting(1), run: async () => Float32Array.of(1, Number.NaN) }
    await expect(createEncoder(runner, { method: 'm', hash: 'h' }).encode(quarters)).rejects.toThrow(
      /Received NaN for picture 0/,
    )
  })

  it('rejects pictures of another size', async () => {
    const encoder = createEncoder(counting(1), { method: 'm', hash: 'h' })
    await expect(encoder.encode(tensor(new Float32Array(12), [1, 2, 2, 3]))).rejects.toThrow(ShapeError)
    await expect(encoder.encode(tensor(new Float32Array(4), [2, 2, 1]) as never)).rejects.toThrow(ShapeError)
  })

  it('rejects rotations of pictures that are not square', () => {
    expect(() => createEncoder(counting(1, [2, 3, 1]), { method: 'm', hash: 'h', views: 4 })).toThrow(ParameterError)
    expect(createEncoder(counting(1, [2, 3, 1]), { method: 'm', hash: 'h' }).inputShape).toEqual([2, 3, 1])
  })

  it('is disposed once, and encodes no more', async () => {
    const runner = counting(1)
    const encoder = createEncoder(runner, { method: 'm', hash: 'h' })
    await encoder.dispose()
    await encoder.dispose()
    expect(runner.disposals).toBe(1)
    await expect(encoder.encode(quarters)).rejects.toThrow(ParameterError)
  })
})
