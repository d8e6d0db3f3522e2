import {
  checkOneOf,
  contiguousData,
  createRandom,
  type Image,
  image as makeImage,
  type NumericArray,
  ParameterError,
  type Random,
} from '@astronomaly/core'
import { addMap, type Canvas, createCanvas, sumOf } from '../paint/canvas.ts'
import { drawBetween, fluxOf } from '../paint/galaxy-statistics.ts'
import { type LensParameters, type ResolvedLens, resolveLens } from '../paint/lens-parameters.ts'
import { drawArcs, drawLens } from '../paint/paint-lens.ts'
import { addMergerGalaxy, drawMerger } from '../paint/paint-merger.ts'
import { addRing, drawRing } from '../paint/paint-ring.ts'
import type { Json } from '../paint/painted.ts'
import { convolve, psfMixture } from '../paint/psf.ts'
import { traceLens } from '../paint/trace-lens.ts'
import { type InjectionOptions, type ResolvedInjection, resolveInjection } from './injection-options.ts'

/** Anomalies that can be added to an image. */
export type InjectableKind = 'lens' | 'merger' | 'ring'

/** A real image with something simulated in it. */
export interface Injection {
  /** `[height, width, channels]`, a new image in the units of the old one; NaN stays NaN. */
  readonly image: Image<Float32Array>
  /** What was added; plain JSON. */
  readonly truth: {
    readonly kind: InjectableKind
    readonly rating: number
    /** Flux added to each channel before noise, image units. */
    readonly flux: readonly number[]
    readonly parameters: { readonly [name: string]: Json }
  }
}

/** Light to be added and where its first pixel lies in the image. */
interface Patch {
  readonly kind: InjectableKind
  readonly light: Canvas
  readonly left: number
  readonly top: number
  readonly parameters: { readonly [name: string]: Json }
}

/**
 * Adds a simulated anomaly to a real image in one call: the arcs of a source lensed by the galaxy at (x, y), or a companion galaxy with
 * the tidal tails of both, or a ring about the galaxy, seen through the image's point-spread function.
 *
 * @param image - `[height, width, channels]`, any linear unit (see `fluxScale`), NaN = missing. Not changed.
 * @param what - `'lens'`, `'merger'` or `'ring'` to draw the parameters from the seed, or the parameters of a lens.
 * @returns A new image and its truth; depends on the arguments alone.
 * @throws ParameterError when an option is unknown or out of range or a pixel is infinite; ShapeError when the image has no pixels.
 * @remarks Without `gain` the sum of each channel grows by exactly `truth.flux`. Light is computed in a window about the object, so that
 * large images cost no more than small ones.
 */
export function injectObject(
  image: Image<NumericArray>,
  what: InjectableKind | LensParameters,
  options: InjectionOptions = {},
): Injection {
  const resolved = resolveInjection('injectObject', image, options)
  const random = createRandom(resolved.seed, 'simulate.inject', resolved.index)
  if (typeof what === 'object' && what !== null)
    return addPatch(image, lensPatch(image, resolveLens(what), resolved, random), resolved)
  checkOneOf('injectObject: kind', what, ['lens', 'merger', 'ring'])
  const patch =
    what === 'lens'
      ? lensPatch(
          image,
          drawLens(random, 0.16 * Math.min(image.shape[0], image.shape[1]) * resolved.pixelScale),
          resolved,
          random,
        )
      : what === 'merger'
        ? mergerPatch(image, resolved, random)
        : ringPatch(image, resolved, random)
  return addPatch(image, patch, resolved)
}

/**
 * Adds the arcs of a background source that the galaxy at (x, y) lenses; the galaxy's own light is the image's.
 *
 * @param lens - Mass and source; the source's flux follows from `flux` or `magnitude` of the arcs.
 * @returns As {@link injectObject}; `truth.parameters.magnification` is arcs over source.
 * @throws ParameterError when an option is unknown or out of range; ShapeError when the image has no pixels.
 */
export function addLens(image: Image<NumericArray>, lens: LensParameters, options: InjectionOptions = {}): Injection {
  const resolved = resolveInjection('addLens', image, options)
  const random = createRandom(resolved.seed, 'simulate.inject', resolved.index)
  return addPatch(image, lensPatch(image, resolveLens(lens), resolved, random), resolved)
}

/** The part of the image within `reach` pixels of the object. */
function openWindow(
  image: Image<NumericArray>,
  { x, y, psfFwhm }: ResolvedInjection,
  reach: number,
): { light: Canvas; left: number; top: number } {
  const [height, width] = image.shape
  const half = Math.ceil(reach + 2 * Math.max(...psfFwhm)) + 4
  const left = Math.max(0, Math.round(x) - half)
  const top = Math.max(0, Math.round(y) - half)
  const right = Math.min(width, Math.round(x) + half + 1)
  const bottom = Math.min(height, Math.round(y) + half + 1)
  return { light: createCanvas(right - left, bottom - top), left, top }
}

