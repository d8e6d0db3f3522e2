import type { Image } from '@astronomaly/core'

/** Why a picture is not used at all; undefined when it can be. @param maxMissing - Largest share of NaN, in [0, 1). */
export function whyUnusable(picture: Image, maxMissing: number): string | undefined {
  const { data } = picture
  let missing = 0
  for (let i = 0; i < data.length; i++) if (Number.isNaN(data[i]!)) missing++
  const share = missing / Math.max(1, data.length)
  if (share === 1) return 'all pixels are missing (NaN)'
  if (share > maxMissing) {
    return `missing (NaN) pixels: ${(100 * share).toPrecision(2)} % of the picture, allowed ${100 * maxMissing} %`
  }
  const first = data[0]
  if (data.every((v) => v === first)) return first === 0 ? 'all pixels are zero' : `all pixels are ${first}`
  return undefined
}
