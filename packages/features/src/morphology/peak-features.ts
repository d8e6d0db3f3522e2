import type { ObjectWindow } from './object-window.ts'

export const peakNames: readonly string[] = ['intensity', 'peaks']

/**
 * How the light of an object is shared among its peaks: every pixel belongs to the peak that steepest ascent leads to.
 *
 * @returns One value a name of {@link peakNames}: light of the second brightest peak as a share of the brightest, and log2 of 1 + the
 * number of peaks with at least a twentieth of the brightest one's light.
 * @see Freeman et al. 2013, {@link https://doi.org/10.1093/mnras/stt1016}
 */
export function peakFeatures(window: ObjectWindow): number[] {
  const { smooth, pixels } = window
  const peakOf = climb(window)
  const light = new Float64Array(smooth.length)
  for (const p of pixels) light[peakOf[p]!]! += smooth[p]!
  let first = pixels[0]!
  for (const p of pixels) if (light[p]! > light[first]!) first = p
  let second = -1
  let peaks = 0
  for (const p of pixels) {
    if (peakOf[p] !== p) continue
    if (light[p]! >= 0.05 * light[first]!) peaks++
    if (p !== first && (second < 0 || light[p]! > light[second]!)) second = p
  }
  return [second >= 0 && light[first]! > 0 ? light[second]! / light[first]! : 0, Math.log2(1 + peaks)]
}

/** For every pixel of the object the peak at the end of its steepest ascent; of equally bright neighbours the later one is higher. */
function climb({ width, height, smooth, inside, pixels }: ObjectWindow): Int32Array {
  const next = new Int32Array(smooth.length)
  for (const p of pixels) {
    const y = Math.floor(p / width)
    const x = p - y * width
    let best = p
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++) {
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
        const q = ny * width + nx
        if (inside[q] === 1 && (smooth[q]! > smooth[best]! || (smooth[q] === smooth[best] && q > best))) best = q
      }
    }
    next[p] = best
  }
  // Every step goes up, so paths end; each pixel is pointed at its peak once the path is known.
  for (const p of pixels) {
    let peak = p
    while (next[peak] !== peak) peak = next[peak]!
    for (let q = p; q !== peak; ) {
      const up = next[q]!
      next[q] = peak
      q = up
    }
  }
  return next
}
