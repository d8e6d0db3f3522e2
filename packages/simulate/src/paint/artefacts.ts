import type { Random } from '@astronomaly/core'
import { addStar, drawStarColours } from '../survey/field-sources.ts'
import type { ObservingConditions } from '../survey/observing-conditions.ts'
import type { Canvas, PerBand } from './canvas.ts'
import { addBlob } from './canvas.ts'
import { drawBetween, fluxOf } from './galaxy-statistics.ts'
import type { Json } from './painted.ts'

/** What an artefact did to a picture. */
export interface ArtefactTruth {
  readonly parameters: { readonly [name: string]: Json }
  /** Bits of the survey's data-quality mask at the object, per band: 1 bad, 2 saturated, 16 cosmic ray, 64 bleed, 128 transient. */
  readonly mask: PerBand
}

/** A saturated star and the columns that its charge has run along. */
export interface BleedingStar {
  readonly x: number
  readonly y: number
  readonly flux: PerBand
  readonly magnitude: number
  readonly vertical: boolean
}

/** Draws a star of r = 9.2 to 11.5 whose bleed trail passes the object, and adds its light before the atmosphere. */
export function paintBleedingStar(light: Canvas, random: Random): BleedingStar {
  const { width: size } = light
  const magnitude = drawBetween(random, 9.2, 11.5)
  const [gr, rz] = drawStarColours(random)
  const flux = fluxOf(magnitude, gr, rz)
  const vertical = random.uniform() < 0.5
  const along = (size - 1) / 2 + (random.uniform() < 0.5 ? -1 : 1) * drawBetween(random, 0.15, 0.42) * size
  const across = (size - 1) / 2 + drawBetween(random, -0.12, 0.12) * size
  const [x, y] = vertical ? [across, along] : [along, across]
  addStar(
    light,
    x,
    y,
    flux.map((f) => 0.94 * f),
  )
  addBlob(
    light,
    x,
    y,
    5,
    flux.map((f) => 0.035 * f),
  )
  addBlob(
    light,
    x,
    y,
    14,
    flux.map((f) => 0.02 * f),
  )
  addSpikes(light, x, y, flux, 0.004)
  return { x, y, flux, magnitude, vertical }
}

/** Diffraction at the four vanes of the mount: two crossed lines that fade as 1 / distance. */
function addSpikes(light: Canvas, x: number, y: number, flux: PerBand, share: number): void {
  const reach = 0.5 * light.width
  for (let quarter = 0; quarter < 4; quarter++) {
    const angle = Math.PI / 4 + (quarter * Math.PI) / 2
    for (let d = 2; d < reach; d++) {
      const part = (share * Math.exp((-2 * d) / reach)) / d
      addBlob(
        light,
        x + d * Math.cos(angle),
        y + d * Math.sin(angle),
        0.6,
        flux.map((f) => f * part),
      )
    }
  }
}

/** Saturates the star's core and draws its bleed trail on the finished picture, in place. */
export function addBleedTrail(canvas: Canvas, star: BleedingStar, random: Random): ArtefactTruth {
  const { width, height, planes } = canvas
  const level = [26, 30, 34].map((v) => v * drawBetween(random, 0.8, 1.2))
  const lengths = [0, 1, 2].map(() => drawBetween(random, 0.25, 1) * Math.max(width, height))
  const half = drawBetween(random, 1, 2.6) * (1 + Math.max(0, 10.5 - star.magnitude) * 0.5)
  for (const [band, plane] of planes.entries()) {
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0; x < width; x++, p++) {
        const along = Math.abs(star.vertical ? y - star.y : x - star.x)
        const across = Math.abs(star.vertical ? x - star.x : y - star.y)
        const taper = 1 - along / lengths[band]!
        if (taper > 0 && across < half * Math.sqrt(taper) + 0.5) {
          plane[p] = level[band]! * (0.15 + 0.85 * taper) * (1 + 0.05 * random.normal())
        } else if (plane[p]! > level[band]!) plane[p] = level[band]!
      }
    }
  }
  const { x, y, magnitude, vertical } = star
  return { parameters: { x, y, magnitude, vertical, halfWidth: half, lengths }, mask: [66, 66, 66] }
}

