import ndarray from 'ndarray'
import { describe, expect, it } from 'vitest'
import {
  assertRank,
  contiguousData,
  image,
  isContiguous,
  matrix,
  rowRange,
  ShapeError,
  type Tensor,
  tensor,
} from '../src/index.ts'

describe('tensor', () => {
  it('is what a scijs ndarray is, so that one needs no copy', () => {
    const data = Float32Array.from({ length: 12 }, (_, i) => i)
    const a: Tensor<Float32Array> = ndarray(data, [3, 4])
    expect(a).toMatchObject({ stride: [4, 1], offset: 0 })
    expect(contiguousData(a).buffer).toBe(data.buffer)
    const transposed = ndarray(data, [3, 4]).transpose(1, 0)
    expect(isContiguous(transposed)).toBe(false)
    expect([...contiguousData(transposed)]).toEqual([0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
  })

  it('keeps memory when it takes rows', () => {
    const m = matrix(
      Float32Array.from({ length: 6 }, (_, i) => i),
      3,
      2,
    )
    const part = rowRange(m, 1, 3)
    expect(part.shape).toEqual([2, 2])
    expect([...contiguousData(part)]).toEqual([2, 3, 4, 5])
    expect(contiguousData(part).buffer).toBe(m.data.buffer)
    expect(() => rowRange(m, 2, 4)).toThrow(ShapeError)
  })

  it('rejects data that do not fill the shape', () => {
    expect(() => tensor(new Float32Array(5), [2, 3])).toThrow(
      'tensor: data must have 6 elements for shape [2,3]. Received 5.',
    )
    expect(() => tensor(new Float32Array(0), [-1, 0])).toThrow(ShapeError)
    expect(() => assertRank(image(new Float32Array(4), 2, 2), 2, 'f')).toThrow(
      'f: must have 2 axes. Received shape [2,2,1].',
    )
  })
})
