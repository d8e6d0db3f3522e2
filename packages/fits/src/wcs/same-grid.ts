import { checkNumber, numberOption, type OptionRules, resolveOptions } from '@astronomaly/core'
import type { SkyWcs } from './sky-wcs.ts'

/** How near two grids must be. */
export interface SameGridOptions {
  /**
   * The greatest distance, in pixels of the second map, between the places of a pixel of the first.
   * @defaultValue 0.01
   */
  readonly tolerancePixels?: number | undefined
}

const gridRules = {
  tolerancePixels: numberOption(0.01, { min: 0 }),
} satisfies OptionRules<SameGridOptions>

/** A frame's name for comparison: FK5 of J2000 is ICRS to 0.03 arcsec, which surveys' headers do not tell apart. */
function frameName({ frame, equinox }: SkyWcs): string {
  return frame === 'ICRS' || (frame === 'FK5' && equinox === 2000) ? 'ICRS' : `${frame} ${equinox ?? ''}`
}

/**
 * Whether two maps put the same sky on the same pixels of an image, so that bands can be cut out by the same rows and columns.
 *
 * @param height - Rows of the image, at least 1.
 * @param width - Columns of the image, at least 1.
 * @returns `false` also when a pixel of either has no place in the other, or their frames differ. Each pixel of a 5 × 5 lattice over
 * the image, its corners among them, must fall on itself.
 * @throws ParameterError for options or sizes out of range.
 */
export function sameGrid(
  first: SkyWcs,
  second: SkyWcs,
  height: number,
  width: number,
  options: SameGridOptions = {},
): boolean {
  const { tolerancePixels } = resolveOptions('sameGrid', options, gridRules)
  checkNumber('sameGrid: height', height, { integer: true, min: 1 })
  checkNumber('sameGrid: width', width, { integer: true, min: 1 })
  if (frameName(first) !== frameName(second)) return false
  const parts = [0, 1, 2, 3, 4]
  return parts.every((row) =>
    parts.every((column) => {
      const [x, y] = [((width - 1) * column) / 4, ((height - 1) * row) / 4]
      const { lonDeg, latDeg } = first.pixelToWorld(x, y)
      const there = second.worldToPixel(lonDeg, latDeg)
      return there !== undefined && Math.hypot(there.x - x, there.y - y) <= tolerancePixels
    }),
  )
}
