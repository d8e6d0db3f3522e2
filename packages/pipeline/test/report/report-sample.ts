import { morphologyGlossary } from '@astronomaly/features'
import type { ContactSheet, RecallPlot, ReportData, ReportObject } from '../../src/report/report-data.ts'

/** The smallest JPEG's first bytes: enough for a page that does not decode it. */
export const picture = 'data:image/jpeg;base64,/9j/4AAQSkZJRgABAQ=='

export function sampleObject(index: number, more: Partial<ReportObject> = {}): ReportObject {
  return {
    id: `galaxy-${index}`,
    rank: index + 1,
    score: 0.9 - index / 1000,
    file: `deep/galaxy-${index}.fits`,
    picture,
    raDeg: 180 + index / 10,
    decDeg: -1.5,
    reasons: [
      { text: 'most of the light in few pixels', feature: 'gini', value: 0.81, deviation: 5.2 },
      { text: 'its brightest light lies in one centre', feature: 'm20', value: -1.2, deviation: -3.1 },
    ],
    ...more,
  }
}

export function sampleSheet(id: string, count: number, more: Partial<ReportObject> = {}): ContactSheet {
  return {
    id,
    title: `Sheet ${id}`,
    note: 'A note.',
    objects: Array.from({ length: count }, (_, i) => sampleObject(i, more)),
  }
}

export const samplePlot: RecallPlot = {
  title: 'Recall against rank',
  note: 'Mean of 5 seeds.',
  objects: 1000,
  anomalies: 300,
  curves: [
    { name: 'forest', ranks: [1, 500, 1000], recall: [0, 0.6, 1], low: [0, 0.5, 1], high: [0, 0.7, 1] },
    { name: 'neighbour-score', ranks: [1, 500, 1000], recall: [0, 0.9, 1] },
  ],
}

export const emptyReport: ReportData = {
  title: 'Run',
  facts: [],
  sheets: [],
  histograms: [],
  explainedVariance: [],
  recall: [],
  rejected: [],
  rejectedCount: 0,
  next: [],
}

export function sampleReport(): ReportData {
  return {
    title: 'Field 17',
    facts: [['objects ranked', '2,000']],
    sheets: [
      sampleSheet('ranking', 12, { forestScore: 0.5, rating: 4 }),
      sampleSheet('forest', 5),
      { ...sampleSheet('last', 0), objects: [sampleObject(1999), sampleObject(2000)] },
    ],
    histograms: [
      { title: 'Isolation-forest score', edges: [0, 0.25, 0.5, 0.75, 1], counts: [3, 100, 0, 5], topFrom: 0.8 },
    ],
    explainedVariance: [0.6, 0.3, 0.06],
    map: {
      xLabel: 'principal component 1',
      yLabel: 'principal component 2',
      x: [0, 1, 2, 3],
      y: [1, 0, 3, 2],
      top: [
        { x: 3, y: 2, id: 'galaxy-0', rank: 1 },
        { x: 2, y: 3, id: 'elsewhere', rank: 2 },
      ],
    },
    recall: [samplePlot],
    glossary: morphologyGlossary.filter(({ name }) => name === 'gini'),
    rejected: [{ id: 'bad', file: 'bad.fits', reason: 'header ends early' }],
    rejectedCount: 3,
    next: [{ text: 'Rank again', command: 'astronomaly label run --labels labels.csv' }],
  }
}