function lensPatch(image: Image<NumericArray>, lens: ResolvedLens, options: ResolvedInjection, random: Random): Patch {
  const { pixelScale } = options
  const { mass, source } = lens
  const reach =
    (2.5 * mass.einsteinRadius + 6 * source.radius + Math.hypot(source.x, source.y)) / pixelScale / (1 - mass.shear)
  const { light, left, top } = openWindow(image, options, reach)
  const map = traceLens(light.width, light.height, options.x - left, options.y - top, pixelScale, lens)
  const magnification = sumOf(map)
  if (!(magnification > 0)) {
    throw new ParameterError(`lens: the source's light must reach the image. Received source ${source.x}, ${source.y}.`)
  }
  const arcs = drawArcs(random)
  const magnitude = options.magnitude ?? arcs.magnitude
  addMap(
    light,
    map,
    fluxOf(magnitude, arcs.gr, arcs.rz).map((f) => f / magnification),
  )
  return { kind: 'lens', light, left, top, parameters: { mass: { ...mass }, source: { ...source }, magnification } }
}

function mergerPatch(image: Image<NumericArray>, options: ResolvedInjection, random: Random): Patch {
  const size = Math.min(image.shape[0], image.shape[1])
  const basics = {
    magnitude: options.magnitude ?? drawBetween(random, 16.5, 18.5),
    redshift: drawBetween(random, 0.03, 0.12),
    radius: options.radius,
    x: options.x,
    y: options.y,
  }
  const model = drawMerger(random, basics, size)
  const { light, left, top } = openWindow(image, options, 4.5 * model.radius)
  const placed = { ...model, projection: { ...model.projection, x: options.x - left, y: options.y - top } }
  addMergerGalaxy(light, placed, 1, basics.magnitude, random)
  addMergerGalaxy(light, placed, 0, basics.magnitude, random, false)
  return {
    kind: 'merger',
    light,
    left,
    top,
    parameters: { ...model.parameters, redshift: basics.redshift, radius: basics.radius },
  }
}

function ringPatch(image: Image<NumericArray>, options: ResolvedInjection, random: Random): Patch {
  const redshift = drawBetween(random, 0.03, 0.12)
  const collisional = random.uniform() < 0.5
  const ring = drawRing(random, options.x, options.y, 1.25 * options.radius, redshift, collisional)
  const { light, left, top } = openWindow(image, options, ring.radius + 5 * ring.width)
  const magnitude = options.magnitude ?? drawBetween(random, 16.5, 18.5)
  addRing(light, { ...ring, x: options.x - left, y: options.y - top }, magnitude, 1, random)
  const { radius, width, angle, axisRatio, lopsidedness, knots } = ring
  return {
    kind: 'ring',
    light,
    left,
    top,
    parameters: { redshift, collisional, radius, width, angle, axisRatio, lopsidedness, knots },
  }
}

/** Sees the patch through each channel's point-spread function, scales it and adds it to a copy of the image. */
function addPatch(image: Image<NumericArray>, patch: Patch, options: ResolvedInjection): Injection {
  const [height, width, channels] = image.shape
  const data = Float32Array.from(contiguousData(image))
  for (let i = 0; i < data.length; i++) {
    if (data[i] === Number.POSITIVE_INFINITY || data[i] === Number.NEGATIVE_INFINITY) {
      throw new ParameterError(`injectObject: pixels must be finite or NaN. Received ${data[i]} at ${i}.`)
    }
  }
  const noise = createRandom(options.seed, 'simulate.inject-noise', options.index)
  const { light, left, top } = patch
  const flux: number[] = []
  for (let channel = 0; channel < channels; channel++) {
    const seen = convolve(
      light.planes[options.bands[channel]!]!,
      light.width,
      light.height,
      psfMixture({ fwhm: options.psfFwhm[channel]!, beta: options.psfBeta }),
    )
    const total = sumOf(seen)
    const scale = options.flux ? (total > 0 ? options.flux[channel]! / total : 0) : options.fluxScale[channel]!
    flux.push(scale * total)
    const gain = options.gain?.[channel]
    for (let y = 0, p = 0; y < light.height; y++) {
      for (let x = 0; x < light.width; x++, p++) {
        const value = scale * seen[p]!
        const added = gain === undefined ? value : noise.poisson(Math.max(0, value * gain)) / gain
        const at = ((top + y) * width + left + x) * channels + channel
        data[at] = data[at]! + added
      }
    }
  }
  const { x, y } = options
  const parameters = { x, y, ...patch.parameters, psfFwhmPixels: options.psfFwhm }
  return { image: makeImage(data, height, width, channels), truth: { kind: patch.kind, rating: 5, flux, parameters } }
}
