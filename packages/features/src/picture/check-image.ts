import {
  assertRank,
  contiguousData,
  type Image,
  type NumericArray,
  NumericalError,
  ShapeError,
} from '@astronomaly/core'

/** An image's pixels, checked. */
export interface ImagePixels {
  /** Row-major `[height, width, channels]`; the caller's own memory where that is contiguous. */
  readonly data: NumericArray
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Number of values that are NaN. */
  readonly missing: number
}

/**
 * The pixels of `image` with its sizes.
 *
 * @param subject - Begins the messages.
 * @throws ShapeError when the rank is not 3 or a side is 0; NumericalError when a pixel is infinite.
 */
export function checkImage(subject: string, image: Image<NumericArray>): ImagePixels {
  assertRank(image, 3, subject)
  const [height, width, channels] = image.shape
  if (!(height > 0 && width > 0 && channels > 0)) {
    throw new ShapeError(`${subject}: image must have at least one pixel. Received shape [${image.shape}].`)
  }
  const data = contiguousData(image)
  let missing = 0
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!
    if (v - v === 0) continue
    if (Number.isNaN(v)) {
      missing++
    } else {
      const pixel = Math.floor(i / channels)
      throw new NumericalError(
        `${subject}: pixels must be finite or NaN. Received ${v} at x ${pixel % width}, y ${Math.floor(pixel / width)}, plane ${i % channels}.`,
      )
    }
  }
  return { data, height, width, channels, missing }
}
