import { describe, expect, it } from 'vitest'
import { createMorphologyExtractor, describeFeature, morphologyGlossary } from '../../src/index.ts'

describe('morphologyGlossary', () => {
  it('has one entry for each column of the extractor, in their order, and no other', () => {
    expect(morphologyGlossary.map(({ name }) => name)).toEqual(createMorphologyExtractor().featureNames)
  })

  it('says of each what it measures in one sentence, and tells high from low', () => {
    for (const { name, topic, measures, range, high, low, source } of morphologyGlossary) {
      expect(measures, name).toMatch(/^[A-Z][^.]*\.$/)
      for (const text of [topic, range, high, low, source]) expect(text, name).toMatch(/\S.*[^.\s]$/)
      expect(high, name).not.toBe(low)
    }
  })

  it('gives entries of different names different sentences', () => {
    expect(new Set(morphologyGlossary.map(({ measures }) => measures)).size).toBe(morphologyGlossary.length)
  })

  it('finds an entry by its name and knows no other names', () => {
    expect(describeFeature('gini')).toMatchObject({ high: 'most of the light in few pixels' })
    expect(describeFeature('constructor')).toBeUndefined()
  })
})
