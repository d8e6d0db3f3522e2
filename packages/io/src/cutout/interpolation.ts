/**
 * How values between pixels are found.
 *
 * - `'nearest'`: the pixel that the place lies in, the upper one on a border.
 * - `'bilinear'`: triangle of radius 1.
 * - `'bicubic'`: Keys' cubic convolution with a = −1/2, radius 2.
 * - `'lanczos3'`: sinc(t) sinc(t / 3), radius 3.
 */
export type Interpolation = 'nearest' | 'bilinear' | 'bicubic' | 'lanczos3'

/** Reach of each kernel in pixels. */
const radii: Readonly<Record<Interpolation, number>> = { nearest: 0.5, bilinear: 1, bicubic: 2, lanczos3: 3 }

/** Weight of a pixel at a distance ≥ 0 from the place. */
const kernels: Readonly<Record<Exclude<Interpolation, 'nearest'>, (t: number) => number>> = {
  bilinear: (t) => (t < 1 ? 1 - t : 0),
  bicubic: (t) => {
    if (t < 1) return (1.5 * t - 2.5) * t * t + 1
    return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0
  },
  lanczos3: (t) => {
    if (t === 0) return 1
    // The sine of a multiple of π is not 0 in floating point.
    if (t >= 3 || Number.isInteger(t)) return 0
    return (3 * Math.sin(Math.PI * t) * Math.sin((Math.PI * t) / 3)) / (Math.PI * t) ** 2
  },
}

/** How much a kernel is widened for places so many pixels apart: not at all for next to one, which rounding may make of one. */
export function kernelWidth(step: number): number {
  return step > 1.001 ? step : 1
}

/** Pixels of one axis and their weights for one place. */
export interface Taps {
  /** The first pixel; −1 when the place is outside. */
  first: number
  count: number
  readonly weights: Float64Array
}

/** Room for the taps of one place, with kernels widened `wide` times. */
export function createTaps(kind: Interpolation, wide: number): Taps {
  return { first: -1, count: 0, weights: new Float64Array(2 * Math.ceil(radii[kind] * wide) + 2) }
}

/**
 * Finds the pixels of an axis that a place draws on, with weights whose sum is 1.
 *
 * @param place - Coordinate; pixel centres at integers. Outside below −0.5 and from `length` − 0.5 on.
 * @param wide - How many times kernels are widened, at least 1.
 * @remarks Beyond the edge the pixel at the edge is repeated. Pixels of weight 0 are left out: where a place is a pixel's centre,
 * that pixel alone counts.
 */
export function findTaps(kind: Interpolation, place: number, length: number, wide: number, taps: Taps): boolean {
  taps.first = -1
  taps.count = 0
  if (!(place >= -0.5 && place < length - 0.5)) return false
  const { weights } = taps
  if (kind === 'nearest') {
    taps.first = Math.floor(place + 0.5)
    taps.count = 1
    weights[0] = 1
    return true
  }
  const kernel = kernels[kind]
  const reach = radii[kind] * wide
  const from = Math.floor(place - reach) + 1
  const to = Math.ceil(place + reach)
  const low = Math.max(0, from)
  const high = Math.min(length - 1, to - 1)
  let sum = 0
  if (from === low && to - 1 === high) {
    for (let pixel = from; pixel < to; pixel++) {
      const weight = kernel(Math.abs(pixel - place) / wide)
      weights[pixel - from] = weight
      sum += weight
    }
  } else {
    weights.fill(0, 0, high - low + 1)
    for (let pixel = from; pixel < to; pixel++) {
      const weight = kernel(Math.abs(pixel - place) / wide)
      weights[Math.min(Math.max(pixel, low), high) - low]! += weight
      sum += weight
    }
  }
  let begin = 0
  let end = high - low + 1
  while (begin < end - 1 && weights[begin] === 0) begin++
  while (end > begin + 1 && weights[end - 1] === 0) end--
  for (let i = begin; i < end; i++) weights[i - begin] = weights[i]! / sum
  taps.first = low + begin
  taps.count = end - begin
  return true
}
