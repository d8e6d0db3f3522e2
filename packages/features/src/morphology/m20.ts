/** M20 of a point, and the least of any object: the brightest pixels hold less of the second moment than can be told. */
export const leastM20: number = -4

/**
 * log10 of the share that the pixels with the brightest fifth of the light have in the second moment of all the light, about its centre.
 *
 * @param flux - Row-major, `width` columns; negative values count as 0.
 * @param pixels - The places that belong to the object.
 * @returns In [−4, 0]: low for one bright centre, high for bright places far from each other.
 * @remarks The pixel with which the sum passes a fifth is not counted, unless it is the first or as bright as the last that is.
 * O(n log n).
 * @see Lotz, Primack & Madau 2004, {@link https://doi.org/10.1086/421849}, equation 8
 */
export function m20(flux: Float64Array, width: number, pixels: ArrayLike<number>): number {
  const n = pixels.length
  const light = new Float64Array(n)
  let total = 0
  let sx = 0
  let sy = 0
  for (let i = 0; i < n; i++) {
    const p = pixels[i]!
    const v = Math.max(0, flux[p]!)
    light[i] = v
    total += v
    sx += v * (p % width)
    sy += v * Math.floor(p / width)
  }
  if (!(total > 0)) return leastM20
  const cx = sx / total
  const cy = sy / total
  const limit = brightFifth(light, total)
  let all = 0
  let bright = 0
  for (let i = 0; i < n; i++) {
    const p = pixels[i]!
    const v = Math.max(0, flux[p]!)
    const moment = v * (((p % width) - cx) ** 2 + (Math.floor(p / width) - cy) ** 2)
    all += moment
    if (v >= limit) bright += moment
  }
  return bright > 0 ? Math.max(leastM20, Math.log10(bright / all)) : leastM20
}

/** The faintest value among the brightest whose sum stays below a fifth of `total`. */
function brightFifth(light: Float64Array, total: number): number {
  // Only values that can be among the brightest are sorted: those above some bound whose sum reaches the fifth.
  let bound = (4 * total) / light.length
  while (bound > 0 && sumAbove(light, bound) < 0.2 * total) bound = bound > total / light.length / 8 ? bound / 2 : 0
  const bright = light.filter((v) => v >= bound).sort()
  let i = bright.length - 1
  let sum = bright[i]!
  while (i > 0 && sum + bright[i - 1]! < 0.2 * total) sum += bright[--i]!
  return bright[i]!
}

function sumAbove(light: Float64Array, bound: number): number {
  let sum = 0
  for (let i = 0; i < light.length; i++) if (light[i]! >= bound) sum += light[i]!
  return sum
}
