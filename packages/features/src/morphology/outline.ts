/**
 * Points of the outline of a region where a picture crosses a level, by linear interpolation between pixel centres.
 *
 * @param inside - 1 inside. The edge of the picture is no outline.
 * @returns x0, y0, x1, y1, …, in no order.
 */
export function outline(
  picture: Float64Array,
  inside: Uint8Array,
  height: number,
  width: number,
  level: number,
): number[] {
  const points: number[] = []
  const cross = (p: number, q: number): number => {
    const drop = picture[p]! - picture[q]!
    return drop > 0 ? Math.min(1, Math.max(0, (picture[p]! - level) / drop)) : 0.5
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const p = y * width + x
      if (inside[p] !== 1) continue
      if (x + 1 < width && inside[p + 1] !== 1) points.push(x + cross(p, p + 1), y)
      if (x > 0 && inside[p - 1] !== 1) points.push(x - cross(p, p - 1), y)
      if (y + 1 < height && inside[p + width] !== 1) points.push(x, y + cross(p, p + width))
      if (y > 0 && inside[p - width] !== 1) points.push(x, y - cross(p, p - width))
    }
  }
  return points
}
