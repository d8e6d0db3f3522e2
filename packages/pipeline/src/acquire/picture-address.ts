import {
  describeValue,
  type OptionRule,
  type OptionRules,
  ParameterError,
  passedOption,
  resolveOptions,
} from '@astronomaly/core'
import { type LegacySurveyCutout, legacySurveyUrl, urlTemplate } from '@astronomaly/survey'
import type { CatalogueObject, WantedColumns } from './catalogue-objects.ts'

/** Which cut-outs of the Legacy Surveys. */
export type LegacySurveyPictures = Omit<LegacySurveyCutout, 'raDeg' | 'decDeg'>

/** How addresses are made, and what of the catalogue they need. */
export interface PictureAddress {
  readonly of: (object: CatalogueObject) => string
  readonly wanted: WantedColumns
}

/** What `legacySurveyUrl` takes and checks beside the position. */
const legacyRules = {
  size: passedOption(),
  pixelScale: passedOption(),
  layer: passedOption(),
  bands: passedOption(),
  format: passedOption(),
} satisfies OptionRules<LegacySurveyPictures>

/** An address with columns in braces, or cut-outs of the viewer. @throws ParameterError for what makes no addresses. */
export const sourceOption: OptionRule<string | LegacySurveyPictures, PictureAddress> = (source = {}, subject) => {
  if (typeof source === 'string') return templateAddress(source, subject)
  if (typeof source !== 'object' || source === null) {
    throw new ParameterError(
      `${subject} must be an address or an object of options. Received ${describeValue(source)}.`,
    )
  }
  const cutout = resolveOptions(subject, source, legacyRules)
  legacySurveyUrl({ ...cutout, raDeg: 0, decDeg: 0 })
  return {
    of: ({ raDeg, decDeg }) => legacySurveyUrl({ ...cutout, raDeg, decDeg }),
    wanted: { positions: true, further: [] },
  }
}

function templateAddress(template: string, subject: string): PictureAddress {
  const fill = urlTemplate(template)
  const names = [...new Set(Array.from(template.matchAll(/\{([^{}]*)\}/g), ([, name]) => name as string))]
  if (names.length === 0) {
    throw new ParameterError(
      `${subject} must name a column in braces, such as {id} or {ra}. Received ${describeValue(template)}.`,
    )
  }
  const positions = names.includes('ra') || names.includes('dec')
  return {
    of: ({ id, raDeg, decDeg, values }) =>
      fill(positions ? { ...values, id, ra: raDeg, dec: decDeg } : { ...values, id }),
    wanted: { positions, further: names.filter((name) => !['id', 'ra', 'dec'].includes(name)) },
  }
}
