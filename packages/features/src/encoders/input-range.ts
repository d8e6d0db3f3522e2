import { ParameterError } from '@astronomaly/core'
import type { InputMeaning } from './network-graph.ts'

/** What black and white are to a network, such as [−1, 1]. */
export type InputRange = readonly [black: number, white: number]

/** `range` when it is two different finite numbers. @throws ParameterError */
export function checkInputRange(subject: string, range: InputRange): InputRange {
  const [black, white] = range
  if (range.length !== 2 || !Number.isFinite(black) || !Number.isFinite(white) || black === white) {
    throw new ParameterError(`${subject}: inputRange must be two different finite numbers. Received [${range}].`)
  }
  return range
}

/** Pixels in [0, 1] as the network wants them, rounded to float32. */
export function toInputRange(pixels: Float32Array, [black, white]: InputRange): Float32Array {
  if (black === 0 && white === 1) return pixels
  const span = white - black
  return pixels.map((v) => black + v * span)
}

/** What pictures count to: whole, 8 bits, 16 bits. */
const whites = [1, 255, 65_535] as const

/** From 0 to the one of {@link whites} that is nearest to a value, as a ratio; undefined when that is none of them. */
function rangeNear(value: number): InputRange | undefined {
  const distance = (white: number): number => Math.abs(Math.log(value / white))
  const white = whites.reduce((best, one) => (distance(one) < distance(best) ? one : best))
  // Networks that blow up pixels of 0 … 1 are common, such as those that make 0 … 255 of them.
  return value <= 1 || distance(white) < Math.log(8) ? [0, white] : undefined
}

/**
 * The range that a network which begins with `scale` × pixel + `offset` takes, from 0 to 1, 255 or 65,535.
 *
 * @returns Undefined where it does neither, or brings none of these to about 1: then nothing is known of its pixels.
 * @remarks What is taken off is the middle of the range, as in x/127.5 − 1 or (x − 0.485)/0.229; a scale alone brings white to about 1.
 */
export function inputRangeOf({ scale, offset }: InputMeaning): InputRange | undefined {
  const middle = -offset / scale
  if (Number.isFinite(middle) && middle > 0) return rangeNear(2 * middle)
  if (!(scale > 0) || !Number.isFinite(scale) || scale === 1) return undefined
  return rangeNear(1 / scale)
}

/** What a person should know who loads a network that does not say what its pixels are. */
export const unknownRangeMessage = (source: string): string =>
  `${source} does not say what it takes for black and white: 0 and 1 are assumed. The input range 0-255, or another, is an option.`
