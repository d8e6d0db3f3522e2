import { createHash } from 'node:crypto'
import { anchorSheets, firstTiles, renderSheet } from './contact-sheet.ts'
import { escapeHtml, shorten } from './escape-html.ts'
import { renderFeatureMap } from './feature-map-chart.ts'
import { formatCount } from './format-number.ts'
import { anchorGlossary, renderGlossary } from './glossary-section.ts'
import { labelScript } from './label-script.ts'
import { pageStyle } from './page-style.ts'
import { renderRecall } from './recall-chart.ts'
import type { ReportData } from './report-data.ts'
import { renderHistogram } from './score-histogram.ts'
import { renderVariance } from './variance-chart.ts'

/** A part of the page: its anchor, its name in the navigation, its HTML. */
interface Part {
  readonly anchor: string
  readonly name: string
  readonly html: string
}

function part(anchor: string, name: string, title: string, content: string): Part {
  return { anchor, name, html: `<section id="${anchor}">\n<h2>${escapeHtml(title)}</h2>\n${content}\n</section>` }
}

function definitions(className: string, pairs: ReportData['facts']): string {
  if (pairs.length === 0) return ''
  const items = pairs.map(([name, value]) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`)
  return `<dl class="${className}">${items.join('')}</dl>`
}

function nextSteps({ next }: ReportData): string {
  const step = ({ text, command }: ReportData['next'][number]): string =>
    `<li><p>${escapeHtml(text)}</p><pre tabindex="0"><code>${escapeHtml(command)}</code></pre></li>`
  return `<ol class="next">${next.map(step).join('\n')}</ol>`
}

function leftOut({ rejected, rejectedCount }: ReportData): string {
  if (rejectedCount === 0 && rejected.length === 0)
    return '<p class="empty">Nothing: every file and object is in the ranking.</p>'
  const total = Math.max(rejectedCount, rejected.length)
  const note =
    total > rejected.length
      ? `The first ${formatCount(rejected.length)} of ${formatCount(total)}; rejected.csv has all.`
      : `${formatCount(total)} in all; rejected.csv has them too.`
  const cell = (text: string): string => `<td><bdi>${escapeHtml(shorten(text, 300))}</bdi></td>`
  const rows = rejected.map(({ id, file, reason }) => `<tr>${cell(id)}${cell(file)}${cell(reason)}</tr>`)
  const table =
    rows.length > 0
      ? `<div class="scroll" tabindex="0"><table class="rejected"><thead><tr><th scope="col">id</th><th scope="col">file</th><th scope="col">reason</th></tr></thead>\n<tbody>${rows.join('\n')}</tbody></table></div>`
      : ''
  return `<p class="note">${note}</p>\n${table}`
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** Nothing but this page's own style, script and embedded pictures may load or run, whatever the data say. */
const policy = `default-src 'none'; img-src data:; style-src ${hash(pageStyle)}; script-src ${hash(labelScript)}; base-uri 'none'; form-action 'none'`

/**
 * A run's report as one HTML page that needs nothing else: no network, no fonts, no scripts to be read.
 *
 * @returns A complete HTML document; the same data give the same text.
 * @remarks All text is escaped, pictures other than embedded JPEG, PNG, WebP, GIF or AVIF are left out, and a content security policy
 * admits only the page's own style and script. Numbers that are not finite show as a dash. The script lets a reader rate pictures and save
 * `labels.csv`. The only addresses are links to sky viewers.
 */
export function renderReport(data: ReportData): string {
  const sheets = anchorSheets(data.sheets)
  const tiles = firstTiles(sheets)
  const glossary = anchorGlossary(data.glossary ?? [])
  const charts = [
    ...data.histograms.map(renderHistogram),
    ...(data.explainedVariance.length > 0 ? [renderVariance(data.explainedVariance)] : []),
    ...(data.map ? [renderFeatureMap(data.map, tiles)] : []),
  ]
  const parts: Part[] = [
    ...sheets.map((anchored) => ({
      anchor: anchored.anchor,
      name: anchored.sheet.title,
      html: renderSheet(anchored, glossary),
    })),
    ...(charts.length > 0
      ? [
          part(
            'charts',
            'Scores and features',
            'Scores and features',
            `<div class="charts">\n${charts.join('\n')}\n</div>`,
          ),
        ]
      : []),
    ...(data.recall.length > 0
      ? [
          part(
            'recall',
            'Recall',
            'Recall',
            `<div class="charts pairs">\n${data.recall.map(renderRecall).join('\n')}\n</div>`,
          ),
        ]
      : []),
    ...(glossary.size > 0 ? [part('features', 'Features', 'What the features are', renderGlossary(glossary))] : []),
    ...(data.next.length > 0 ? [part('next', 'What next', 'What to do next', nextSteps(data))] : []),
    part(
      'rejected',
      `Left out (${formatCount(Math.max(data.rejectedCount, data.rejected.length))})`,
      'What the run goes on without',
      leftOut(data),
    ),
    ...(data.provenance?.length
      ? [part('provenance', 'Provenance', 'Where this comes from', definitions('provenance', data.provenance))]
      : []),
  ]
  const links = parts.map(({ anchor, name }) => `<li><a href="#${anchor}">${escapeHtml(shorten(name, 60))}</a></li>`)
  const hint = `<p class="hint">Score: higher is more anomalous. Point at a picture, or go to it with Tab, for a larger one, all reasons and links.
<span class="script-hint">Rate with the keys <kbd>0</kbd> (dull, or an artefact) to <kbd>5</kbd> (most interesting), take back with <kbd>Backspace</kbd>, move with the arrow keys.</span></p>`
  const labels = `<aside id="labels" aria-label="Your ratings" hidden>
<output>0 new ratings</output>
<button type="button" disabled>Save labels.csv</button>
<button type="button" class="quiet" disabled>Discard</button>
<span class="lost" role="status"></span>
${data.next.length > 0 ? '<a href="#next">What next</a>' : ''}
</aside>
<script>${labelScript}</script>`
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(shorten(data.title, 120))} – Astronomaly</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1><bdi>${escapeHtml(data.title)}</bdi></h1>
${definitions('facts', data.facts)}
</header>
<nav aria-label="Parts of this page"><ul>${links.join('')}</ul></nav>
<main>
${tiles.size > 0 ? hint : ''}
${parts.map(({ html }) => html).join('\n')}
</main>
${tiles.size > 0 ? labels : ''}
</body>
</html>
`
}
