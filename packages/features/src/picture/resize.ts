import {
  checkNumber,
  choiceOption,
  flagOption,
  type Image,
  image,
  type NumericArray,
  resolveOptions,
} from '@astronomaly/core'
import { checkImage } from './check-image.ts'
import { type AxisMap, applyMap, areaMap, composeMaps, gaussianMap, splineCoefficients, splineMap } from './resample.ts'

/** How values between pixel centres are made. */
export type ResizeMethod = 'bilinear' | 'bicubic' | 'area'

/** How {@link resize} samples. */
export interface ResizeOptions {
  /**
   * `'bilinear'`; `'bicubic'`, the cubic B-spline through the pixels; or `'area'`, the mean over each output pixel's area,
   * which needs no prefilter.
   * @defaultValue 'bilinear'
   */
  readonly method?: ResizeMethod | undefined
  /**
   * Blur with a Gaussian of sigma (factor − 1)/2 along every axis that shrinks by `factor` > 1.
   * @defaultValue true
   */
  readonly antialias?: boolean | undefined
}

const rules = {
  method: choiceOption(['bilinear', 'bicubic', 'area'], 'bilinear'),
  antialias: flagOption(true),
}

/**
 * An image of another size over the same field: outer edges coincide.
 *
 * @param input - `[h, w, c]`. A NaN spreads to every output pixel that it touches.
 * @param height - Rows of the result, an integer ≥ 1.
 * @param width - Columns of the result, an integer ≥ 1.
 * @returns f32 `[height, width, c]`, within the range of the input's values.
 * @throws ShapeError, ParameterError
 * @remarks Equals scikit-image's `resize(image, shape, order=1 | 3, mode='reflect', anti_aliasing=antialias)` to 1e-5 of the
 * range. Separable: O(output pixels × (2 + 8 sigma)) per axis.
 */
export function resize(
  input: Image<NumericArray>,
  height: number,
  width: number,
  options: ResizeOptions = {},
): Image<Float32Array> {
  const { method, antialias } = resolveOptions('resize', options, rules)
  checkNumber('resize: height', height, { min: 1, integer: true })
  checkNumber('resize: width', width, { min: 1, integer: true })
  const { data, height: h, width: w, channels: c } = checkImage('resize', input)
  if (h === height && w === width) return image(Float32Array.from(data), h, w, c)

  let pixels: Float64Array = Float64Array.from(data)
  if (method === 'bicubic') {
    if (antialias && h > height) pixels = applyMap(pixels, 1, h, w * c, gaussianMap(h, (h / height - 1) / 2))
    if (antialias && w > width) pixels = applyMap(pixels, h, w, c, gaussianMap(w, (w / width - 1) / 2))
    splineCoefficients(pixels, 1, h, w * c)
    splineCoefficients(pixels, h, w, c)
  }
  pixels = applyMap(pixels, 1, h, w * c, axisMap(method, h, height, antialias))
  pixels = applyMap(pixels, height, w, c, axisMap(method, w, width, antialias))
  const out = Float32Array.from(pixels)
  if (method === 'bicubic') limitToRange(out, data)
  return image(out, height, width, c)
}

/** Unit vectors that are resized at a time. */
const unitVectors = 64

/**
 * Standard deviation of a pixel after {@link resize} of a square picture of uncorrelated noise of standard deviation 1, the mean over all
 * pixels.
 *
 * @remarks Unit vectors are resized along one axis. O(side × size × taps).
 */
export function resizedNoise(side: number, size: number, method: ResizeMethod): number {
  if (side === size) return 1
  const squares = new Float64Array(size)
  const map = axisMap(method, side, size, true)
  for (let from = 0; from < side; from += unitVectors) {
    const n = Math.min(unitVectors, side - from)
    let units: Float64Array = new Float64Array(side * n)
    for (let i = 0; i < n; i++) units[(from + i) * n + i] = 1
    if (method === 'bicubic') {
      if (side > size) units = applyMap(units, 1, side, n, gaussianMap(side, (side / size - 1) / 2))
      splineCoefficients(units, 1, side, n)
    }
    units = applyMap(units, 1, side, n, map)
    for (let i = 0; i < units.length; i++) squares[Math.floor(i / n)]! += units[i]! ** 2
  }
  const mean = squares.reduce((sum, s) => sum + Math.sqrt(s), 0) / size
  return mean * mean
}

function axisMap(method: ResizeMethod, n: number, out: number, antialias: boolean): AxisMap {
  if (method === 'area') return areaMap(n, out)
  if (method === 'bicubic') return splineMap(n, out, 3)
  const map = splineMap(n, out, 1)
  return antialias && n > out ? composeMaps(map, gaussianMap(n, (n / out - 1) / 2)) : map
}

function limitToRange(out: Float32Array, data: NumericArray): void {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!
    if (v < low) low = v
    if (v > high) high = v
  }
  for (let i = 0; i < out.length; i++) {
    if (out[i]! < low) out[i] = low
    else if (out[i]! > high) out[i] = high
  }
}
