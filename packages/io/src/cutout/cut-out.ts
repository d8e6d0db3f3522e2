import { image as createImage, FormatError, NotFoundError, UnsupportedError } from '@astronomaly/core'
import type { Cutout, CutoutGrid, CutoutObject, RejectedCutout } from './cutout.ts'
import { type CutoutOptions, type ResolvedCutoutOptions, resolveCutoutOptions } from './cutout-options.ts'
import type { MosaicImage } from './mosaic-image.ts'
import type { Mosaics } from './mosaics.ts'
import { type CutoutPlan, gridOfPlan, planCutout, rejection } from './plan-cutout.ts'
import {
  isCopy,
  outsideCount,
  planAxis,
  type ResampleTarget,
  reachOfPlaces,
  resampleGrid,
  resamplePlaces,
} from './resample.ts'
import { scatteredPlaces, throughGrid, throughReference } from './scattered-places.ts'

/** Most pixels that are read for one band of one object. */
const mostRead = 2 ** 26

/** Errors that are a file's and not the caller's. */
const unreadable = [FormatError, NotFoundError, UnsupportedError]

/** Values that the results of a window have at most, unless it is of one object: 64 MiB. */
const mostWaiting = 2 ** 24

/** Pixels whose memory is kept from one cut-out to the next. */
const mostKept = 2 ** 22

/**
 * Cuts objects out of mosaics.
 *
 * @param objects - Positions in degrees, ICRS whatever the frames of the mosaics, with their sizes.
 * @returns One result for each object, in the objects' order: an image of all bands, aligned, or why there is none.
 * @throws ParameterError for options out of range, and mosaics that are closed; an abort rejects with the signal's reason. What is wrong with an object, or
 * with the files that it lies in, is its own result.
 * @remarks Of overlapping mosaics the one counts in which the object is furthest from an edge. The object's own place, between
 * pixels, is the middle of its image, whose first and last pixels' outer edges are the side apart that is wanted; with interpolation
 * `'none'` the first of n whole pixels is ⌈x − n/2⌉ in each axis, x rounded to a millionth of a pixel. Bands on the grid of the first one are drawn from the
 * same rows and columns; the others are resampled onto it by way of the sky, to a thousandth of a pixel. Interpolation does not conserve
 * flux but surface brightness. A missing pixel makes missing what is drawn from it; beyond the edge the last pixel is repeated for half
 * a pixel, and what is farther out is missing. Only the bytes of the pixels drawn on are read, whole tiles of compressed mosaics.
 * Memory: the images of a window, at most 2^24 values in all (64 MiB) or one image that is larger, and for the band in work 2^26 pixels.
 */
export async function* cutOut(
  mosaics: Mosaics,
  objects: AsyncIterable<CutoutObject> | Iterable<CutoutObject>,
  options: CutoutOptions = {},
): AsyncGenerator<Cutout | RejectedCutout> {
  const resolved = resolveCutoutOptions(options, mosaics.bands)
  const scratch = new Scratch()
  let done = 0
  let waiting: (CutoutPlan | RejectedCutout)[] = []
  let values = 0
  const flush = async (): Promise<(Cutout | RejectedCutout)[]> => {
    const results = await cutWindow(mosaics, waiting, resolved, scratch)
    done += waiting.length
    waiting = []
    values = 0
    resolved.onProgress?.({ stage: 'cut-outs', done })
    return results
  }
  for await (const object of objects) {
    resolved.signal?.throwIfAborted()
    const plan = planCutout(mosaics, object, resolved)
    const own = 'status' in plan ? 0 : plan.side ** 2 * resolved.bands.length
    if (waiting.length > 0 && values + own > mostWaiting) yield* await flush()
    waiting.push(plan)
    values += own
    if (waiting.length === resolved.window) yield* await flush()
  }
  if (waiting.length > 0) yield* await flush()
}

/** Memory for the pixels of one cut-out after the other of a call, which works on one at a time. */
class Scratch {
  #kept = new Float32Array(0)

