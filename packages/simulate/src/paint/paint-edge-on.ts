import type { Random } from '@astronomaly/core'
import { createCanvas, integratePixels, sumOf } from './canvas.ts'
import { drawBasics, drawBetween, drawColours, partFlux } from './galaxy-statistics.ts'
import { dustCurve } from './paint-spiral.ts'
import { addSersic, type Painted } from './painted.ts'

/**
 * A disc seen edge-on: brightness (R / h) K₁(R / h) sech²(z / z0), the projection of an exponential disc with an isothermal layer; a
 * bulge; and in 6 of 10 a dust lane that dims the far half of the disc.
 *
 * @remarks z0 = 0.22 to 0.45 h, twice the scale height (Kregel et al. 2002 find h / 7 in the mean). The disc fades beyond 3 to 4.5 h. The lane lies within 0.25 z0 of the plane.
 * @see van der Kruit & Searle 1981, A&A 95, 105
 */
export function paintEdgeOn(random: Random, size: number): Painted {
  const drawn = drawBasics(random, size, 15.8, 18.9)
  const basics = { ...drawn, radius: Math.min(1.1 * drawn.radius, 0.18 * size) }
  const scale = basics.radius / 1.678
  const thickness = scale * drawBetween(random, 0.22, 0.45)
  const bulge = drawBetween(random, 0.02, 0.35)
  const lane = random.uniform() < 0.6 ? drawBetween(random, 0.8, 3) : 0
  const laneOffset = thickness * drawBetween(random, -0.25, 0.25)
  const laneThickness = thickness * drawBetween(random, 0.2, 0.35)
  const cut = drawBetween(random, 3, 4.5)
  const bend = drawBetween(random, -0.025, 0.025)
  const old = drawColours(random, 'old', basics.redshift)
  const young = drawColours(random, 'young', basics.redshift)
  const youth = drawBetween(random, 0.2, 0.9) * (1 - bulge)
  const colours = [old[0] + youth * (young[0] - old[0]), old[1] + youth * (young[1] - old[1])] as const
  const cos = Math.cos(basics.angle)
  const sin = Math.sin(basics.angle)
  const inFrame =
    (value: (along: number, above: number) => number) =>
    (dx: number, dy: number): number => {
      const along = dx * cos + dy * sin
      return value(Math.abs(along), dy * cos - dx * sin - (bend * along * along) / scale / 4)
    }
  const map = integratePixels(
    size,
    size,
    basics.x,
    basics.y,
    inFrame(
      (along, above) =>
        projectedExponential(along / scale) / (1 + (along / scale / cut) ** 8) / Math.cosh(above / thickness) ** 2,
    ),
    2,
  )
  const depth = integratePixels(
    size,
    size,
    basics.x,
    basics.y,
    inFrame(
      (along, above) =>
        (lane * Math.exp((-0.8 * along) / scale)) / Math.cosh((above - laneOffset) / laneThickness) ** 2,
    ),
  )
  const light = createCanvas(size, size)
  const bulgeRadius = basics.radius * drawBetween(random, 0.12, 0.25)
  const bulgeFrame = { ...basics, axisRatio: drawBetween(random, 0.5, 0.85) }
  addSersic(
    light,
    bulgeFrame,
    { radius: bulgeRadius, index: drawBetween(random, 1.2, 3.5) },
    partFlux(basics.magnitude, bulge, old),
  )
  const flux = partFlux(basics.magnitude, 1 - bulge, colours)
  const total = sumOf(map)
  for (const [band, plane] of light.planes.entries()) {
    for (let p = 0; p < plane.length; p++) {
      const passed = 0.35 + 0.65 * Math.exp(-depth[p]! * dustCurve[band]!)
      plane[p] = (plane[p]! + (flux[band]! * map[p]!) / total) * passed
    }
  }
  return {
    light,
    type: bulge > 0.2 ? 'COMP' : 'EXP',
    expRadius: basics.radius,
    devRadius: bulge > 0.2 ? bulgeRadius : 0,
    roughness: lane > 0 ? 0.3 : 0.12,
    parameters: { ...basics, thickness, bulge, lane, laneOffset, laneThickness, bend, youth },
  }
}

/** x K₁(x), 1 at x = 0 (Abramowitz and Stegun 9.8.7 and 9.8.8, relative error below 3e-7). */
function projectedExponential(x: number): number {
  if (x <= 0) return 1
  if (x <= 2) {
    const t = (x / 3.75) ** 2
    const i1 =
      0.5 +
      t * (0.87890594 + t * (0.51498869 + t * (0.15084934 + t * (0.02658733 + t * (0.00301532 + t * 0.00032411)))))
    const s = (x / 2) ** 2
    const series =
      1 +
      s * (0.15443144 + s * (-0.67278579 + s * (-0.18156897 + s * (-0.01919402 + s * (-0.00110404 - s * 0.00004686)))))
    return x * x * Math.log(x / 2) * i1 + series
  }
  const w = 2 / x
  const series =
    1.25331414 +
    w * (0.23498619 + w * (-0.0365562 + w * (0.01504268 + w * (-0.00780353 + w * (0.00325614 - w * 0.00068245)))))
  return Math.sqrt(x) * Math.exp(-x) * series
}
