import type { ObjectPicture } from './object-picture.ts'

/** The part of a picture around its central object, other objects taken out. Row-major planes of `height` × `width` values. */
export interface ObjectWindow {
  readonly width: number
  readonly height: number
  /** Light of object and sky; 0 where another object is. */
  readonly flux: Float64Array
  /** The blurred light inside the object, 0 outside. */
  readonly smooth: Float64Array
  /** As `flux`, in each band. */
  readonly bands: readonly Float64Array[]
  /** 1 where the object is. */
  readonly inside: Uint8Array
  /** Places of the object's pixels, ascending. */
  readonly pixels: Uint32Array
  /** Centre of the object's light. */
  readonly x: number
  readonly y: number
  /** Column and row of the whole picture at which the window begins. */
  readonly left: number
  readonly top: number
  /** Largest distance of a pixel of the object from the centre of its light, at least 1. */
  readonly reach: number
  /** Ellipse with the second moments of the object's pixels, whatever their brightness. */
  readonly shape: MomentEllipse
  /** Ellipse with the second moments of the object's light. */
  readonly light: MomentEllipse
  readonly noise: number
  readonly cut: number | undefined
  /** Side of the whole picture. */
  readonly side: number
}

/** Semi-axes ≥ ½ pixel and the direction of the major axis from x to y, in radians. */
export interface MomentEllipse {
  readonly major: number
  readonly minor: number
  readonly angle: number
}

/** Cuts the window around the central object: the circle of its reach, and two pixels more. */
export function cutWindow(picture: ObjectPicture): ObjectWindow {
  const { side, regions, objectLabel } = picture
  const { labels } = regions
  const centre = lightCentre(picture)
  let reach = 1
  for (let p = 0; p < labels.length; p++) {
    if (labels[p] !== objectLabel) continue
    const y = Math.floor(p / side)
    reach = Math.max(reach, (p - y * side - centre.x) ** 2 + (y - centre.y) ** 2)
  }
  reach = Math.sqrt(reach)
  const left = Math.max(0, Math.floor(centre.x - reach) - 2)
  const top = Math.max(0, Math.floor(centre.y - reach) - 2)
  const width = Math.min(side - 1, Math.ceil(centre.x + reach) + 2) - left + 1
  const height = Math.min(side - 1, Math.ceil(centre.y + reach) + 2) - top + 1
  const flux = new Float64Array(width * height)
  const smooth = new Float64Array(width * height)
  const bands = picture.bands.map(() => new Float64Array(width * height))
  const inside = new Uint8Array(width * height)
  const pixels: number[] = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (top + y) * side + left + x
      const to = y * width + x
      const label = labels[from]!
      if (label !== 0 && label !== objectLabel) continue
      flux[to] = picture.flux[from]!
      for (let c = 0; c < bands.length; c++) bands[c]![to] = picture.bands[c]![from]!
      if (label !== objectLabel) continue
      smooth[to] = Math.max(0, picture.smooth[from]!)
      inside[to] = 1
      pixels.push(to)
    }
  }
  const indices = Uint32Array.from(pixels)
  return {
    width,
    height,
    flux,
    smooth,
    bands,
    inside,
    pixels: indices,
    x: centre.x - left,
    y: centre.y - top,
    left,
    top,
    reach,
    shape: momentEllipse(indices, width),
    light: momentEllipse(indices, width, smooth),
    noise: picture.noise,
    cut: picture.cut,
    side,
  }
}

function lightCentre({ side, smooth, regions, objectLabel }: ObjectPicture): { x: number; y: number } {
  let total = 0
  let sx = 0
  let sy = 0
  for (let p = 0; p < smooth.length; p++) {
    if (regions.labels[p] !== objectLabel) continue
    const v = Math.max(0, smooth[p]!) + Number.MIN_VALUE
    const y = Math.floor(p / side)
    total += v
    sx += v * (p - y * side)
    sy += v * y
  }
  return { x: sx / total, y: sy / total }
}

function momentEllipse(pixels: Uint32Array, width: number, weights?: Float64Array): MomentEllipse {
  let n = 0
  let mx = 0
  let my = 0
  for (const p of pixels) {
    const w = weights ? weights[p]! : 1
    const y = Math.floor(p / width)
    n += w
    mx += w * (p - y * width)
    my += w * y
  }
  if (!(n > 0)) return { major: 0.5, minor: 0.5, angle: 0 }
  mx /= n
  my /= n
  let xx = 0
  let xy = 0
  let yy = 0
  for (const p of pixels) {
    const w = (weights ? weights[p]! : 1) / n
    const y = Math.floor(p / width)
    const dx = p - y * width - mx
    const dy = y - my
    xx += w * dx * dx
    xy += w * dx * dy
    yy += w * dy * dy
  }
  // A pixel is a square of side 1, not a point: 1/12 each way.
  const half = (xx + yy) / 2 + 1 / 12
  const difference = Math.hypot((xx - yy) / 2, xy)
  return {
    major: 2 * Math.sqrt(half + difference),
    minor: 2 * Math.sqrt(Math.max(1 / 12, half - difference)),
    angle: Math.atan2(2 * xy, xx - yy) / 2,
  }
}

/** The values of a plane at the given places. */
export function valuesAt(plane: Float64Array, indices: Uint32Array): Float64Array {
  const out = new Float64Array(indices.length)
  for (let i = 0; i < out.length; i++) out[i] = plane[indices[i]!]!
  return out
}
