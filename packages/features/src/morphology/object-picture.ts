import { type Image, median } from '@astronomaly/core'
import { clippedStatistics } from '../picture/sigma-clip.ts'
import { blurPlane } from './blur-plane.ts'
import { fillHoles, findCentral, labelRegions, type Regions } from './label-regions.ts'

/** A square picture taken apart: light, noise, and which pixels hold objects. Row-major planes of `side`² values. */
export interface ObjectPicture {
  readonly side: number
  /** Sky-subtracted light, the mean over bands. */
  readonly flux: Float64Array
  /** Sky-subtracted light in each band. */
  readonly bands: readonly Float64Array[]
  /** `flux` blurred with a Gaussian of max(1, side / 150) pixels. */
  readonly smooth: Float64Array
  /** Standard deviation of the noise of a pixel in `flux`. */
  readonly noise: number
  /** The light that a pixel of the sky may have and is set to 0 all the same; undefined where the sky is as it was. */
  readonly cut: number | undefined
  /** Every object: regions of detected light, holes filled. */
  readonly regions: Regions
  /** Number of the object at the centre. */
  readonly objectLabel: number
  /** Whether that object covers the centre; `'none'` when nothing was detected and a point of light stands in for it. */
  readonly found: 'centre' | 'nearest' | 'none'
}

/** How the sky of a picture is known. */
export interface KnownSky {
  /** The sky is 0 already and whatever lies above it is an object; else it is measured along the border of the picture. */
  readonly masked: boolean
  /** Standard deviation of the noise of a pixel in the mean of the bands, for a masked picture. */
  readonly noise: number
  /** The light below which a pixel is 0, for a masked picture. */
  readonly cut: number
}

/** Standard deviations of the blurred sky from which light is detected. */
const detectSigma = 3
/** Share of the brightest pixel that detected light has at least: keeps compression artefacts out where the sky has no noise. */
const leastShare = 0.02

/** Separates the objects of a picture from its sky. @param input - Square, no NaN. */
export function takeApart(input: Image, sky: KnownSky): ObjectPicture {
  const [side, , channels] = input.shape
  const pixels = side * side
  const bands: Float64Array[] = []
  const flux = new Float64Array(pixels)
  for (let c = 0; c < channels; c++) {
    const band = new Float64Array(pixels)
    for (let p = 0; p < pixels; p++) band[p] = input.data[p * channels + c]!
    const level = sky.masked ? 0 : median(borderOf(band, side))
    for (let p = 0; p < pixels; p++) {
      band[p] = band[p]! - level
      flux[p] = flux[p]! + band[p]! / channels
    }
    bands.push(band)
  }
  const smooth = blurPlane(flux, side, Math.max(1, side / 150))
  const above = new Uint8Array(pixels)
  if (sky.masked) {
    for (let p = 0; p < pixels; p++) above[p] = flux[p]! > 0 ? 1 : 0
  } else {
    const border = clippedStatistics(borderOf(smooth, side))
    let most = 0
    for (let p = 0; p < pixels; p++) if (smooth[p]! > most) most = smooth[p]!
    const threshold = Math.max(border.median + detectSigma * border.std, leastShare * most)
    for (let p = 0; p < pixels; p++) above[p] = smooth[p]! > threshold ? 1 : 0
  }
  const noise = sky.masked ? sky.noise : clippedStatistics(borderOf(flux, side)).std
  const regions = withoutSpecks(labelRegions(fillHoles(above, side, side), side, side), side)
  if (regions.count === 0) return point(side, channels)
  const { label, covers } = findCentral(regions, side, side)
  const cut = sky.masked ? sky.cut : undefined
  return { side, flux, bands, smooth, noise, cut, regions, objectLabel: label, found: covers ? 'centre' : 'nearest' }
}

/** One pixel of light at the centre (two by two where the side is even): what a blank picture is measured as. */
function point(side: number, channels: number): ObjectPicture {
  const flux = new Float64Array(side * side)
  const mask = new Uint8Array(side * side)
  const middle = (side - 1) / 2
  for (const y of new Set([Math.floor(middle), Math.ceil(middle)])) {
    for (const x of new Set([Math.floor(middle), Math.ceil(middle)])) {
      flux[y * side + x] = 1
      mask[y * side + x] = 1
    }
  }
  const bands = Array.from({ length: channels }, () => flux)
  const regions = labelRegions(mask, side, side)
  return { side, flux, bands, smooth: flux, noise: 0, cut: 0, regions, objectLabel: 1, found: 'none' }
}

/** The values along the border of a plane, a fiftieth of the side deep. */
function borderOf(plane: Float64Array, side: number): Float64Array {
  const depth = Math.max(1, Math.round(side / 50))
  const inner = Math.max(0, side - 2 * depth)
  const out = new Float64Array(side * side - inner * inner)
  let n = 0
  for (let y = 0; y < side; y++) {
    const whole = y < depth || y >= side - depth
    for (let x = 0; x < side; x++) {
      if (!whole && x === depth) x = side - depth
      out[n++] = plane[y * side + x]!
    }
  }
  return out
}

/** Leaves out regions of a few pixels, which are noise, unless there is nothing else. Renumbers the labels in place. */
function withoutSpecks(regions: Regions, side: number): Regions {
  const least = Math.max(4, 0.0002 * side * side)
  if (!regions.areas.some((area) => area >= least)) return regions
  const number = new Int32Array(regions.count + 1)
  const areas = [0]
  for (let label = 1; label <= regions.count; label++) {
    if (regions.areas[label]! >= least) number[label] = areas.push(regions.areas[label]!) - 1
  }
  if (areas.length - 1 < regions.count) {
    const { labels } = regions
    for (let p = 0; p < labels.length; p++) labels[p] = number[labels[p]!]!
  }
  return { labels: regions.labels, count: areas.length - 1, areas: Int32Array.from(areas) }
}
