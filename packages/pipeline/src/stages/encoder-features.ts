import { type Image, tensor, UnsupportedError, type Warning } from '@astronomaly/core'
import { luptonRgb, preprocess } from '@astronomaly/features'
import { loadEncoder } from '@astronomaly/features/node'
import type { LoadedImage } from '@astronomaly/io/node'
import {
  type FeatureMaker,
  type FeatureOutcome,
  type FeatureSettings,
  presetFor,
  rejectionOf,
} from './feature-maker.ts'

/** Pictures that an encoder sees at once: few enough that the copies of a batch stay small. */
const encoderBatch = 16

interface PreparedPicture {
  readonly pixels: Float32Array
  readonly warnings: readonly string[]
}

/** Features by the CNN at `path`. `onWarning` hears what was assumed of it. */
export async function encoderFeatures(
  settings: FeatureSettings,
  path: string,
  folder: string,
  onWarning?: (warning: Warning) => void,
): Promise<FeatureMaker> {
  const encoder = await loadEncoder(path, {
    ...settings.encoderOptions,
    engine: settings.engine,
    views: settings.views,
    threads: 1,
    onWarning,
  })
  const [height, width, channels] = encoder.inputShape
  if (height !== width) {
    await encoder.dispose()
    throw new UnsupportedError(`rank: encoder must take square pictures. Received ${height} x ${width} for ${path}.`)
  }
  const size = height * width * channels
  const prepare = (picture: LoadedImage): PreparedPicture => {
    const preset = presetFor(settings.preprocess, picture.origin)
    // Networks know pictures for the eye: survey images that keep their colours are rendered as such.
    const seen = preset === 'rgb' && picture.origin === 'science' ? luptonRgb(picture.image) : picture.image
    const scaled = preset === 'paper'
    const prepared = preprocess(seen, { preset, scale: scaled ? 'min-max' : 'none', crop: settings.crop, size: height })
    return { pixels: encoderPixels(prepared.image, channels, scaled ? 1 : 255), warnings: prepared.warnings }
  }
  const encodeAll = async (pictures: readonly PreparedPicture[]): Promise<FeatureOutcome[]> => {
    const data = new Float32Array(pictures.length * size)
    pictures.forEach(({ pixels }, i) => {
      data.set(pixels, i * size)
    })
    try {
      const rows = await encoder.encode(tensor(data, [pictures.length, height, width, channels]))
      return pictures.map(({ warnings }, i) => ({
        features: rows.data.slice(i * encoder.featureCount, (i + 1) * encoder.featureCount),
        warnings,
      }))
    } catch (error) {
      if (pictures.length === 1) return [rejectionOf(error)]
      const outcomes: FeatureOutcome[] = []
      for (const picture of pictures) outcomes.push(...(await encodeAll([picture])))
      return outcomes
    }
  }
  return {
    id: encoder.id,
    folder,
    columns: encoder.featureCount,
    names: null,
    async make(pictures) {
      const outcomes: FeatureOutcome[] = new Array(pictures.length)
      let waiting: { readonly index: number; readonly picture: PreparedPicture }[] = []
      const flush = async (): Promise<void> => {
        if (waiting.length === 0) return
        const made = await encodeAll(waiting.map(({ picture }) => picture))
        waiting.forEach(({ index }, i) => {
          outcomes[index] = made[i]!
        })
        waiting = []
      }
      for (const [index, picture] of pictures.entries()) {
        try {
          waiting.push({ index, picture: prepare(picture) })
        } catch (error) {
          outcomes[index] = rejectionOf(error)
        }
        if (waiting.length === encoderBatch) await flush()
      }
      await flush()
      return outcomes
    },
    dispose: () => encoder.dispose(),
  }
}

/**
 * Pixels as encoders take them: `white` becomes 1, and what resampling threw beyond black and white is cut off. One channel is
 * repeated or the first ones are taken until there are `channels`; a colour picture for one channel becomes the mean.
 */
function encoderPixels(x: Image, channels: number, white: number): Float32Array {
  const [height, width, own] = x.shape
  const out = new Float32Array(height * width * channels)
  for (let p = 0; p < height * width; p++) {
    for (let c = 0; c < channels; c++) {
      let v = x.data[p * own + Math.min(c, own - 1)]!
      if (channels === 1) {
        for (let k = 1; k < own; k++) v += x.data[p * own + k]!
        v /= own
      }
      out[p * channels + c] = Math.min(1, Math.max(0, v / white))
    }
  }
  return out
}
