import type { FeatureDescription } from '@astronomaly/features'
import { escapeHtml } from './escape-html.ts'

/** The features that the page explains, by name, each with its row's anchor. */
export type Glossary = ReadonlyMap<string, { readonly entry: FeatureDescription; readonly anchor: string }>

/** Gives each entry an anchor of its own. */
export function anchorGlossary(entries: readonly FeatureDescription[]): Glossary {
  return new Map(entries.map((entry, i) => [entry.name, { entry, anchor: `feature-${i + 1}` }]))
}

/** The glossary as a table that opens on demand. */
export function renderGlossary(glossary: Glossary): string {
  const cell = (text: string): string => `<td>${escapeHtml(text)}</td>`
  const rows = [...glossary.values()].map(
    ({ entry: { name, measures, range, high, low }, anchor }) =>
      `<tr id="${anchor}"><th scope="row">${escapeHtml(name)}</th>${[measures, range, high, low].map(cell).join('')}</tr>`,
  )
  return `<p class="note">Reasons are features that made an object easy to isolate for the forest, with their values; +5σ is five standard deviations above the mean of all objects.</p>
<details><summary>All ${glossary.size} features that have names</summary>
<div class="scroll" tabindex="0"><table class="glossary"><thead><tr><th scope="col">feature</th><th scope="col">measures</th><th scope="col">unit and range</th><th scope="col">high</th><th scope="col">low</th></tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
</details>`
}
