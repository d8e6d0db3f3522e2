import type { Random } from '@astronomaly/core'
import { createCanvas } from './canvas.ts'
import { drawBasics, drawBetween, drawColours, drawDiscAxisRatio, drawNormal, partFlux } from './galaxy-statistics.ts'
import { addSersic, type Painted } from './painted.ts'

/**
 * An elliptical galaxy: a Sérsic profile with n = 4 ± 0.8 (2.5 to 6), axis ratio 0.78 ± 0.15 (0.4 to 1), old colours; a third carry a
 * faint halo of n = 1 as large galaxies in groups do.
 */
export function paintElliptical(random: Random, size: number): Painted {
  const basics = drawBasics(random, size)
  const index = drawNormal(random, 4, 0.8, 2.5, 6)
  const axisRatio = drawNormal(random, 0.78, 0.15, 0.4, 1)
  const halo = random.uniform() < 1 / 3 ? drawBetween(random, 0.1, 0.25) : 0
  const colours = drawColours(random, 'old', basics.redshift)
  const light = createCanvas(size, size)
  const frame = { ...basics, axisRatio }
  const radius = 0.8 * basics.radius
  addSersic(light, frame, { radius, index }, partFlux(basics.magnitude, 1 - halo, colours))
  if (halo > 0) {
    const outer = { ...frame, axisRatio: Math.max(0.4, axisRatio - 0.1) }
    addSersic(light, outer, { radius: 2 * radius, index: 1 }, partFlux(basics.magnitude, halo, colours))
  }
  return {
    light,
    type: 'DEV',
    expRadius: 0,
    devRadius: radius,
    roughness: 0.05,
    parameters: { ...basics, index, axisRatio, halo },
  }
}

/**
 * A disc with a bulge and no arms: exponential disc seen at 75° at most, bulge of 0.08 to 0.6 of the r-band light with n = 1.5 to
 * 4 and 0.12 to 0.3 of the disc's half-light radius. The disc's colour lies between old and young.
 */
export function paintDisc(random: Random, size: number): Painted {
  const basics = drawBasics(random, size)
  const axisRatio = drawDiscAxisRatio(random, 0.26)
  const bulge = drawBetween(random, 0.08, 0.6)
  const bulgeIndex = drawBetween(random, 1.5, 4)
  const bulgeRadius = basics.radius * drawBetween(random, 0.12, 0.3)
  const old = drawColours(random, 'old', basics.redshift)
  const young = drawColours(random, 'young', basics.redshift)
  const youth = random.uniform() * (1 - bulge)
  const disc = [old[0] + youth * (young[0] - old[0]), old[1] + youth * (young[1] - old[1])] as const
  const light = createCanvas(size, size)
  const frame = { ...basics, axisRatio }
  addSersic(light, frame, { radius: basics.radius, index: 1 }, partFlux(basics.magnitude, 1 - bulge, disc))
  const round = { ...frame, axisRatio: Math.max(axisRatio, 0.55 + 0.4 * axisRatio) }
  addSersic(light, round, { radius: bulgeRadius, index: bulgeIndex }, partFlux(basics.magnitude, bulge, old))
  return {
    light,
    type: bulge > 0.2 ? 'COMP' : 'EXP',
    expRadius: basics.radius,
    devRadius: bulge > 0.2 ? bulgeRadius : 0,
    roughness: 0.08,
    parameters: { ...basics, axisRatio, bulge, bulgeIndex, bulgeRadius, youth },
  }
}
