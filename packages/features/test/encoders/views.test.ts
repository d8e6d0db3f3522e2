import { matrix, ParameterError, ShapeError, tensor } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { averageViews, squareViews } from '../../src/encoders/index.ts'

const square = tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 2, 1])

describe('squareViews', () => {
  it('turns anticlockwise by quarters, then does the same to the mirror image', () => {
    const { data, shape } = squareViews(square, 8)
    expect(shape).toEqual([8, 2, 2, 1])
    const views = Array.from({ length: 8 }, (_, i) => Array.from(data.subarray(i * 4, i * 4 + 4)))
    expect(views).toEqual([
      [1, 2, 3, 4],
      [2, 4, 1, 3],
      [4, 3, 2, 1],
      [3, 1, 4, 2],
      [2, 1, 4, 3],
      [1, 3, 2, 4],
      [3, 4, 1, 2],
      [4, 2, 3, 1],
    ])
  })

  it('keeps the views of a picture together and its channels in order', () => {
    const two = tensor(
      Float32Array.from({ length: 24 }, (_, i) => i),
      [2, 2, 2, 3],
    )
    const { data } = squareViews(two, 4)
    expect(Array.from(data.subarray(0, 12))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
    expect(Array.from(data.subarray(12, 24))).toEqual([3, 4, 5, 9, 10, 11, 0, 1, 2, 6, 7, 8])
    expect(Array.from(data.subarray(48, 60))).toEqual([12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23])
  })

  it('gives the same set of views for every view of a picture, NaN included', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.constantFrom(4, 8), fc.integer(), (side, views, salt) => {
        const pixels = Float32Array.from({ length: side * side }, (_, i) =>
          (i * 7919 + salt) % 11 === 0 ? Number.NaN : i,
        )
        const setOf = (data: Float32Array): string[] => {
          const seen = squareViews(tensor(data, [1, side, side, 1]), views as 4 | 8).data
          return Array.from({ length: views }, (_, i) =>
            seen.slice(i * side * side, (i + 1) * side * side).join(),
          ).sort()
        }
        const all = squareViews(tensor(pixels, [1, side, side, 1]), views as 4 | 8).data
        for (let i = 0; i < views; i++) {
          expect(setOf(all.slice(i * side * side, (i + 1) * side * side))).toEqual(setOf(pixels))
        }
      }),
      { seed: 4, numRuns: 60 },
    )
  })

  it('reads a strided batch as what it shows, and leaves it untouched', () => {
    const mirrored = {
      data: Float32Array.of(1, 2, 3, 4),
      shape: [1, 2, 2, 1] as const,
      stride: [4, 2, -1, 1],
      offset: 1,
    }
    expect(Array.from(squareViews(mirrored, 1).data)).toEqual([2, 1, 4, 3])
    expect(Array.from(squareViews(mirrored, 4).data.subarray(0, 4))).toEqual([2, 1, 4, 3])
    expect(Array.from(mirrored.data)).toEqual([1, 2, 3, 4])
  })

  it('rejects other numbers of views, pictures that are not square, and other ranks', () => {
    expect(() => squareViews(square, 2 as 4)).toThrow(ParameterError)
    const wide = tensor(new Float32Array(6), [1, 2, 3, 1])
    expect(() => squareViews(wide, 4)).toThrow(/not square. Received 4 for 2 x 3/)
    expect(squareViews(wide, 1).shape).toEqual([1, 2, 3, 1])
    expect(() => squareViews(tensor(new Float32Array(4), [2, 2, 1]) as never, 4)).toThrow(ShapeError)
  })
})

describe('averageViews', () => {
  it('is the mean of neighbouring rows', () => {
    const rows = matrix(Float32Array.of(1, 10, 2, 20, 3, 30, 6, 60, 5, 5, 5, 5, 5, 5, 5, 6), 8, 2)
    const { data, shape } = averageViews(rows, 4)
    expect(shape).toEqual([2, 2])
    expect(Array.from(data)).toEqual([3, 30, 5, 5.25])
  })

  it('rejects rows that are no multiple of the views', () => {
    expect(() => averageViews(matrix(new Float32Array(6), 3, 2), 4)).toThrow(ShapeError)
  })
})
