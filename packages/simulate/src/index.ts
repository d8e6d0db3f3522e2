export { addLens, type InjectableKind, type Injection, injectObject } from './inject/inject-object.ts'
export type { InjectionOptions } from './inject/injection-options.ts'
export type { PerBand } from './paint/canvas.ts'
export type { LensParameters, LensSource } from './paint/lens-parameters.ts'
export type { Json } from './paint/painted.ts'
export { convolve, type GaussianTerm, type PsfOptions, psfMixture } from './paint/psf.ts'
export { type SersicOptions, type SersicProfile, sersicProfile } from './paint/sersic-profile.ts'
export { type Deflection, type LensMass, sieDeflection } from './paint/sie-deflection.ts'
export type { CatalogueEntry } from './survey/catalogue-entry.ts'
export { type ContactSheetOptions, contactSheet } from './survey/contact-sheet.ts'
export { encodeSimulatedObject, surveyCatalogue } from './survey/encode-survey.ts'
export {
  type ObjectGroup,
  type ObjectKind,
  type ObjectKindInfo,
  objectKindNames,
  objectKinds,
} from './survey/object-kinds.ts'
export { type SimulatedObject, type SimulateObjectOptions, simulateObject } from './survey/simulate-object.ts'
export {
  type SimulateSurveyOptions,
  type SurveyFractions,
  simulateSurvey,
  surveyKinds,
} from './survey/simulate-survey.ts'
