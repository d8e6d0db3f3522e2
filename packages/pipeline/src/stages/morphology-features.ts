import { createMorphologyExtractor } from '@astronomaly/features'
import {
  type FeatureMaker,
  type FeatureOutcome,
  type FeatureSettings,
  presetFor,
  rejectionOf,
} from './feature-maker.ts'

/** Features by the shape and the light of what is seen; no weights are needed, and every column has a name. */
export function morphologyFeatures(settings: FeatureSettings, folder: string): FeatureMaker {
  const { crop } = settings
  const extractors = {
    paper: createMorphologyExtractor({ preprocess: { preset: 'paper', crop } }),
    rgb: createMorphologyExtractor({ preprocess: { preset: 'rgb', crop } }),
  }
  return {
    id: extractors.paper.id,
    folder,
    columns: extractors.paper.featureNames.length,
    names: extractors.paper.featureNames,
    async make(pictures) {
      return pictures.map((picture): FeatureOutcome => {
        try {
          return extractors[presetFor(settings.preprocess, picture.origin)].extract(picture.image)
        } catch (error) {
          return rejectionOf(error)
        }
      })
    },
    async dispose() {},
  }
}
