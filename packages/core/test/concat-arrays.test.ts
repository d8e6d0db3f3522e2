import { expect, it } from 'vitest'
import { concatArrays } from '../src/concat-arrays.ts'

it('lays typed arrays of any kind one after the other', () => {
  const bytes: Uint8Array<ArrayBuffer> = concatArrays(Uint8Array, [Uint8Array.of(1, 2), Buffer.from([3])])
  expect(bytes).toEqual(Uint8Array.of(1, 2, 3))
  expect(concatArrays(Float64Array, [Float32Array.of(0.5), [2]])).toEqual(Float64Array.of(0.5, 2))
  expect(concatArrays(BigInt64Array, [BigInt64Array.of(-1n), [2n]])).toEqual(BigInt64Array.of(-1n, 2n))
})

it('gives fresh memory of one part, and nothing of none', () => {
  const part = Float32Array.of(1)
  expect(concatArrays(Float32Array, [part])).not.toBe(part)
  expect(concatArrays(Float32Array, [])).toEqual(new Float32Array(0))
})
