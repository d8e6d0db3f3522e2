import { describe, expect, it } from 'vitest'
import { type InputRange, inputRangeOf } from '../../src/encoders/input-range.ts'

/** (x − mean)/deviation. */
const standardised = (mean: number, deviation: number) => ({ scale: 1 / deviation, offset: -mean / deviation })

/** The same after −1 … 1 was made 0 … `white`. */
const standardisedFromSigned = (mean: number, deviation: number, white = 1) => ({
  scale: white / 2 / deviation,
  offset: (white / 2 - mean) / deviation,
})

describe('the range of pixels', () => {
  it('is what the scale and the offset of a network fit', () => {
    const known: [InputRange, number, number][] = [
      [[0, 255], 1 / 255, 0],
      [[0, 255], 1 / 127.5, 0],
      [[0, 255], 1 / 127.5, -1],
      [[0, 255], 1 / 128, -1],
      [[0, 255], 1 / 255, -0.5],
      [[0, 255], 1 / 255, -0.449],
      [[0, 255], -1 / 255, 1],
      [[0, 255], -1, 255],
      [[0, 255], 1, -114.8],
      [[0, 255], 0.017, -0.017 * 114.8],
      [[0, 255], 1 / 58.4, -2.1],
      [[0, 65_535], 1 / 65_535, 0],
      [[0, 65_535], 1 / 32_767.5, -1],
      [[0, 1], 255, 0],
      [[0, 1], 255, -114.8],
      [[0, 1], 2, -1],
      [[0, 1], 1, -0.449],
      [[0, 1], -1, 1],
      [[-1, 1], 127.5, 127.5],
      [[-1, 1], 0.5, 0.5],
      [[-1, 1], 128, 128],
    ]
    for (const [range, scale, offset] of known) {
      expect(inputRangeOf({ scale, offset }), `${scale} x + ${offset}`).toEqual(range)
      const rounded = { scale: Math.fround(scale), offset: Math.fround(offset) }
      expect(inputRangeOf(rounded), `float32 ${scale} x + ${offset}`).toEqual(range)
    }
  })

  it('is that of pictures which can have the mean and the deviation', () => {
    expect(inputRangeOf(standardised(0.449, 0.226))).toEqual([0, 1])
    expect(inputRangeOf(standardised(0.1307, 0.3081))).toEqual([0, 1])
    expect(inputRangeOf(standardised(0.02, 0.07))).toEqual([0, 1])
    expect(inputRangeOf(standardised(114.5, 57.6))).toEqual([0, 255])
    expect(inputRangeOf(standardised(20, 30))).toEqual([0, 255])
    expect(inputRangeOf(standardised(20_000, 9000))).toEqual([0, 65_535])
  })

  it('is not known where no such picture has the mean and the deviation', () => {
    const dark: [number, number][] = [
      [2, 5],
      [3, 12],
      [1.2, 4],
      [0.3, 1.2],
      [100, 1000],
      [1000, 300],
      [70_000, 10],
      [-0.3, 0.6],
      [-0.95, 0.1],
    ]
    for (const [mean, deviation] of dark) {
      expect(inputRangeOf(standardised(mean, deviation)), `${mean}, ${deviation}`).toBeUndefined()
    }
  })

  it('is not taken for 0 … 1 where the network makes that of −1 … 1 and goes on', () => {
    for (const mean of [0.406, 0.485, 0.5, 0.55, 0.6]) {
      expect(inputRangeOf(standardisedFromSigned(mean, 0.229)), `${mean}`).toBeUndefined()
      expect(inputRangeOf(standardisedFromSigned(255 * mean, 58.4, 255)), `${255 * mean}`).toBeUndefined()
    }
    expect(inputRangeOf(standardisedFromSigned(114.8, 1, 255))).toBeUndefined()
  })

  it('is not known of a scale that may have been learned, or is no number', () => {
    for (const scale of [
      0.02,
      1 / 40,
      1 / 16,
      1 / 4095,
      0.5,
      1,
      1.3,
      20,
      127.5,
      0,
      -1,
      -1 / 255,
      Number.NaN,
      Infinity,
    ]) {
      expect(inputRangeOf({ scale, offset: 0 }), `${scale}`).toBeUndefined()
    }
    for (const offset of [0.5, 1, Number.NaN, Infinity]) {
      expect(inputRangeOf({ scale: 1, offset }), `x + ${offset}`).toBeUndefined()
    }
    expect(inputRangeOf({ scale: 0, offset: 1 })).toBeUndefined()
    expect(inputRangeOf({ scale: 0, offset: -1 })).toBeUndefined()
  })
})
