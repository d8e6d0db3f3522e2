import { ParameterError } from '@astronomaly/core'

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
