import { createTaps, findTaps, type Interpolation, kernelWidth } from './interpolation.ts'

/** A rectangle of a picture in memory. */
export interface PixelBlock {
  readonly data: Float32Array | Float64Array
  /** Column and row of its first pixel in the picture. */
  readonly x0: number
  readonly y0: number
  readonly width: number
  readonly height: number
}

/** Where pixels go: channel `channel` of an image of `channels`. */
export interface ResampleTarget {
  readonly out: Float32Array<ArrayBuffer>
  readonly channels: number
  readonly channel: number
}

/** Taps of equally spaced places along one axis. */
export interface AxisPlan {
  readonly count: number
  /** First pixel of each place, −1 outside. */
  readonly first: Int32Array
  readonly taps: Uint16Array
  /** `stride` weights for each place. */
  readonly weights: Float64Array
  readonly stride: number
  /** Most pixels that a place draws on. */
  readonly most: number
  /** Pixels that any place draws on: `[from, to)`, empty when all places are outside. */
  readonly from: number
  readonly to: number
}

/** The taps of `count` places from `start` on, `step` pixels apart, on an axis of `length` pixels. */
export function planAxis(
  kind: Interpolation,
  start: number,
  step: number,
  count: number,
  length: number,
  smooth: boolean,
): AxisPlan {
  if (kind === 'nearest') return planNearest(start, step, count, length)
  const widen = smooth ? kernelWidth(step) : 1
  const taps = createTaps(kind, widen)
  const stride = taps.weights.length
  const plan = {
    count,
    first: new Int32Array(count),
    taps: new Uint16Array(count),
    weights: new Float64Array(count * stride),
    stride,
    most: 0,
    from: length,
    to: 0,
  }
  for (let i = 0; i < count; i++) {
    findTaps(kind, start + i * step, length, widen, taps)
    plan.first[i] = taps.first
    plan.taps[i] = taps.count
    plan.most = Math.max(plan.most, taps.count)
    if (taps.first < 0) continue
    plan.weights.set(taps.weights.subarray(0, taps.count), i * stride)
    plan.from = Math.min(plan.from, taps.first)
    plan.to = Math.max(plan.to, taps.first + taps.count)
  }
  return plan
}

/** {@link planAxis} where one pixel of weight 1 is all that a place draws on. */
function planNearest(start: number, step: number, count: number, length: number): AxisPlan {
  const first = new Int32Array(count).fill(-1)
  const taps = new Uint16Array(count)
  let [from, to] = [length, 0]
  for (let i = 0; i < count; i++) {
    const place = start + i * step
    if (!(place >= -0.5 && place < length - 0.5)) continue
    const pixel = Math.floor(place + 0.5)
    first[i] = pixel
    taps[i] = 1
    if (pixel < from) from = pixel
    if (pixel >= to) to = pixel + 1
  }
  return { count, first, taps, weights: new Float64Array(count).fill(1), stride: 1, most: to > 0 ? 1 : 0, from, to }
}

/** Places outside of an axis. */
export function outsideCount(plan: AxisPlan): number {
  let outside = 0
  for (const first of plan.first) if (first < 0) outside++
  return outside
}

/**
 * Resamples a block at the crossings of two axes; NaN outside, and where a missing pixel is drawn on.
 *
 * @remarks First along rows, then along columns, in double precision, rounded once.
 */
export function resampleGrid(block: PixelBlock, x: AxisPlan, y: AxisPlan, target: ResampleTarget): void {
  const { data, width, height, x0, y0 } = block
  const { out, channels, channel } = target
  if (x.most <= 1 && y.most <= 1) {
    copyGrid(block, x, y, target)
    return
  }
  const columns = x.count
  const { first, taps, weights, stride } = x
  const rows = scratch(height * columns)
  for (let row = 0; row < height; row++) {
    const base = row * width - x0
    const line = row * columns
    for (let i = 0; i < columns; i++) {
      const at = base + first[i]!
      const own = i * stride
      const count = taps[i]!
      let sum = count === 0 ? Number.NaN : weights[own]! * data[at]!
      for (let k = 1; k < count; k++) sum += weights[own + k]! * data[at + k]!
      rows[line + i] = sum
    }
  }
  const line = new Float64Array(columns)
  for (let j = 0; j < y.count; j++) {
    const count = y.taps[j]!
    if (count === 0) line.fill(Number.NaN)
    for (let k = 0; k < count; k++) {
      const weight = y.weights[j * y.stride + k]!
      const at = (y.first[j]! + k - y0) * columns
      if (k === 0) for (let i = 0; i < columns; i++) line[i] = weight * rows[at + i]!
      else for (let i = 0; i < columns; i++) line[i]! += weight * rows[at + i]!
    }
    let place = j * columns * channels + channel
    for (let i = 0; i < columns; i++, place += channels) out[place] = line[i]!
  }
}

