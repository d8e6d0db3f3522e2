/** A centre in half pixels and the asymmetry about it. */
export interface Asymmetry {
  readonly x: number
  readonly y: number
  /** Σ |I − I₁₈₀| / Σ |I|, in [0, 2]. */
  readonly value: number
}

/**
 * Σ |I − I₁₈₀| / Σ |I| about (x, y) over the plane's pixels within `radius`; opposite a pixel that has no partner is 0.
 *
 * @param x - A multiple of ½, as `y`: pixels fall on pixels and nothing is interpolated.
 * @returns In [0, 2]; 0 where there is no light.
 * @see Conselice, Bershady & Jangren 2000, {@link https://doi.org/10.1086/308300}, without its factor ½
 */
export function rotationDifference(
  plane: Float64Array,
  height: number,
  width: number,
  x: number,
  y: number,
  radius: number,
): number {
  const twiceX = 2 * x
  const twiceY = 2 * y
  const lastRow = Math.min(height - 1, Math.floor(y + radius))
  let difference = 0
  let total = 0
  for (let row = Math.max(0, Math.ceil(y - radius)); row <= lastRow; row++) {
    const half = Math.sqrt(Math.max(0, radius * radius - (row - y) ** 2))
    const last = Math.min(width - 1, Math.floor(x + half))
    const other = twiceY - row
    const opposite = other * width + twiceX
    const rowExists = other >= 0 && other < height
    for (let column = Math.max(0, Math.ceil(x - half)); column <= last; column++) {
      const v = plane[row * width + column]!
      const across = twiceX - column
      const w = rowExists && across >= 0 && across < width ? plane[opposite - column]! : 0
      difference += Math.abs(v - w)
      total += Math.abs(v)
    }
  }
  return total > 0 ? difference / total : 0
}

const directions = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const

/** The centre of least asymmetry, by descent from (x, y) in steps of 1 and ½ pixel. O(radius² × steps). */
export function minimiseAsymmetry(
  plane: Float64Array,
  height: number,
  width: number,
  x: number,
  y: number,
  radius: number,
): Asymmetry {
  const known = new Map<number, number>()
  const at = (px: number, py: number): number => {
    const key = 2 * py * (2 * width) + 2 * px
    let value = known.get(key)
    if (value === undefined) {
      value = rotationDifference(plane, height, width, px, py, radius)
      known.set(key, value)
    }
    return value
  }
  let best = { x: Math.round(2 * x) / 2, y: Math.round(2 * y) / 2, value: 0 }
  best.value = at(best.x, best.y)
  for (let step = 1; step >= 0.5; step /= 2) {
    for (let moved = true; moved; ) {
      const from = best
      for (const [dx, dy] of directions) {
        const px = from.x + step * dx
        const py = from.y + step * dy
        if (px < 0 || py < 0 || px > width - 1 || py > height - 1) continue
        const value = at(px, py)
        if (value < best.value) best = { x: px, y: py, value }
      }
      moved = best !== from
    }
  }
  return best
}
