import { describeValue, ParameterError } from '@astronomaly/core'
import type { InputMeaning } from './network-graph.ts'

/** What black and white are to a network, such as [−1, 1]. */
export type InputRange = readonly [black: number, white: number]

/** `range` when it is two different finite numbers. @throws ParameterError */
export function checkInputRange(subject: string, range: unknown): InputRange {
  const [black, white] = Array.isArray(range) && range.length === 2 ? range : []
  if (!Number.isFinite(black) || !Number.isFinite(white) || black === white) {
    const received = Array.isArray(range) ? `[${describeValue(range)}]` : describeValue(range)
    throw new ParameterError(`${subject} must be two different finite numbers. Received ${received}.`)
  }
  return [black, white]
}

/** Pixels in [0, 1] as the network wants them, rounded to float32. */
export function toInputRange(pixels: Float32Array, [black, white]: InputRange): Float32Array {
  if (black === 0 && white === 1) return pixels
  const span = white - black
  return pixels.map((v) => black + v * span)
}

/** What pictures count to: whole, 8 bits, 16 bits. */
const whites = [1, 255, 65_535] as const

/** Networks round their constants, and have one for each channel. */
const slack = 1.05

/** Whether a number is one of these, up to the factor `within`. */
const isOneOf = (value: number, some: readonly number[], within = slack): boolean =>
  some.some((one) => value <= one * within && value >= one / within)

/** The range of a network that takes `middle` off, a mean of pictures or the half of white, and multiplies by `scale`. */
function rangeAround(middle: number, scale: number): InputRange | undefined {
  const white = whites.find((one) => middle <= one * slack && (one === 1 || middle >= one / 16))
  if (white === undefined) return undefined
  // Pixels of 0 … white whose mean is `middle` deviate from it by at most √(middle · (white − middle)).
  const isDeviation = slack * scale ** 2 * middle * (white - middle) >= 1
  return isDeviation || isOneOf(Math.abs(scale) * white, whites) ? [0, white] : undefined
}

/** The range of a network that only multiplies: it makes 1 of white, or 255 of 1. */
function rangeScaled(scale: number): InputRange | undefined {
  if (isOneOf(scale, [255, 65_535])) return [0, 1]
  if (isOneOf(1 / scale, [127.5, 255], 2)) return [0, 255]
  return isOneOf(1 / scale, [65_535], 2) ? [0, 65_535] : undefined
}

/**
 * The range that a network which begins with `scale` × pixel + `offset` takes: from 0 to 1, 255 or 65,535, or from −1 to 1.
 *
 * @returns Undefined where the two numbers fit none of these, or more than one: then nothing is known of its pixels.
 * @remarks What is taken off is the middle of the range or a mean of pictures, as in x/127.5 − 1 or (x − 0.485)/0.229; a scale alone
 * brings white to about 1; what is added brings −1 … 1 to 0 … 1 or 255, as in (x + 1)/2.
 */
export function inputRangeOf({ scale, offset }: InputMeaning): InputRange | undefined {
  const middle = -offset / scale
  if (middle > 0) return rangeAround(middle, scale)
  if (offset === 0) return rangeScaled(scale)
  return isOneOf(-middle, [1]) && isOneOf(2 * scale, whites) ? [-1, 1] : undefined
}

/** What a person should know who loads a network that does not say what its pixels are. */
export const unknownRangeMessage = (source: string): string =>
  `${source} does not say what it takes for black and white: 0 and 1 are assumed. The input range 0-255, or another, is an option.`
