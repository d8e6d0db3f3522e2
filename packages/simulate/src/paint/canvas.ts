import { type Image, image } from '@astronomaly/core'

/** The three bands of the survey, in the order of every array and plane. */
export const bandNames = ['g', 'r', 'z'] as const

/** One number for each of g, r and z. */
export type PerBand = readonly [g: number, r: number, z: number]

/** The three values of a function of the band's number. */
export function perBand(value: (band: number) => number): PerBand {
  return [value(0), value(1), value(2)]
}

/** Light before the atmosphere: one plane a band, nanomaggies per pixel, row-major. */
export interface Canvas {
  readonly width: number
  readonly height: number
  readonly planes: readonly Float64Array[]
}

export function createCanvas(width: number, height: number): Canvas {
  return { width, height, planes: bandNames.map(() => new Float64Array(width * height)) }
}

/** An ellipse's frame: centre in pixels, position angle of the major axis in radians from x towards y, axis ratio. */
export interface Frame {
  readonly x: number
  readonly y: number
  readonly angle: number
  readonly axisRatio: number
}

/** Cells along a pixel's side at a distance (pixels) from the cusp; the last entry of the table holds to infinity. */
const cusp: readonly (readonly [distance: number, cells: number])[] = [
  [0.9, 24],
  [2.5, 8],
  [6, 3],
]

/**
 * Integrates a surface brightness (per square pixel) over every pixel, with more cells where it is peaked.
 *
 * @param brightness - Takes offsets from (x, y) in pixels.
 * @param cells - Cells along the side of a pixel far from the centre.
 */
export function integratePixels(
  width: number,
  height: number,
  x: number,
  y: number,
  brightness: (dx: number, dy: number) => number,
  cells = 1,
): Float64Array {
  const out = new Float64Array(width * height)
  for (let row = 0, p = 0; row < height; row++) {
    for (let column = 0; column < width; column++, p++) {
      const dx = column - x
      const dy = row - y
      const distance = Math.hypot(dx, dy)
      let n = cells
      for (const [limit, fine] of cusp) {
        if (distance < limit) {
          n = Math.max(cells, fine)
          break
        }
      }
      if (n === 1) {
        out[p] = brightness(dx, dy)
        continue
      }
      let sum = 0
      for (let j = 0; j < n; j++) {
        const v = dy + (j + 0.5) / n - 0.5
        for (let i = 0; i < n; i++) sum += brightness(dx + (i + 0.5) / n - 0.5, v)
      }
      out[p] = sum / (n * n)
    }
  }
  return out
}

/** A brightness of the elliptical radius, as a function of offsets in pixels. */
export function elliptical(
  { angle, axisRatio }: Frame,
  brightness: (r: number) => number,
): (dx: number, dy: number) => number {
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return (dx, dy) => {
    const u = dx * cos + dy * sin
    const v = (dy * cos - dx * sin) / axisRatio
    return brightness(Math.sqrt(u * u + v * v))
  }
}

/** Adds a map, times each band's factor. */
export function addMap(canvas: Canvas, map: Float64Array, factors: readonly number[]): void {
  for (const [band, plane] of canvas.planes.entries()) {
    const factor = factors[band]!
    for (let p = 0; p < map.length; p++) plane[p] = plane[p]! + factor * map[p]!
  }
}

/** Adds a map scaled so that its sum is each band's flux; an empty map adds nothing. */
export function addNormalised(canvas: Canvas, map: Float64Array, flux: readonly number[]): void {
  const total = sumOf(map)
  if (total > 0)
    addMap(
      canvas,
      map,
      flux.map((f) => f / total),
    )
}

/** Adds a round Gaussian blob, integrated exactly over each pixel; what falls outside is lost. */
export function addBlob(canvas: Canvas, x: number, y: number, sigma: number, flux: readonly number[]): void {
  const { width, height, planes } = canvas
  const reach = Math.ceil(5 * sigma + 1)
  const left = Math.max(0, Math.round(x) - reach)
  const right = Math.min(width - 1, Math.round(x) + reach)
  const scale = 1 / (sigma * Math.SQRT2)
  const across = new Float64Array(Math.max(0, right - left + 1))
  for (let i = left; i <= right; i++) across[i - left] = (erf((i + 0.5 - x) * scale) - erf((i - 0.5 - x) * scale)) / 2
  for (let j = Math.max(0, Math.round(y) - reach); j <= Math.min(height - 1, Math.round(y) + reach); j++) {
    const down = (erf((j + 0.5 - y) * scale) - erf((j - 0.5 - y) * scale)) / 2
    for (let i = left; i <= right; i++) {
      const share = down * across[i - left]!
      for (const [band, plane] of planes.entries()) {
        plane[j * width + i] = plane[j * width + i]! + share * flux[band]!
      }
    }
  }
}

/** The canvas as an image `[height, width, bands]`. */
export function interleave({ width, height, planes }: Canvas): Image<Float32Array> {
  const data = new Float32Array(width * height * planes.length)
  for (const [band, plane] of planes.entries()) {
    for (let p = 0; p < plane.length; p++) data[p * planes.length + band] = plane[p]!
  }
  return image(data, height, width, planes.length)
}

export function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}

/** The error function (Abramowitz and Stegun 7.1.26, error below 1.5e-7). */
function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x))
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
  return Math.sign(x) * (1 - series * Math.exp(-x * x))
}
