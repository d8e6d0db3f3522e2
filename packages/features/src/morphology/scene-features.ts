import type { ObjectPicture } from './object-picture.ts'
import type { ObjectWindow } from './object-window.ts'

export const sceneNames: readonly string[] = ['companions', 'near_light', 'second_light', 'edge']

/** Objects nearer than this many semi-major axes of the central one are its neighbours. */
const near = 3

/**
 * What stands around the central object.
 *
 * @returns One value a name of {@link sceneNames}: log2 of 1 + the number of other objects; light of the neighbours, and of the brightest
 * of them, as shares of theirs and the object's together, in [0, 1]; share of the picture's edge that the object lies on.
 */
export function sceneFeatures(picture: ObjectPicture, window: ObjectWindow): number[] {
  const { side, smooth, regions, objectLabel } = picture
  const { labels, count } = regions
  const x = window.x + window.left
  const y = window.y + window.top
  const light = new Float64Array(count + 1)
  const sx = new Float64Array(count + 1)
  const sy = new Float64Array(count + 1)
  let edge = 0
  for (let row = 0, p = 0; row < side; row++) {
    for (let column = 0; column < side; column++, p++) {
      const label = labels[p]!
      if (label === 0) continue
      const v = Math.max(0, smooth[p]!)
      light[label] = light[label]! + v
      sx[label] = sx[label]! + v * column
      sy[label] = sy[label]! + v * row
      if (label === objectLabel && (row === 0 || column === 0 || row === side - 1 || column === side - 1)) edge++
    }
  }
  let neighbours = 0
  let brightest = 0
  for (let label = 1; label <= count; label++) {
    if (label === objectLabel || light[label] === 0) continue
    if (Math.hypot(sx[label]! / light[label]! - x, sy[label]! / light[label]! - y) >= near * window.shape.major)
      continue
    neighbours += light[label]!
    brightest = Math.max(brightest, light[label]!)
  }
  const mine = light[objectLabel]!
  return [
    Math.log2(count),
    neighbours > 0 ? neighbours / (neighbours + mine) : 0,
    brightest > 0 ? brightest / (brightest + mine) : 0,
    edge / Math.max(1, 4 * (side - 1)),
  ]
}
