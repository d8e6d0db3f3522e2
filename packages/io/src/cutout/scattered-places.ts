import type { CutoutGrid } from './cutout.ts'
import { kernelWidth } from './interpolation.ts'
import type { MosaicImage } from './mosaic-image.ts'
import type { CutoutPlan } from './plan-cutout.ts'
import type { ScatteredPlaces } from './resample.ts'

const radian = Math.PI / 180

/** Image pixels between two that are taken through the maps; those in between are interpolated. */
const latticeStep = 10

/** Largest error, in pixels of a mosaic, that interpolation between lattice points may make. */
const tolerance = 1e-3

type Pair = readonly [x: number, y: number]

/** A map from pixels of the image to those of a mosaic; NaN where there is none. */
type PixelMap = (i: number, j: number) => Pair

/** From pixels of an image along the reference's rows to another picture's pixels, by way of the sky. */
export function throughReference({ reference, x0, y0, step }: CutoutPlan, image: MosaicImage): PixelMap {
  return (i, j) => {
    const { raDeg, decDeg } = reference.wcs.pixelToSky(x0 + i * step, y0 + j * step)
    const place = image.wcs.skyToPixel(raDeg, decDeg)
    return place ? [place.x, place.y] : [Number.NaN, Number.NaN]
  }
}

/** From pixels of an image in a gnomonic projection to a picture's pixels. */
export function throughGrid(grid: CutoutGrid, image: MosaicImage): PixelMap {
  const [sin0, cos0] = [Math.sin(grid.decDeg * radian), Math.cos(grid.decDeg * radian)]
  const [a, b, c, d] = grid.cd
  return (i, j) => {
    const [u, v] = [i - grid.x, j - grid.y]
    const east = (a * u + b * v) * radian
    const north = (c * u + d * v) * radian
    const level = cos0 - north * sin0
    const raDeg = grid.raDeg + Math.atan2(east, level) / radian
    const decDeg = Math.atan2(sin0 + north * cos0, Math.hypot(east, level)) / radian
    const place = image.wcs.skyToPixel(raDeg, decDeg)
    return place ? [place.x, place.y] : [Number.NaN, Number.NaN]
  }
}

/** Places in a mosaic of all pixels of an image of `side` × `side`; with `smooth`, kernels are widened to the distance of neighbours. */
export function scatteredPlaces(map: PixelMap, side: number, smooth: boolean): ScatteredPlaces {
  const cells = Math.max(1, Math.ceil((side - 1) / latticeStep))
  const width = (side - 1) / cells
  const corners = Array.from({ length: (cells + 1) ** 2 }, (_, k) =>
    map((k % (cells + 1)) * width, Math.floor(k / (cells + 1)) * width),
  )
  const x = new Float64Array(side * side)
  const y = new Float64Array(side * side)
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      const first = row * (cells + 1) + column
      const [a, b, c, d] = [0, 1, cells + 1, cells + 2].map((k) => corners[first + k]) as [Pair, Pair, Pair, Pair]
      const [mx, my] = map((column + 0.5) * width, (row + 0.5) * width)
      const error = Math.hypot(mx - (a[0] + b[0] + c[0] + d[0]) / 4, my - (a[1] + b[1] + c[1] + d[1]) / 4)
      const [left, right] = [Math.ceil(column * width), Math.min(side - 1, Math.floor((column + 1) * width))]
      const [low, high] = [Math.ceil(row * width), Math.min(side - 1, Math.floor((row + 1) * width))]
      for (let j = low; j <= high; j++) {
        const v = width === 0 ? 0 : j / width - row
        const [x1, y1] = [a[0] + v * (c[0] - a[0]), a[1] + v * (c[1] - a[1])]
        const [x2, y2] = [b[0] + v * (d[0] - b[0]), b[1] + v * (d[1] - b[1])]
        for (let i = left; i <= right; i++) {
          const place = j * side + i
          const u = width === 0 ? 0 : i / width - column
          if (error <= tolerance) {
            x[place] = x1 + u * (x2 - x1)
            y[place] = y1 + u * (y2 - y1)
          } else [x[place], y[place]] = map(i, j)
        }
      }
    }
  }
  return { x, y, wide: smooth ? kernelWidth(spacing(x, y, side)) : 1 }
}

/** Pixels of the mosaic between neighbours in the middle of the image. */
function spacing(x: Float64Array, y: Float64Array, side: number): number {
  if (side === 1) return 1
  const i = Math.floor((side - 1) / 2) * (side + 1)
  const step = Math.hypot(x[i + 1]! - x[i]!, y[i + 1]! - y[i]!)
  return Number.isFinite(step) ? step : 1
}
