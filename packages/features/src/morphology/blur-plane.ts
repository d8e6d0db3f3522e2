import { mirrorIndex } from '../picture/resample.ts'

/** A square plane convolved with a Gaussian of `sigma` pixels, cut at 3 sigma and mirrored about the outermost pixels. */
export function blurPlane(plane: Float64Array, side: number, sigma: number): Float64Array {
  const radius = Math.ceil(3 * sigma)
  const kernel = Float64Array.from({ length: radius + 1 }, (_, k) => Math.exp((-0.5 * k * k) / (sigma * sigma)))
  const sum = 2 * kernel.reduce((a, b) => a + b, 0) - kernel[0]!
  for (let k = 0; k <= radius; k++) kernel[k] = kernel[k]! / sum
  const near = mirrorTable(side, radius)
  const rows = new Float64Array(plane.length)
  for (let y = 0; y < side; y++) {
    const to = y * side
    for (let x = 0; x < side; x++) rows[to + x] = kernel[0]! * plane[to + x]!
    for (let k = 1; k <= radius; k++) {
      const weight = kernel[k]!
      const above = near[radius + y - k]! * side
      const below = near[radius + y + k]! * side
      for (let x = 0; x < side; x++) rows[to + x] = rows[to + x]! + weight * (plane[above + x]! + plane[below + x]!)
    }
  }
  const out = new Float64Array(plane.length)
  const line = new Float64Array(side + 2 * radius)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < line.length; x++) line[x] = rows[y * side + near[x]!]!
    for (let x = 0; x < side; x++) {
      let value = kernel[0]! * line[x + radius]!
      for (let k = 1; k <= radius; k++) value += kernel[k]! * (line[x + radius - k]! + line[x + radius + k]!)
      out[y * side + x] = value
    }
  }
  return out
}

/** For each place from −radius to side + radius − 1 the pixel that is seen there. */
function mirrorTable(side: number, radius: number): Int32Array {
  return Int32Array.from({ length: side + 2 * radius }, (_, i) => mirrorIndex(i - radius, side))
}
