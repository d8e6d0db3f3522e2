import type { CutoutGrid, CutoutObject, RejectedCutout, RejectionReason } from './cutout.ts'
import type { ResolvedCutoutOptions } from './cutout-options.ts'
import type { MosaicImage } from './mosaic-image.ts'
import type { MosaicHit, Mosaics } from './mosaics.ts'

const radian = Math.PI / 180

/** Where an object's image comes from: all that follows from headers. */
export interface CutoutPlan {
  readonly object: CutoutObject
  /** The picture of each band, the reference among them. */
  readonly images: readonly (MosaicImage | undefined)[]
  readonly reference: MosaicImage
  /** Rows and columns of the image. */
  readonly side: number
  /** Pixels of the reference along a pixel of the image. */
  readonly step: number
  /** Place of the image's first pixel in the reference. */
  readonly x0: number
  readonly y0: number
  /** Place of the object in the reference. */
  readonly x: number
  readonly y: number
  readonly warnings: readonly string[]
}

/** A rejection with its message. */
export function rejection(id: string, reason: RejectionReason, message: string): RejectedCutout {
  return { status: 'rejected', id, reason, message }
}

/** The side in pixels of the mosaic; NaN when the object has none. */
function sideOf(object: CutoutObject, hit: MosaicHit, options: ResolvedCutoutOptions): number {
  const { sidePixels, sizeArcsec } = object
  if (sidePixels !== undefined && sizeArcsec !== undefined) return Number.NaN
  if (sizeArcsec !== undefined) return sizeArcsec / 3600 / hit.image.wcs.pixelScaleDeg(hit.x, hit.y)
  return sidePixels ?? options.sidePixels ?? Number.NaN
}

/** Chooses the pictures of an object and its window in them. */
export function planCutout(
  mosaics: Mosaics,
  object: CutoutObject,
  options: ResolvedCutoutOptions,
): CutoutPlan | RejectedCutout {
  const { id, raDeg, decDeg } = object
  if (!(Number.isFinite(raDeg) && Math.abs(decDeg) <= 90)) {
    return rejection(id, 'no-position', `position must be on the sky. Received ${raDeg}, ${decDeg}`)
  }
  const hits = options.bands.map((band) => mosaics.find(band, raDeg, decDeg))
  const first = hits.find((own) => own.length > 0)?.[0]
  if (!first) return rejection(id, 'not-covered', `no mosaic covers ${raDeg}, ${decDeg}`)
  const images = hits.map((own) => (own.find(({ image }) => mosaics.sameGrid(first.image, image)) ?? own[0])?.image)
  const warnings = options.bands.filter((_, i) => !images[i]).map((band) => `band ${band}: no mosaic covers the object`)
  const wanted = sideOf(object, first, options)
  if (!(wanted > 0)) {
    return rejection(id, 'no-size', `size must be one of sidePixels and sizeArcsec, > 0. Received ${wanted}`)
  }
  if (wanted > options.maxSidePixels) {
    return rejection(id, 'too-large', `side must be <= ${options.maxSidePixels} pixels. Received ${wanted}`)
  }
  const exact = options.interpolation === 'none'
  const side = exact ? Math.ceil(wanted) : options.side
  const step = exact ? 1 : wanted / side
  const extent = exact ? side : wanted
  // A place at the very centre of a pixel comes back from the sky with rounding, which must not choose another pixel.
  const begin = (at: number): number =>
    exact ? Math.ceil(Math.round(at * 1e6) / 1e6 - side / 2) : at - ((side - 1) / 2) * step
  const plan = {
    object,
    images,
    reference: first.image,
    side,
    step,
    x: first.x,
    y: first.y,
    x0: begin(first.x),
    y0: begin(first.y),
    warnings,
  }
  if (options.edge === 'pad' || options.orientation === 'north') return plan
  const { width, height } = first.image
  const half = (step - 1) / 2
  // Rounding must not reject a cut-out that ends where the mosaic does.
  const slack = 1e-9 * extent
  const fits = (start: number, length: number): boolean =>
    start - half >= -slack && start - half + extent <= length + slack
  if (fits(plan.x0, width) && fits(plan.y0, height)) return plan
  const missing = options.bands.filter((_, i) => !images[i])
  const over = `cut-out of ${extent} pixels around ${first.x}, ${first.y} leaves ${first.image.input.name}`
  if (options.edge === 'reject' || extent > Math.min(width, height)) {
    return rejection(id, 'edge', missing.length > 0 ? `${over}; no mosaic for ${missing.join(', ')}` : over)
  }
  const inside = (start: number, length: number): number => Math.min(Math.max(start, half), length - extent + half)
  const [x0, y0] = [inside(plan.x0, width), inside(plan.y0, height)]
  const moved = `shifted by ${x0 - plan.x0}, ${y0 - plan.y0} pixels of the mosaic to stay inside`
  return { ...plan, x0, y0, warnings: [...warnings, moved] }
}

/** The sky of an image along the reference's rows: its middle, and how east and north grow with its pixels. */
export function gridOfPlan({ reference, side, step, x0, y0 }: CutoutPlan): CutoutGrid {
  const { wcs } = reference
  const middle = (side - 1) / 2
  const [x, y] = [x0 + middle * step, y0 + middle * step]
  const { raDeg, decDeg } = wcs.pixelToSky(x, y)
  const [sin0, cos0] = [Math.sin(decDeg * radian), Math.cos(decDeg * radian)]
  /** Gnomonic coordinates of a pixel, in degrees. */
  const plane = (px: number, py: number): readonly [number, number] => {
    const place = wcs.pixelToSky(px, py)
    const turn = (place.raDeg - raDeg) * radian
    const [sin, cos] = [Math.sin(place.decDeg * radian), Math.cos(place.decDeg * radian)]
    const height = sin * sin0 + cos * cos0 * Math.cos(turn)
    return [(cos * Math.sin(turn)) / height / radian, (sin * cos0 - cos * sin0 * Math.cos(turn)) / height / radian]
  }
  const reach = Math.max(1, (side * step) / 4)
  const [left, right] = [plane(x - reach, y), plane(x + reach, y)]
  const [low, high] = [plane(x, y - reach), plane(x, y + reach)]
  const slope = (a: readonly [number, number], b: readonly [number, number], k: 0 | 1): number =>
    ((b[k] - a[k]) / (2 * reach)) * step
  return {
    raDeg,
    decDeg,
    x: middle,
    y: middle,
    cd: [slope(left, right, 0), slope(low, high, 0), slope(left, right, 1), slope(low, high, 1)],
  }
}