/** Whether the pixels that are read are the channel, one after another: they can be read right into it. */
export function isCopy(x: AxisPlan, y: AxisPlan, { out, channels }: ResampleTarget): boolean {
  const [columns, rows] = [x.to - x.from, y.to - y.from]
  return (
    x.most <= 1 &&
    y.most <= 1 &&
    channels === 1 &&
    columns === x.count &&
    rows === y.count &&
    rows * columns === out.length
  )
}

/** Elements that are kept from call to call. */
const longestScratch = 2 ** 20
let kept: Float64Array | undefined

/** Memory whose content does not outlive the call: nothing is awaited while it is in use. */
function scratch(length: number): Float64Array {
  if (length > longestScratch) return new Float64Array(length)
  if (!kept || kept.length < length) kept = new Float64Array(length)
  return kept
}

/** {@link resampleGrid} where one pixel of weight 1 is all that a place draws on. */
function copyGrid({ data, width, x0, y0 }: PixelBlock, x: AxisPlan, y: AxisPlan, target: ResampleTarget): void {
  const { out, channels, channel } = target
  if (data === out) return
  const together = channels === 1 && x.to - x.from === x.count && x.first[0] === x.from
  let place = channel
  for (let j = 0; j < y.count; j++) {
    const base = y.first[j]! < 0 ? -1 : (y.first[j]! - y0) * width
    if (together && base >= 0) {
      const at = base + x.from - x0
      out.set(data.subarray(at, at + x.count), place)
      place += x.count
      continue
    }
    for (let i = 0; i < x.count; i++, place += channels) {
      const column = x.first[i]!
      out[place] = column < 0 || base < 0 ? Number.NaN : data[base + column - x0]!
    }
  }
}

/** Places one by one: those of an image whose rows and columns run otherwise than the picture's. */
export interface ScatteredPlaces {
  readonly x: Float64Array
  readonly y: Float64Array
  /** How many times kernels are widened. */
  readonly wide: number
}

/** Pixels of a picture that some places draw on; `undefined` when all are outside. */
export function reachOfPlaces(
  kind: Interpolation,
  { x, y, wide }: ScatteredPlaces,
  width: number,
  height: number,
): { readonly x: readonly [number, number]; readonly y: readonly [number, number] } | undefined {
  const reach = createTaps(kind, wide).weights.length / 2
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity]
  for (let i = 0; i < x.length; i++) {
    const [px, py] = [x[i]!, y[i]!]
    if (!(px >= -0.5 && px < width - 0.5 && py >= -0.5 && py < height - 0.5)) continue
    left = Math.min(left, px)
    right = Math.max(right, px)
    low = Math.min(low, py)
    high = Math.max(high, py)
  }
  if (left > right) return undefined
  return {
    x: [Math.max(0, Math.floor(left - reach)), Math.min(width, Math.ceil(right + reach) + 1)],
    y: [Math.max(0, Math.floor(low - reach)), Math.min(height, Math.ceil(high + reach) + 1)],
  }
}

/** Resamples a block at places. @returns How many of them lie outside the picture of `width` × `height`. */
export function resamplePlaces(
  kind: Interpolation,
  block: PixelBlock,
  places: ScatteredPlaces,
  size: { readonly width: number; readonly height: number },
  { out, channels, channel }: ResampleTarget,
): number {
  const { x, y, wide } = places
  const [along, down] = [createTaps(kind, wide), createTaps(kind, wide)]
  let outside = 0
  for (let i = 0; i < x.length; i++) {
    const inside = findTaps(kind, x[i]!, size.width, wide, along) && findTaps(kind, y[i]!, size.height, wide, down)
    if (!inside) outside++
    let sum = Number.NaN
    if (inside) {
      sum = 0
      for (let r = 0; r < down.count; r++) {
        const at = (down.first + r - block.y0) * block.width + along.first - block.x0
        let row = 0
        for (let k = 0; k < along.count; k++) row += along.weights[k]! * block.data[at + k]!
        sum += down.weights[r]! * row
      }
    }
    out[i * channels + channel] = sum
  }
  return outside
}
