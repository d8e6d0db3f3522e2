import type { ObjectWindow } from './object-window.ts'

/** Rings, in eighths of the object's semi-major axis, and points on each. */
const rings = 8
const points = 48
const orders = [1, 2, 3, 4] as const
/** Orders that are told for the outer rings too. */
const outerOrders = [2, 3] as const
/** Rings at which the profile is told. */
const profileRings = [2, 4, 6, 8] as const

export const polarNames: readonly string[] = [
  ...orders.map((m) => `fourier_${m}_inner`),
  ...outerOrders.map((m) => `fourier_${m}_outer`),
  ...profileRings.map((ring) => `profile_${ring}`),
]

/**
 * Light on ellipses of the object's shape about its centre of symmetry.
 *
 * @returns One value a name of {@link polarNames}: amplitude of the m-th Fourier component as a share of the mean, averaged over the
 * inner (¼ … ½ of the semi-major axis) and outer rings (⅝ … 1), in [0, 2]; and brightness of a ring as a share of the mean within it, at most 3.
 */
export function polarFeatures(window: ObjectWindow, centre: { readonly x: number; readonly y: number }): number[] {
  const { shape, smooth, width, height } = window
  const cos = Math.cos(shape.angle)
  const sin = Math.sin(shape.angle)
  const flat = Math.max(0.25, shape.minor / shape.major)
  const means: number[] = []
  const amplitudes = orders.map(() => [] as number[])
  for (let ring = 1; ring <= rings; ring++) {
    const radius = (ring / 8) * shape.major
    let sum = 0
    const re = orders.map(() => 0)
    const im = orders.map(() => 0)
    for (let j = 0; j < points; j++) {
      const phi = (2 * Math.PI * j) / points
      const u = radius * Math.cos(phi)
      const v = flat * radius * Math.sin(phi)
      const value = bilinear(smooth, height, width, centre.x + u * cos - v * sin, centre.y + u * sin + v * cos)
      sum += value
      for (const [i, m] of orders.entries()) {
        re[i]! += value * Math.cos(m * phi)
        im[i]! += value * Math.sin(m * phi)
      }
    }
    means.push(sum / points)
    for (const [i, amplitude] of amplitudes.entries()) {
      amplitude.push(sum > 0 ? (2 * Math.hypot(re[i]!, im[i]!)) / sum : 0)
    }
  }
  return [
    ...amplitudes.map((amplitude) => mean(amplitude, 1, 4)),
    ...outerOrders.map((m) => mean(amplitudes[orders.indexOf(m)]!, 4, 8)),
    ...profileRings.map((ring) => againstWithin(means, ring)),
  ]
}

function mean(values: readonly number[], from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += values[i]!
  return sum / (to - from)
}

/** Brightness of a ring as a share of the mean brightness of all rings up to it, by area. */
function againstWithin(means: readonly number[], ring: number): number {
  let light = 0
  let area = 0
  for (let k = 1; k <= ring; k++) {
    light += means[k - 1]! * k
    area += k
  }
  return light > 0 ? Math.min(3, (means[ring - 1]! * area) / light) : 0
}

function bilinear(plane: Float64Array, height: number, width: number, x: number, y: number): number {
  const left = Math.floor(x)
  const top = Math.floor(y)
  const s = x - left
  const t = y - top
  const at = (column: number, row: number): number =>
    column < 0 || row < 0 || column >= width || row >= height ? 0 : plane[row * width + column]!
  return (
    (1 - t) * ((1 - s) * at(left, top) + s * at(left + 1, top)) +
    t * ((1 - s) * at(left, top + 1) + s * at(left + 1, top + 1))
  )
}
