import { type Image, image, type Random } from '@astronomaly/core'

/** A picture of one plane from a function of column and row. */
export function draw(height: number, width: number, value: (x: number, y: number) => number): Image {
  return image(
    Float32Array.from({ length: height * width }, (_, p) => value(p % width, Math.floor(p / width))),
    height,
    width,
    1,
  )
}

/** Planes of the same size as one picture. */
export function stack(...planes: readonly Image[]): Image {
  const [height, width] = planes[0]!.shape
  const out = new Float32Array(height * width * planes.length)
  planes.forEach((plane, c) => {
    for (let p = 0; p < height * width; p++) out[p * planes.length + c] = plane.data[p]!
  })
  return image(out, height, width, planes.length)
}

/** The picture transposed, then with its rows reversed where `flip` says so: generates all symmetries of the square. */
export function turn(x: Image, transpose: boolean, flipX: boolean, flipY: boolean): Image {
  const [side, , channels] = x.shape
  const out = new Float32Array(x.data.length)
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [a, b] = transpose ? [column, row] : [row, column]
      const from = ((flipY ? side - 1 - a : a) * side + (flipX ? side - 1 - b : b)) * channels
      out.set(x.data.subarray(from, from + channels), (row * side + column) * channels)
    }
  }
  return image(out, side, side, channels)
}

/** Light of an elliptical galaxy with an exponential profile, 1 at its centre. */
export function disc(x: number, y: number, scale: number, aspect: number, angle: number): number {
  const u = x * Math.cos(angle) + y * Math.sin(angle)
  const v = (y * Math.cos(angle) - x * Math.sin(angle)) / aspect
  return Math.exp(-Math.hypot(u, v) / scale)
}

/** A galaxy with a companion and arms, in three colours, with noise; the sky is 10. */
export function galaxy(side: number, angle: number, noise = 0, random?: Random): Image {
  const middle = (side - 1) / 2
  const plane = (bulge: number, arms: number): Image =>
    draw(side, side, (x, y) => {
      const dx = x - middle
      const dy = y - middle
      const r = Math.hypot(dx, dy)
      const phase = 2 * (Math.atan2(dy, dx) - angle) - (8 * r) / side
      const spiral = arms * Math.exp(-((r - side / 8) ** 2) / (side / 14) ** 2) * (1 + Math.cos(phase))
      const away = side / 5
      const companion = disc(dx - away * Math.cos(angle), dy - away * Math.sin(angle), side / 50, 1, 0)
      const light = bulge * disc(dx, dy, side / 16, 0.6, angle + 0.4) + spiral + 60 * companion
      return 10 + light + (random ? noise * random.normal() : 0)
    })
  return stack(plane(120, 14), plane(100, 18), plane(60, 24))
}
