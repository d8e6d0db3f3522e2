import { checkNumber, type Image, image, type NumericArray, ParameterError } from '@astronomaly/core'
import { checkImage } from './check-image.ts'

/** Band names from blue to red, as far as they are known. */
const wavelengthOrder = ['u', 'b', 'g', 'v', 'r', 'i', 'z', 'y', 'j', 'h', 'k']

/**
 * The planes from blue to red.
 *
 * @param bands - Name of each plane: `r`, `g`, `b` of a rendered picture, or filters such as `g`, `r`, `z`; case and a
 * survey's prefix (`sdss_g`) do not matter.
 * @returns Plane numbers, bluest first. In `['r', 'g', 'b']` that is `[2, 1, 0]`.
 * @throws ParameterError when a name has no known place in the spectrum, or stands twice.
 */
export function planesBlueToRed(bands: readonly string[]): number[] {
  const names = bands.map((band) => band.toLowerCase().replace(/^.*[_.-]/, ''))
  const places = names.map((name) => wavelengthOrder.indexOf(name))
  const unknown = places.indexOf(-1)
  if (unknown >= 0) {
    throw new ParameterError(
      `bands: names must be among ${wavelengthOrder.join(', ')} to have an order in colour. Received '${bands[unknown]}'.`,
    )
  }
  if (new Set(places).size < places.length) {
    throw new ParameterError(`bands: names must differ. Received ${bands.join(', ')}.`)
  }
  return places.map((_, plane) => plane).sort((a, b) => places[a]! - places[b]!)
}

/**
 * Luma weights 0.299, 0.587, 0.114 on the reddest, middle and bluest of three planes, in the order of the planes.
 *
 * @throws ParameterError unless there are three bands with an order in colour.
 */
export function lumaWeights(bands: readonly string[]): number[] {
  if (bands.length !== 3) throw new ParameterError(`luma: needs 3 bands. Received ${bands.length}.`)
  const weights = new Array<number>(3)
  planesBlueToRed(bands).forEach((plane, i) => {
    weights[plane] = [0.114, 0.587, 0.299][i] as number
  })
  return weights
}

/**
 * One plane: the weighted sum of all planes divided by the sum of the weights.
 *
 * @param weights - One per plane, ≥ 0, not all 0; `'mean'` weighs them alike.
 * @returns f32 `[h, w, 1]`; NaN where a plane of non-zero weight is NaN.
 * @throws ShapeError when there is no pixel; ParameterError unless there is one weight a plane, ≥ 0 and not all 0; NumericalError when a
 * pixel is infinite.
 */
export function toGreyscale(
  input: Image<NumericArray>,
  weights: readonly number[] | 'mean' = 'mean',
): Image<Float32Array> {
  const { data, height, width, channels } = checkImage('toGreyscale', input)
  const share = weights === 'mean' ? new Array<number>(channels).fill(1) : weights
  if (share.length !== channels) {
    throw new ParameterError(`toGreyscale: needs ${channels} weights, one per plane. Received ${share.length}.`)
  }
  for (const weight of share) checkNumber('toGreyscale: weights', weight, { min: 0 })
  const sum = share.reduce((a, b) => a + b, 0)
  if (sum === 0) throw new ParameterError('toGreyscale: weights must not all be 0.')
  const out = new Float32Array(height * width)
  for (let i = 0; i < out.length; i++) {
    let total = 0
    for (let c = 0; c < channels; c++) {
      const weight = share[c]!
      if (weight !== 0) total += weight * data[i * channels + c]!
    }
    out[i] = total / sum
  }
  return image(out, height, width, 1)
}

/** The same plane `channels` times, for networks that take colour. f32 `[h, w, channels]`. @throws ParameterError */
export function repeatPlane(input: Image<NumericArray>, channels: number): Image<Float32Array> {
  const { data, height, width, channels: have } = checkImage('repeatPlane', input)
  checkNumber('repeatPlane: channels', channels, { min: 1, integer: true })
  if (have !== 1) throw new ParameterError(`repeatPlane: image must have 1 plane. Received ${have}.`)
  const out = new Float32Array(data.length * channels)
  for (let i = 0; i < data.length; i++) out.fill(data[i]!, i * channels, (i + 1) * channels)
  return image(out, height, width, channels)
}
