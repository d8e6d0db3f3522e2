import type { Random } from '@astronomaly/core'
import { pixelScaleArcsec } from '../survey/observing-conditions.ts'
import { addMap, createCanvas, sumOf } from './canvas.ts'
import { drawBetween, drawColours, drawMagnitude, drawNormal, fluxOf, partFlux } from './galaxy-statistics.ts'
import { type ResolvedLens, resolveLens } from './lens-parameters.ts'
import { addSersic, type Painted } from './painted.ts'
import { traceLens } from './trace-lens.ts'

/**
 * Draws mass and source of a lens that ground-based seeing resolves: Einstein radius 1.6 to 3.6 arcsec (counts falling as its
 * square), axis ratio 0.75 ± 0.12, shear up to 0.08, a source of 0.12 to 0.4 arcsec placed uniformly in area within 0.38 Einstein radii of the axis: quads, arcs, rings and, outermost, doubles.
 */
export function drawLens(random: Random, maxRadius: number): ResolvedLens {
  const largest = Math.min(3.6, maxRadius)
  const smallest = Math.min(1.6, 0.7 * largest)
  const einsteinRadius = 1 / (1 / largest + (1 / smallest - 1 / largest) * random.uniform())
  const offset = 0.38 * einsteinRadius * Math.sqrt(random.uniform())
  const direction = 2 * Math.PI * random.uniform()
  return resolveLens({
    einsteinRadius,
    axisRatio: drawNormal(random, 0.75, 0.12, 0.5, 1),
    angle: Math.PI * random.uniform(),
    shear: 0.08 * random.uniform(),
    shearAngle: Math.PI * random.uniform(),
    source: {
      x: offset * Math.cos(direction),
      y: offset * Math.sin(direction),
      radius: drawBetween(random, 0.12, 0.4),
      index: drawBetween(random, 0.8, 1.6),
      axisRatio: drawBetween(random, 0.4, 1),
      angle: Math.PI * random.uniform(),
    },
  })
}

/** Total magnitude and colours of the arcs: r = 19.2 to 21.2 (lensed), a star-forming galaxy at redshift 1 to 3. */
export function drawArcs(random: Random): { magnitude: number; gr: number; rz: number } {
  return {
    magnitude: drawMagnitude(random, 19.2, 21.2, 0.25),
    gr: drawNormal(random, 0.12, 0.12, -0.1, 0.5),
    rz: drawNormal(random, 0.2, 0.15, -0.1, 0.6),
  }
}

/**
 * A red elliptical at redshift 0.25 to 0.55 that lenses a blue galaxy behind it. The mass follows the light's shape within 12°
 * and 0.1 in axis ratio.
 */
export function paintLens(random: Random, size: number): Painted {
  const redshift = drawBetween(random, 0.25, 0.55)
  const lens = drawLens(random, 0.16 * size * pixelScaleArcsec)
  const { einsteinRadius } = lens.mass
  // Brighter galaxies are heavier: Einstein radius ∝ velocity dispersion² ∝ √luminosity (Faber & Jackson 1976).
  const magnitude = 19.2 + 6 * (redshift - 0.4) - 4 * Math.log10(einsteinRadius / 2) + 0.25 * random.normal()
  const middle = (size - 1) / 2
  const frame = {
    x: middle + drawBetween(random, -0.5, 0.5),
    y: middle + drawBetween(random, -0.5, 0.5),
    angle: lens.mass.angle + 0.2 * random.normal(),
    axisRatio: Math.min(1, Math.max(0.5, lens.mass.axisRatio + 0.1 * random.normal())),
  }
  const radius = (drawBetween(random, 0.4, 0.75) * einsteinRadius) / pixelScaleArcsec
  const index = drawNormal(random, 4, 0.6, 3, 5.5)
  const light = createCanvas(size, size)
  addSersic(light, frame, { radius, index }, partFlux(magnitude, 1, drawColours(random, 'old', redshift)))
  const arcs = drawArcs(random)
  const map = traceLens(size, size, frame.x, frame.y, pixelScaleArcsec, lens)
  const magnification = sumOf(map)
  addMap(
    light,
    map,
    fluxOf(arcs.magnitude, arcs.gr, arcs.rz).map((f) => f / magnification),
  )
  return {
    light,
    type: random.uniform() < 0.5 ? 'DEV' : 'COMP',
    expRadius: 0,
    devRadius: radius,
    roughness: 0.6,
    parameters: {
      x: frame.x,
      y: frame.y,
      magnitude,
      redshift,
      radius,
      index,
      axisRatio: frame.axisRatio,
      angle: frame.angle,
      mass: { ...lens.mass },
      source: { ...lens.source, magnitude: arcs.magnitude + 2.5 * Math.log10(magnification) },
      arcMagnitude: arcs.magnitude,
      magnification,
    },
  }
}
