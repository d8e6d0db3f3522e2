/** Bins a pixel. */
const resolution = 4

/** Light within circles about a centre. */
export interface GrowthCurve {
  /** Radius of the largest circle. */
  readonly radius: number
  /** Light within `radius`; 0 ≤ r ≤ the largest radius. */
  within(radius: number): number
  /** Radius of the smallest circle that holds `light`; the largest radius when none does. */
  radiusOf(light: number): number
  /** Radius at which the surface brightness falls to `eta` of the mean within; undefined when it does not. */
  petrosian(eta: number): number | undefined
}

/**
 * @remarks A pixel is spread over its area: 5 × 5 points within 12 pixels of the centre, 2 × 2 within 30, one beyond. O(pixels).
 */
export function growthCurve(
  flux: Float64Array,
  height: number,
  width: number,
  x: number,
  y: number,
  radius: number,
): GrowthCurve {
  const bins = Math.max(1, Math.ceil(radius * resolution))
  const light = new Float64Array(bins + 1)
  const area = new Float64Array(bins + 1)
  const yTo = Math.min(height - 1, Math.floor(y + radius + 1))
  const xTo = Math.min(width - 1, Math.floor(x + radius + 1))
  for (let row = Math.max(0, Math.ceil(y - radius - 1)); row <= yTo; row++) {
    for (let column = Math.max(0, Math.ceil(x - radius - 1)); column <= xTo; column++) {
      const dx = column - x
      const dy = row - y
      const squared = dx * dx + dy * dy
      const parts = squared < 144 ? 5 : squared < 900 ? 2 : 1
      const share = 1 / (parts * parts)
      const v = flux[row * width + column]! * share
      for (let j = 0; j < parts; j++) {
        const sy = dy + (j + 0.5) / parts - 0.5
        for (let i = 0; i < parts; i++) {
          const sx = dx + (i + 0.5) / parts - 0.5
          const bin = 1 + Math.floor(resolution * Math.sqrt(sx * sx + sy * sy))
          if (bin > bins) continue
          light[bin] = light[bin]! + v
          area[bin] = area[bin]! + share
        }
      }
    }
  }
  for (let i = 1; i <= bins; i++) {
    light[i] = light[i]! + light[i - 1]!
    area[i] = area[i]! + area[i - 1]!
  }
  const last = bins / resolution
  return {
    radius: last,
    within(r) {
      const position = Math.min(bins, Math.max(0, r * resolution))
      const below = Math.min(bins - 1, Math.floor(position))
      return light[below]! + (light[below + 1]! - light[below]!) * (position - below)
    },
    radiusOf(wanted) {
      for (let i = 1; i <= bins; i++) {
        if (light[i]! >= wanted) {
          const step = light[i]! - light[i - 1]!
          return (i - 1 + (step > 0 ? Math.max(0, wanted - light[i - 1]!) / step : 0)) / resolution
        }
      }
      return last
    },
    petrosian(eta) {
      // Rings of one pixel, so that a ring holds enough pixels.
      const half = resolution / 2
      for (let i = resolution; i + half <= bins; i++) {
        const ring = (light[i + half]! - light[i - half]!) / (area[i + half]! - area[i - half]! || 1)
        if (ring < (eta * light[i]!) / area[i]!) return i / resolution
      }
      return undefined
    },
  }
}
