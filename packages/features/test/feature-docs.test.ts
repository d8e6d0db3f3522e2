import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type FeatureDescription, morphologyGlossary } from '../src/index.ts'

describe('docs/features.md', () => {
  it('is what the glossary makes of it', async () => {
    const script = '../../../scripts/feature-docs.mjs'
    const { featurePage } = (await import(script)) as { featurePage(glossary: readonly FeatureDescription[]): string }
    const page = readFileSync(fileURLToPath(new URL('../../../docs/features.md', import.meta.url)), 'utf8')
    expect(page).toBe(featurePage(morphologyGlossary))
  })
})
