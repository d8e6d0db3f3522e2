import { ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { lumaWeights, planesBlueToRed, repeatPlane, toGreyscale } from '../../src/picture/greyscale.ts'
import { draw, stack } from '../pictures.ts'

const constant = (value: number) => draw(2, 2, () => value)

describe('planesBlueToRed', () => {
  it('orders rendered pictures and surveys by wavelength', () => {
    expect(planesBlueToRed(['r', 'g', 'b'])).toEqual([2, 1, 0])
    expect(planesBlueToRed(['g', 'r', 'z'])).toEqual([0, 1, 2])
    expect(planesBlueToRed(['SDSS_i', 'sdss-g', 'u'])).toEqual([2, 1, 0])
  })

  it('rejects names without a place in the spectrum, and the same name twice', () => {
    expect(() => planesBlueToRed(['g', 'x'])).toThrow("Received 'x'")
    expect(() => planesBlueToRed(['g', 'G'])).toThrow(ParameterError)
  })
})

describe('lumaWeights', () => {
  it('gives red 0.299, green 0.587 and blue 0.114 wherever the planes stand', () => {
    expect(lumaWeights(['r', 'g', 'b'])).toEqual([0.299, 0.587, 0.114])
    expect(lumaWeights(['b', 'g', 'r'])).toEqual([0.114, 0.587, 0.299])
    expect(lumaWeights(['g', 'r', 'z'])).toEqual([0.114, 0.587, 0.299])
    expect(lumaWeights(['z', 'r', 'g'])).toEqual([0.299, 0.587, 0.114])
    expect(() => lumaWeights(['g', 'r'])).toThrow(ParameterError)
  })
})

describe('toGreyscale', () => {
  it('weighs the planes and divides by the sum of the weights', () => {
    const picture = stack(constant(1), constant(2), constant(6))
    expect([...toGreyscale(picture).data]).toEqual([3, 3, 3, 3])
    expect(toGreyscale(picture, [2, 0, 2]).data[0]).toBe(3.5)
    // The sum 0.299 + 2 · 0.587 + 6 · 0.114, rounded to f32.
    expect(toGreyscale(picture, lumaWeights(['r', 'g', 'b'])).data[0]).toBeCloseTo(2.157, 6)
  })

  it('is missing where a plane that counts is', () => {
    const picture = stack(constant(Number.NaN), constant(2))
    expect(toGreyscale(picture).data[0]).toBeNaN()
    expect(toGreyscale(picture, [0, 1]).data[0]).toBe(2)
  })

  it('rejects weights that do not fit', () => {
    const picture = stack(constant(1), constant(2))
    for (const weights of [[1], [1, -1], [0, 0]]) expect(() => toGreyscale(picture, weights)).toThrow(ParameterError)
  })
})

describe('repeatPlane', () => {
  it('shows one plane several times', () => {
    expect([
      ...repeatPlane(
        draw(1, 2, (x) => x),
        3,
      ).data,
    ]).toEqual([0, 0, 0, 1, 1, 1])
    expect(() => repeatPlane(stack(constant(1), constant(2)), 3)).toThrow(ParameterError)
  })
})
