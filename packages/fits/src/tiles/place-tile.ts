import type { PixelArray, PixelScaling } from '../image/decode-pixels.ts'
import { scalePixels } from '../image/decode-pixels.ts'
import type { FitsSection } from '../image/image-section.ts'
import type { TilePixels } from '../tile-codecs/compressed-tile.ts'
import type { TilePlace } from './tile-plan.ts'

/** Up to this length a loop copies a row faster than `set`. */
const shortRow = 48

/**
 * Writes the pixels of a tile that lie in a section to their places.
 *
 * @param out - The section, row-major.
 * @param section - `[from, to)`, fastest axis first.
 * @param scaling - Applied on the way, when given.
 */
export function placeTile(
  pixels: TilePixels,
  { origin, extent }: TilePlace,
  out: PixelArray,
  section: FitsSection,
  scaling: PixelScaling | undefined,
): void {
  const axes = origin.map((start, axis) => {
    const [from, to] = section[axis]!
    const first = Math.max(start, from)
    return { first, count: Math.min(start + extent[axis]!, to) - first, tile: first - start, out: first - from }
  })
  let fromStep = 1
  let toStep = 1
  let from = 0
  let to = 0
  const steps = axes.map((own, axis) => {
    const step = { count: own.count, from: fromStep, to: toStep }
    from += own.tile * fromStep
    to += own.out * toStep
    fromStep *= extent[axis]!
    toStep *= section[axis]![1] - section[axis]![0]
    return step
  })
  const width = steps[0]!.count
  const outer = steps.slice(1)
  const at = outer.map(() => 0)
  for (;;) {
    if (scaling) scalePixels(pixels.subarray(from, from + width), out, to, scaling)
    else if (width > shortRow) out.set(pixels.subarray(from, from + width), to)
    else for (let i = 0; i < width; i++) out[to + i] = pixels[from + i]!
    let axis = 0
    for (; axis < outer.length; axis++) {
      const { count, from: fromStride, to: toStride } = outer[axis]!
      from += fromStride
      to += toStride
      if (++at[axis]! < count) break
      from -= count * fromStride
      to -= count * toStride
      at[axis] = 0
    }
    if (axis === outer.length) return
  }
}
