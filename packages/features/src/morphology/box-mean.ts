/** The mean over the (2 · reach + 1)² pixels around each pixel, fewer at the edges. O(pixels). */
export function boxMean(plane: Float64Array, height: number, width: number, reach: number): Float64Array {
  // Sums over all pixels above and to the left, with a first row and column of zeros.
  const row = width + 1
  const sums = new Float64Array((height + 1) * row)
  for (let y = 0; y < height; y++) {
    let line = 0
    for (let x = 0; x < width; x++) {
      line += plane[y * width + x]!
      sums[(y + 1) * row + x + 1] = sums[y * row + x + 1]! + line
    }
  }
  const out = new Float64Array(plane.length)
  for (let y = 0; y < height; y++) {
    const top = Math.max(0, y - reach) * row
    const bottom = Math.min(height, y + reach + 1) * row
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - reach)
      const right = Math.min(width, x + reach + 1)
      const sum = sums[bottom + right]! - sums[bottom + left]! - sums[top + right]! + sums[top + left]!
      out[y * width + x] = sum / (((bottom - top) / row) * (right - left))
    }
  }
  return out
}