  take(length: number): Float32Array<ArrayBuffer> {
    if (length > mostKept) return new Float32Array(length)
    if (this.#kept.length < length) this.#kept = new Float32Array(length)
    return this.#kept.subarray(0, length)
  }
}

/** The results of some objects, in their order; worked on by mosaic and row. */
async function cutWindow(
  mosaics: Mosaics,
  planned: readonly (CutoutPlan | RejectedCutout)[],
  options: ResolvedCutoutOptions,
  scratch: Scratch,
): Promise<(Cutout | RejectedCutout)[]> {
  const results: (Cutout | RejectedCutout)[] = new Array(planned.length)
  const plans: { readonly number: number; readonly plan: CutoutPlan }[] = []
  for (const [number, plan] of planned.entries()) {
    if ('status' in plan) results[number] = plan
    else plans.push({ number, plan })
  }
  const places = new Map<MosaicImage, number>()
  for (const { plan } of plans) if (!places.has(plan.reference)) places.set(plan.reference, places.size)
  plans.sort(
    (a, b) =>
      (places.get(a.plan.reference) as number) - (places.get(b.plan.reference) as number) || a.plan.y - b.plan.y,
  )
  for (const { number, plan } of plans) {
    options.signal?.throwIfAborted()
    results[number] = await cutOne(mosaics, plan, options, scratch)
  }
  return results
}

async function cutOne(
  mosaics: Mosaics,
  plan: CutoutPlan,
  options: ResolvedCutoutOptions,
  scratch: Scratch,
): Promise<Cutout | RejectedCutout> {
  const { object, side, step, reference } = plan
  const { bands, orientation, edge } = options
  const north = orientation === 'north' ? northGrid(plan) : undefined
  const out = new Float32Array(side * side * bands.length)
  if (plan.images.includes(undefined)) out.fill(Number.NaN)
  try {
    for (const [channel, picture] of plan.images.entries()) {
      if (!picture) continue
      const target = { out, channels: bands.length, channel }
      const aligned = !north && mosaics.sameGrid(reference, picture)
      if (!aligned && options.interpolation === 'none') {
        return rejection(object.id, 'other-grid', `${picture.input.name} has another grid than ${reference.input.name}`)
      }
      const outside = aligned
        ? await drawAligned(mosaics, plan, picture, target, options, scratch)
        : await drawScattered(mosaics, plan, picture, north, target, options, scratch)
      if (outside === undefined) {
        return rejection(object.id, 'too-large', `cut-out needs more than ${mostRead} pixels of ${picture.input.name}`)
      }
      if (outside === side * side) blank(target)
      if (edge === 'reject' && outside > 0) {
        return rejection(object.id, 'edge', `${outside} pixels lie outside of ${picture.input.name}`)
      }
    }
  } catch (error) {
    if (!unreadable.some((kind) => error instanceof kind)) throw error
    return rejection(object.id, 'unreadable', (error as Error).message)
  }
  if (edge === 'reject' && plan.images.includes(undefined)) {
    return rejection(object.id, 'edge', plan.warnings.join('; '))
  }
  return {
    status: 'cut',
    id: object.id,
    image: createImage(out, side, side, bands.length),
    bands,
    mosaics: plan.images.map((picture) => picture?.input.name),
    x: north ? north.x : (plan.x - plan.x0) / step,
    y: north ? north.y : (plan.y - plan.y0) / step,
    step,
    grid: north ?? gridOfPlan(plan),
    missing: countMissing(out),
    warnings: plan.warnings,
  }
}

/** How many values are NaN; most cut-outs have none, which their sum tells. */
function countMissing(values: Float32Array): number {
  let [a, b, c, d] = [0, 0, 0, 0]
  let i = 0
  for (; i + 3 < values.length; i += 4) {
    a += values[i]!
    b += values[i + 1]!
    c += values[i + 2]!
    d += values[i + 3]!
  }
  for (; i < values.length; i++) a += values[i]!
  if (!Number.isNaN(a + b + c + d)) return 0
  let missing = 0
  for (let k = 0; k < values.length; k++) if (Number.isNaN(values[k]!)) missing++
  return missing
}

/** Makes a channel missing. */
function blank({ out, channels, channel }: ResampleTarget): void {
  for (let i = channel; i < out.length; i += channels) out[i] = Number.NaN
}

/** North up, east to the left, around the object itself. */
function northGrid({ object, reference, side, step, x, y }: CutoutPlan): CutoutGrid {
  const scale = reference.wcs.pixelScaleDeg(x, y) * step
  return {
    raDeg: object.raDeg,
    decDeg: object.decDeg,
    x: (side - 1) / 2,
    y: (side - 1) / 2,
    cd: [-scale, 0, 0, scale],
  }
}

/** Draws a band whose pixels are the reference's. @returns How many pixels of the image lie outside. */
async function drawAligned(
  mosaics: Mosaics,
  { side, step, x0, y0 }: CutoutPlan,
  picture: MosaicImage,
  target: ResampleTarget,
  { interpolation, antialias, signal }: ResolvedCutoutOptions,
  scratch: Scratch,
): Promise<number | undefined> {
  const kind = interpolation === 'none' ? 'nearest' : interpolation
  const x = planAxis(kind, x0, step, side, picture.width, antialias)
  const y = planAxis(kind, y0, step, side, picture.height, antialias)
  const inside = (side - outsideCount(x)) * (side - outsideCount(y))
  if (inside === 0) return side * side
  if ((x.to - x.from) * (y.to - y.from) > mostRead) return undefined
  const out = isCopy(x, y, target) ? target.out : scratch.take((x.to - x.from) * (y.to - y.from))
  const block = await mosaics.read(picture, [x.from, x.to], [y.from, y.to], signal, out)
  resampleGrid(block, x, y, target)
  return side * side - inside
}

/** Draws a band by way of the sky. @returns How many pixels of the image lie outside. */
async function drawScattered(
  mosaics: Mosaics,
  plan: CutoutPlan,
  picture: MosaicImage,
  north: CutoutGrid | undefined,
  target: ResampleTarget,
  { interpolation, antialias, signal }: ResolvedCutoutOptions,
  scratch: Scratch,
): Promise<number | undefined> {
  const kind = interpolation === 'none' ? 'nearest' : interpolation
  const map = north ? throughGrid(north, picture) : throughReference(plan, picture)
  const places = scatteredPlaces(map, plan.side, antialias)
  const reach = reachOfPlaces(kind, places, picture.width, picture.height)
  if (!reach) return plan.side ** 2
  if ((reach.x[1] - reach.x[0]) * (reach.y[1] - reach.y[0]) > mostRead) return undefined
  const out = scratch.take((reach.x[1] - reach.x[0]) * (reach.y[1] - reach.y[0]))
  const block = await mosaics.read(picture, reach.x, reach.y, signal, out)
  return resamplePlaces(kind, block, places, picture, target)
}
