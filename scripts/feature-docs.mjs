// npm run feature-docs: writes docs/features.md from the glossary of the morphology features. A test makes sure that the page is up to date.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { main, root } from './run-step.mjs'

/** The page for a glossary. */
export function featurePage(glossary) {
  const cell = (text) => text.replaceAll('|', '\\|')
  const rows = glossary.map(
    ({ name, measures, range, high, low, source }) =>
      `| \`${name}\` | ${[measures, range, high, low, source].map(cell).join(' | ')} |`,
  )
  return `# The features with names

Made by \`npm run feature-docs\` from \`packages/features/src/morphology/glossary.ts\`, which the report takes its words from too.

Without a network's weights, each picture becomes these ${glossary.length} numbers. They describe the object in the middle of the picture, have no
unit, and do not depend on how bright the picture is or which way up it is. *The object's pixels* are those above the sky that belong to the
object in the middle, slightly blurred; an isophote at percentile *p* is the edge of those brighter than *p* per cent of them, and its ellipse is
called \`ellipse_p_…\`. How everything is measured to the letter, and how it differs from its sources, stands at
[\`createMorphologyExtractor\`](../packages/features/src/morphology/morphology-extractor.ts).

| feature | measures | range | high | low | source |
|---|---|---|---|---|---|
${rows.join('\n')}

Sources: Conselice 2003, [doi:10.1086/375001](https://doi.org/10.1086/375001); Lotz, Primack & Madau 2004,
[doi:10.1086/421849](https://doi.org/10.1086/421849); Freeman et al. 2013, [doi:10.1093/mnras/stt1016](https://doi.org/10.1093/mnras/stt1016);
Pawlik et al. 2016, [doi:10.1093/mnras/stv2878](https://doi.org/10.1093/mnras/stv2878); Lochner & Bassett 2021,
[doi:10.1016/j.ascom.2021.100481](https://doi.org/10.1016/j.ascom.2021.100481). *After* means with a change that the extractor's description states.

## How a reason is found

The report's reasons are what made an object easy to isolate, not what lies far from the mean. The forest says for each principal component *c*
how much path length its cuts on it saved for the object, *e*<sub>c</sub>. A component's value is a sum over features, Σ<sub>j</sub> *x*<sub>j</sub> *V*<sub>cj</sub>, with *x* the
feature less its mean over its scale and *V* the loadings; feature *j* gets of *e*<sub>c</sub> the share that it has in the terms of the same sign as
the sum. The shares are added over the components with *e*<sub>c</sub> > 0 and, for the page, over features of one topic; what holds at
least 5 % of the whole and lies at least one standard deviation from the mean of all objects is shown, the most telling first, four at
most. A network's features have no names and are never shown, but they do take their share of the whole.
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const entry = join(root, 'packages', 'features', 'src', 'morphology', 'glossary.ts')
    const { outputFiles } = await build({ entryPoints: [entry], bundle: true, format: 'esm', write: false })
    const { morphologyGlossary } = await import(
      `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
    )
    writeFileSync(join(root, 'docs', 'features.md'), featurePage(morphologyGlossary))
  })
}
