import type { Random } from '@astronomaly/core'
import { addBlob, type Canvas, createCanvas } from '../paint/canvas.ts'
import { drawBetween, drawColours, drawMagnitude, fluxOf, partFlux } from '../paint/galaxy-statistics.ts'
import { sersicProfile } from '../paint/sersic-profile.ts'
import { pixelScaleArcsec } from './observing-conditions.ts'

/** A star: width of the blob that stands for a point before the point-spread function is applied, pixels. */
const pointSigma = 0.3

/** g − r and r − z of a main-sequence star, from turn-off (0.35, 0.12) along the stellar locus to M dwarfs (1.4, 2). */
export function drawStarColours(random: Random): [number, number] {
  const late = random.uniform() ** 1.4
  const gr = 0.35 + 1.05 * Math.min(1, late / 0.6)
  return [gr, 0.12 + 0.62 * (gr - 0.35) + 1.25 * Math.max(0, (late - 0.6) / 0.4)]
}

export function addStar(canvas: Canvas, x: number, y: number, flux: readonly number[]): void {
  addBlob(canvas, x, y, pointSigma, flux)
}

/**
 * Adds the galaxies and stars that happen to lie in the picture, seldom close to its middle.
 *
 * @returns How many there are.
 * @remarks Per square arcmin 20 galaxies of r = 20 to 24 with counts ∝ 10^(0.35 r) and 3.5 stars of r = 16.5 to 23 with counts ∝ 10^(0.12 r),
 * as in the survey at high galactic latitude.
 */
export function addFieldSources(canvas: Canvas, random: Random): number {
  const { width, height } = canvas
  const area = (width * height * pixelScaleArcsec ** 2) / 3600
  const galaxies = random.poisson(20 * area)
  const stars = random.poisson(3.5 * area)
  const place = (): [number, number] => {
    for (;;) {
      const x = random.uniform() * width - 0.5
      const y = random.uniform() * height - 0.5
      const fromMiddle = Math.hypot(x - (width - 1) / 2, y - (height - 1) / 2)
      if (fromMiddle > 0.16 * Math.min(width, height) || random.uniform() < 0.25) return [x, y]
    }
  }
  for (let i = 0; i < galaxies; i++) {
    const [x, y] = place()
    const magnitude = drawMagnitude(random, 20, 24, 0.35)
    const redshift = drawBetween(random, 0.1, 0.5)
    const colours = drawColours(random, random.uniform() < 0.4 ? 'old' : 'young', redshift)
    const arcsec = Math.min(1.6, Math.max(0.2, 0.55 * 10 ** (-0.08 * (magnitude - 22) + 0.15 * random.normal())))
    const axisRatio = drawBetween(random, 0.35, 1)
    addSmallGalaxy(
      canvas,
      { x, y, angle: Math.PI * random.uniform(), axisRatio, radius: arcsec / pixelScaleArcsec },
      partFlux(magnitude, 1, colours),
    )
  }
  for (let i = 0; i < stars; i++) {
    const [x, y] = place()
    const magnitude = drawMagnitude(random, 16.5, 23, 0.12)
    const [gr, rz] = drawStarColours(random)
    addStar(canvas, x, y, fluxOf(magnitude, gr, rz))
  }
  return galaxies + stars
}

/** An exponential galaxy painted on a patch of 5 half-light radii about it. */
function addSmallGalaxy(
  canvas: Canvas,
  galaxy: { x: number; y: number; angle: number; axisRatio: number; radius: number },
  flux: readonly number[],
): void {
  const { width, height, planes } = canvas
  const profile = sersicProfile({ radius: galaxy.radius, axisRatio: galaxy.axisRatio })
  const cos = Math.cos(galaxy.angle)
  const sin = Math.sin(galaxy.angle)
  const reach = Math.ceil(5 * galaxy.radius)
  const cells = 3
  for (
    let y = Math.max(0, Math.round(galaxy.y) - reach);
    y <= Math.min(height - 1, Math.round(galaxy.y) + reach);
    y++
  ) {
    for (
      let x = Math.max(0, Math.round(galaxy.x) - reach);
      x <= Math.min(width - 1, Math.round(galaxy.x) + reach);
      x++
    ) {
      let sum = 0
      for (let j = 0; j < cells; j++) {
        for (let i = 0; i < cells; i++) {
          const dx = x - galaxy.x + (i - 1) / cells
          const dy = y - galaxy.y + (j - 1) / cells
          const u = dx * cos + dy * sin
          const v = (dy * cos - dx * sin) / galaxy.axisRatio
          sum += profile.brightness(Math.sqrt(u * u + v * v))
        }
      }
      for (const [band, plane] of planes.entries()) {
        plane[y * width + x] = plane[y * width + x]! + (flux[band]! * sum) / (cells * cells)
      }
    }
  }
}

/** A bright galaxy or star near the edge of the picture, whose light spills over the object. */
export function paintBrightNeighbour(
  random: Random,
  size: number,
): { light: Canvas; star: boolean; x: number; y: number; magnitude: number } {
  const light = createCanvas(size, size)
  const direction = 2 * Math.PI * random.uniform()
  const distance = drawBetween(random, 0.3, 0.5) * size
  const x = (size - 1) / 2 + distance * Math.cos(direction)
  const y = (size - 1) / 2 + distance * Math.sin(direction)
  const star = random.uniform() < 0.5
  const magnitude = star ? drawBetween(random, 12.2, 14) : drawBetween(random, 13, 14.2)
  if (star) {
    const [gr, rz] = drawStarColours(random)
    const flux = fluxOf(magnitude, gr, rz)
    addStar(
      light,
      x,
      y,
      flux.map((f) => 0.93 * f),
    )
    // The aureole: the point-spread function's far wings hold several per cent of a star's light (King 1971).
    addBlob(
      light,
      x,
      y,
      5,
      flux.map((f) => 0.05 * f),
    )
    addBlob(
      light,
      x,
      y,
      16,
      flux.map((f) => 0.02 * f),
    )
  } else {
    const radius = drawBetween(random, 0.16, 0.26) * size
    const frame = { x, y, angle: Math.PI * random.uniform(), axisRatio: drawBetween(random, 0.4, 0.9) }
    const flux = partFlux(magnitude, 1, drawColours(random, 'old', 0.03))
    addSmallGalaxy(
      light,
      { ...frame, radius },
      flux.map((f) => 0.75 * f),
    )
    addSmallGalaxy(
      light,
      { ...frame, radius: 0.2 * radius },
      flux.map((f) => 0.25 * f),
    )
  }
  return { light, star, x, y, magnitude }
}
