import { AstronomalyError, quantile } from '@astronomaly/core'
import { type Ellipse, ellipseResidual, fitEllipse } from './fit-ellipse.ts'
import { fillHoles, findCentral, labelRegions } from './label-regions.ts'
import { type ObjectWindow, valuesAt } from './object-window.ts'
import { outline } from './outline.ts'

/** Isophotes, from the innermost to the edge of the object: the percentile of the object's blurred light that each runs at. */
const percentiles = [90, 80, 70, 60, 50, 0] as const

export const ellipseNames: readonly string[] = percentiles.flatMap((p) =>
  ['residual', 'offset', 'aspect', 'angle', 'axis'].map((name) => `ellipse_${p}_${name}`),
)

/** What the isophotes of an object gave. */
export interface EllipseFeatures {
  /** One value a name of {@link ellipseNames}. */
  readonly values: readonly number[]
  /**
   * Area of the second largest part of an isophote as a share of the largest; the most of the six isophotes.
   *
   * Deviation from M of Freeman et al. 2013, the most of A₂² / A₁ over all thresholds: one factor A₂ less, because an area in pixels depends
   * on the size of the picture, and a share does not. What that factor is for, keeping single hot pixels from deciding, the blur does.
   */
  readonly multimode: number
  /** Percentiles at which no ellipse fits and the circle of the isophote's area stands in. */
  readonly failed: readonly number[]
}

/** Residuals below it are one and the same: less than the pixels can tell. */
const leastResidual = 0.003

export function ellipseFeatures(window: ObjectWindow): EllipseFeatures {
  const light = valuesAt(window.smooth, window.pixels)
  const failed: number[] = []
  const isophotes = percentiles.map((percentile) => {
    const level = percentile === 0 ? Number.NEGATIVE_INFINITY : quantile(light, percentile / 100)
    const isophote = measureIsophote(window, level)
    if (!isophote.fitted) failed.push(percentile)
    return isophote
  })
  const middle = { x: (window.side - 1) / 2 - window.left, y: (window.side - 1) / 2 - window.top }
  const outer = isophotes[isophotes.length - 1]!.ellipse
  const values = isophotes.flatMap(({ ellipse, residual }) => {
    const outermost = ellipse === outer
    const from = outermost ? middle : outer
    const aspect = ellipse.minor / ellipse.major
    const direction = outermost ? window.light : outer
    const flatness = Math.sqrt((1 - aspect) * (1 - direction.minor / direction.major))
    return [
      Math.log10(Math.max(leastResidual, residual)),
      Math.min(2, Math.hypot(ellipse.x - from.x, ellipse.y - from.y) / outer.major),
      aspect,
      flatness * Math.abs(Math.sin(ellipse.angle - direction.angle)),
      Math.log10(outermost ? (2 * outer.major) / window.side : Math.max(0.01, ellipse.major / outer.major)),
    ]
  })
  return { values, failed, multimode: Math.max(...isophotes.map((isophote) => isophote.secondShare)) }
}

interface Isophote {
  readonly ellipse: Ellipse
  readonly residual: number
  readonly secondShare: number
  readonly fitted: boolean
}

/** The part of the isophote at the centre of the object's light, with its ellipse. */
function measureIsophote(window: ObjectWindow, level: number): Isophote {
  const { width, height, smooth, pixels } = window
  const mask = new Uint8Array(smooth.length)
  for (const p of pixels) if (smooth[p]! >= level) mask[p] = 1
  const regions = labelRegions(fillHoles(mask, height, width), height, width)
  const { label } = findCentral(regions, height, width, window.x, window.y)
  const inside = new Uint8Array(mask.length)
  let area = 0
  let sx = 0
  let sy = 0
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) {
      if (regions.labels[p] !== label) continue
      inside[p] = 1
      area++
      sx += x
      sy += y
    }
  }
  const byArea = regions.areas.toSorted((a, b) => b - a)
  const secondShare = byArea[1]! / byArea[0]!
  const points = outline(smooth, inside, height, width, level)
  try {
    const ellipse = fitEllipse(points)
    if (ellipse.major <= 2 * window.side) {
      return { ellipse, residual: ellipseResidual(points, ellipse), secondShare, fitted: true }
    }
  } catch (error) {
    if (!(error instanceof AstronomalyError)) throw error
  }
  const radius = Math.sqrt(area / Math.PI)
  const ellipse = { x: sx / area, y: sy / area, major: radius, minor: radius, angle: 0 }
  return { ellipse, residual: 0, secondShare, fitted: false }
}