/** A satellite's trail: one or two straight lines, each in one band, 5 to 35 times the sky's scatter at the ridge. */
export function addSatelliteTrail(canvas: Canvas, conditions: ObservingConditions, random: Random): ArtefactTruth {
  const { width, height, planes } = canvas
  const mask: [number, number, number] = [0, 0, 0]
  const trails = Array.from({ length: random.uniform() < 0.25 ? 2 : 1 }, () => {
    const band = random.integer(3)
    const angle = Math.PI * random.uniform()
    const offset = drawBetween(random, -0.25, 0.25) * Math.min(width, height)
    const sigma = drawBetween(random, 1.1, 2.8)
    const peak = conditions.skySigma[band]! * drawBetween(random, 5, 35)
    const drift = drawBetween(random, -0.3, 0.3)
    const plane = planes[band]!
    for (let y = 0, p = 0; y < height; y++) {
      for (let x = 0; x < width; x++, p++) {
        const dx = x - (width - 1) / 2
        const dy = y - (height - 1) / 2
        const across = dy * Math.cos(angle) - dx * Math.sin(angle) - offset
        const along = (dx * Math.cos(angle) + dy * Math.sin(angle)) / width
        const light = peak * (1 + drift * along) * Math.exp((-0.5 * across * across) / (sigma * sigma))
        if (light > 1e-6) {
          plane[p] = plane[p]! + light + Math.sqrt(light / conditions.electronsPerNanomaggie[band]!) * random.normal()
        }
      }
    }
    mask[band] = 128
    return { band, angle, offset, sigma, peak }
  })
  return { parameters: { trails }, mask }
}

/** One band without data: everywhere, or on one side of a detector's edge. */
export function removeBand(canvas: Canvas, random: Random): ArtefactTruth {
  const { width, height, planes } = canvas
  const band = random.integer(3)
  const whole = random.uniform() < 0.7
  const horizontal = random.uniform() < 0.5
  const from = whole ? 0 : Math.round(drawBetween(random, 0.25, 0.5) * (horizontal ? height : width))
  const plane = planes[band]!
  for (let y = 0, p = 0; y < height; y++) {
    for (let x = 0; x < width; x++, p++) if ((horizontal ? y : x) >= from) plane[p] = 0
  }
  const mask: [number, number, number] = [0, 0, 0]
  mask[band] = 1
  return { parameters: { band, whole, horizontal, from }, mask }
}

/** A rectangle without data in all bands, 0.2 to 0.5 of the picture's side, over or beside the object. */
export function maskBlock(canvas: Canvas, random: Random): ArtefactTruth {
  const { width, height, planes } = canvas
  const w = Math.round(drawBetween(random, 0.2, 0.5) * width)
  const h = Math.round(drawBetween(random, 0.2, 0.5) * height)
  const left = Math.round(drawBetween(random, 0.15, 0.85) * width - w / 2)
  const top = Math.round(drawBetween(random, 0.15, 0.85) * height - h / 2)
  for (const plane of planes) {
    for (let y = Math.max(0, top); y < Math.min(height, top + h); y++) {
      plane.fill(0, y * width + Math.max(0, left), y * width + Math.min(width, left + w))
    }
  }
  return { parameters: { left, top, width: w, height: h }, mask: [1, 1, 1] }
}

/** 4 to 9 cosmic-ray tracks, sharper than any source because they have not come through the atmosphere. */
export function addCosmicRays(canvas: Canvas, conditions: ObservingConditions, random: Random): ArtefactTruth {
  const { width, height } = canvas
  const mask: [number, number, number] = [0, 0, 0]
  const tracks = Array.from({ length: 4 + random.integer(6) }, (_, i) => {
    const band = random.uniform() < 0.6 ? 2 : random.integer(3)
    const spread = i === 0 ? 0.08 : 0.45
    let x = (0.5 + drawBetween(random, -spread, spread)) * width
    let y = (0.5 + drawBetween(random, -spread, spread)) * height
    const start = [x, y] as const
    let angle = 2 * Math.PI * random.uniform()
    const length = random.uniform() < 0.3 ? drawBetween(random, 1, 4) : drawBetween(random, 5, 0.3 * width)
    const charge = conditions.skySigma[band]! * drawBetween(random, 25, 110)
    const curl = (random.uniform() < 0.25 ? 0.03 : 0.004) * random.normal()
    for (let d = 0; d < length; d += 0.5) {
      const flux = [0, 0, 0]
      flux[band] = charge * 0.5 * (0.6 + 0.8 * random.uniform())
      addBlob(canvas, x, y, 0.35, flux)
      x += 0.5 * Math.cos(angle)
      y += 0.5 * Math.sin(angle)
      angle += curl
    }
    mask[band] = 16
    return { band, x: start[0], y: start[1], length, charge }
  })
  return { parameters: { tracks }, mask }
}
