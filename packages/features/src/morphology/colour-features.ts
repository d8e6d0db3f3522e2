import { boxMean } from './box-mean.ts'
import type { LightFeatures } from './light-features.ts'
import type { ObjectWindow } from './object-window.ts'

export const colourNames: readonly string[] = ['colour', 'colour_middle', 'colour_gradient', 'colour_asymmetry']

/**
 * Colours as shares of light, in the order of the planes, so that no unit matters.
 *
 * @returns One value a name of {@link colourNames}. The colour is first / (first + last) plane, over the object, in [0, 1], ½ where there is
 * no light; the middle plane against the mean of those two likewise; the colour within the half-light radius less the colour outside; and
 * how much the deviations from the colour, over 3 × 3 pixels and weighted by light, differ across the centre.
 * One plane has no colour: ½, ½, 0, 0.
 */
export function colourFeatures(window: ObjectWindow, { centre, halfLight }: LightFeatures): number[] {
  const { bands, pixels, width, height } = window
  if (bands.length < 2) return [0.5, 0.5, 0, 0]
  const first = boxMean(bands[0]!, height, width, 1)
  const last = boxMean(bands[bands.length - 1]!, height, width, 1)
  const middle = bands[bands.length >> 1]!
  let innerFirst = 0
  let innerLast = 0
  let allFirst = 0
  let allLast = 0
  let allMiddle = 0
  for (const p of pixels) {
    first[p] = Math.max(0, first[p]!)
    last[p] = Math.max(0, last[p]!)
    allFirst += first[p]!
    allLast += last[p]!
    allMiddle += Math.max(0, middle[p]!)
    if (((p % width) - centre.x) ** 2 + (Math.floor(p / width) - centre.y) ** 2 < halfLight ** 2) {
      innerFirst += first[p]!
      innerLast += last[p]!
    }
  }
  const colour = share(allFirst, allLast)
  const deviation = new Float64Array(width * height)
  for (const p of pixels) deviation[p] = first[p]! - colour * (first[p]! + last[p]!)
  let across = 0
  for (const p of pixels) {
    const x = 2 * centre.x - (p % width)
    const y = 2 * centre.y - Math.floor(p / width)
    const opposite = x >= 0 && y >= 0 && x < width && y < height ? deviation[y * width + x]! : 0
    across += Math.abs(deviation[p]! - opposite)
  }
  const total = allFirst + allLast
  return [
    colour,
    share(allMiddle, total / 2),
    innerFirst + innerLast > 0 && total > innerFirst + innerLast
      ? share(innerFirst, innerLast) - share(allFirst - innerFirst, allLast - innerLast)
      : 0,
    total > 0 ? across / total : 0,
  ]
}

function share(a: number, b: number): number {
  return a + b > 0 ? a / (a + b) : 0.5
}
