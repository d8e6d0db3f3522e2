/** What a simulated picture can show. */
export type ObjectKind =
  | 'elliptical'
  | 'disc'
  | 'spiral'
  | 'edge-on'
  | 'lens'
  | 'merger'
  | 'ring'
  | 'satellite-trail'
  | 'bleed-trail'
  | 'missing-band'
  | 'masked-block'
  | 'cosmic-ray'
  | 'low-signal'
  | 'bright-neighbour'

/** The three groups that a survey is mixed of. */
export type ObjectGroup = 'ordinary' | 'anomaly' | 'artefact'

/** What is known of a kind before any picture is drawn. */
export interface ObjectKindInfo {
  /** What a person would answer, 0 (rubbish) to 5 (what one looks for). */
  readonly rating: number
  readonly group: ObjectGroup
  /** Share of the kind within its group; the shares of a group sum to 1. */
  readonly share: number
}

/** Every kind with its rating and group. Ordinary galaxies are rated 1, anomalies 5, artefacts 0. */
export const objectKinds: Readonly<Record<ObjectKind, ObjectKindInfo>> = {
  elliptical: { rating: 1, group: 'ordinary', share: 0.34 },
  disc: { rating: 1, group: 'ordinary', share: 0.24 },
  spiral: { rating: 1, group: 'ordinary', share: 0.28 },
  'edge-on': { rating: 1, group: 'ordinary', share: 0.14 },
  lens: { rating: 5, group: 'anomaly', share: 1 / 3 },
  merger: { rating: 5, group: 'anomaly', share: 1 / 3 },
  ring: { rating: 5, group: 'anomaly', share: 1 / 3 },
  'satellite-trail': { rating: 0, group: 'artefact', share: 1 / 7 },
  'bleed-trail': { rating: 0, group: 'artefact', share: 1 / 7 },
  'missing-band': { rating: 0, group: 'artefact', share: 1 / 7 },
  'masked-block': { rating: 0, group: 'artefact', share: 1 / 7 },
  'cosmic-ray': { rating: 0, group: 'artefact', share: 1 / 7 },
  'low-signal': { rating: 0, group: 'artefact', share: 1 / 7 },
  'bright-neighbour': { rating: 0, group: 'artefact', share: 1 / 7 },
}

/** The names of all kinds, in the order of {@link objectKinds}. */
export const objectKindNames: readonly ObjectKind[] = Object.keys(objectKinds) as ObjectKind[]
