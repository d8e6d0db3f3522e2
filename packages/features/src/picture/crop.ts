import { checkNumber, type Image, image, type NumericArray } from '@astronomaly/core'
import { checkImage } from './check-image.ts'
import { type ResizeOptions, resize } from './resize.ts'

/**
 * The central part of an image.
 *
 * @param fraction - Of each side, in (0, 1]; rounded so that as many pixels come off one edge as off the other, which keeps the centre
 * where it was; at least 1 or 2 pixels stay.
 * @returns f32 `[h', w', c]`.
 * @throws ShapeError, ParameterError, NumericalError when a pixel is infinite.
 */
export function centreCrop(input: Image<NumericArray>, fraction: number): Image<Float32Array> {
  checkNumber('centreCrop: fraction', fraction, { above: 0, max: 1 })
  const { data, height, width, channels } = checkImage('centreCrop', input)
  return cropTo(data, height, width, channels, keptSide(height, fraction), keptSide(width, fraction))
}

function keptSide(side: number, fraction: number): number {
  const kept = side - 2 * Math.round((side * (1 - fraction)) / 2)
  return kept > 0 ? kept : kept + 2
}

/**
 * The largest central square. f32 `[s, s, c]`; where an odd number of pixels is cut off, the extra one comes off the far edge.
 *
 * @throws ShapeError, NumericalError when a pixel is infinite.
 */
export function centreSquare(input: Image<NumericArray>): Image<Float32Array> {
  const { data, height, width, channels } = checkImage('centreSquare', input)
  const side = Math.min(height, width)
  return cropTo(data, height, width, channels, side, side)
}

/**
 * Enlarges about the centre: the central 1/`factor` of each side, resized back to the size of the input.
 *
 * @param factor - ≥ 1.
 * @returns f32, the shape of the input.
 * @throws ShapeError, ParameterError, NumericalError when a pixel is infinite.
 */
export function zoom(input: Image<NumericArray>, factor: number, options: ResizeOptions = {}): Image<Float32Array> {
  checkNumber('zoom: factor', factor, { min: 1 })
  return resize(centreCrop(input, 1 / factor), input.shape[0], input.shape[1], options)
}

/** The central part of pixels that are checked already. */
export function cropTo(
  data: NumericArray,
  height: number,
  width: number,
  channels: number,
  rows: number,
  columns: number,
): Image<Float32Array> {
  const top = (height - rows) >> 1
  const left = (width - columns) >> 1
  const out = new Float32Array(rows * columns * channels)
  for (let y = 0; y < rows; y++) {
    const from = ((top + y) * width + left) * channels
    out.set(data.subarray(from, from + columns * channels), y * columns * channels)
  }
  return image(out, rows, columns, channels)
}
