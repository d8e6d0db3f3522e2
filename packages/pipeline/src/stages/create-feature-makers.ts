import type { Warning } from '@astronomaly/core'
import { encoderFeatures } from './encoder-features.ts'
import type { FeatureMaker, FeatureSettings } from './feature-maker.ts'
import { morphologyFeatures } from './morphology-features.ts'

/** Prepares what `settings` ask for: the encoder's features in `features/`, and morphology there or, beside them, in `morphology/`. */
export async function createFeatureMakers(
  settings: FeatureSettings,
  onWarning?: (warning: Warning) => void,
): Promise<readonly FeatureMaker[]> {
  if (settings.encoder === null) return [morphologyFeatures(settings, 'features')]
  const encoder = await encoderFeatures(settings, settings.encoder, 'features', onWarning)
  return settings.features === 'both' ? [encoder, morphologyFeatures(settings, 'morphology')] : [encoder]
}
