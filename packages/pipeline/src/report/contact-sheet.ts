import { escapeHtml, shorten } from './escape-html.ts'
import { formatCount, formatNumber } from './format-number.ts'
import type { Glossary } from './glossary-section.ts'
import type { ContactSheet, Reason, ReportObject } from './report-data.ts'
import { type SkyLink, skyLinks } from './sky-links.ts'

/** A contact sheet with the anchor that its section has on the page. */
export interface AnchoredSheet {
  readonly sheet: ContactSheet
  readonly anchor: string
}

/** Gives each sheet an anchor of its own, whatever its id. */
export function anchorSheets(sheets: readonly ContactSheet[]): readonly AnchoredSheet[] {
  const seen = new Set<string>()
  return sheets.map((sheet, i) => {
    const usable = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(sheet.id) && !seen.has(sheet.id)
    seen.add(sheet.id)
    return { sheet, anchor: `sheet-${usable ? sheet.id : i + 1}` }
  })
}

/** The anchor of a sheet's object, by its index on the sheet. */
export function tileAnchor(anchor: string, index: number): string {
  return `${anchor}_${index + 1}`
}

/** The anchor of the first tile that shows each object. */
export function firstTiles(sheets: readonly AnchoredSheet[]): ReadonlyMap<string, string> {
  const tiles = new Map<string, string>()
  for (const { sheet, anchor } of sheets) {
    for (const [i, { id }] of sheet.objects.entries()) if (!tiles.has(id)) tiles.set(id, tileAnchor(anchor, i))
  }
  return tiles
}

const pictureUrl = /^data:image\/(?:jpeg|png|webp|gif|avif);base64,[A-Za-z0-9+/]+={0,2}$/

function picture({ picture, id }: ReportObject): string {
  if (picture === undefined || !pictureUrl.test(picture)) return '<div class="picture"><span>no picture</span></div>'
  const alt = escapeHtml(`Picture of ${shorten(id, 80)}`)
  return `<div class="picture"><img src="${picture}" alt="${alt}" decoding="async"></div>`
}

/** The file's name, unless it says no more than the id does. */
function fileLine({ file, id }: ReportObject): string {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1).replace(/\.[^.]*$/, '')
  return name === id || file === '' ? '' : `<p class="file"><bdi>${escapeHtml(shorten(file, 300))}</bdi></p>`
}

/** Simulated pictures have positions on no sky that a viewer shows. */
function linksOf({ raDeg, decDeg, simulated }: ReportObject): readonly SkyLink[] {
  return simulated ? [] : skyLinks(raDeg, decDeg)
}

/** A reason's words and, for the tile in hand, the feature that says so with its value and how unusual it is. */
function reasonItem({ text, feature, value, deviation }: Reason, glossary: Glossary): string {
  const words = escapeHtml(shorten(text, 300))
  if (feature === undefined) return `<li>${words}</li>`
  const known = glossary.get(feature)
  const name = escapeHtml(shorten(feature, 80))
  const label = known ? `<a href="#${known.anchor}" title="${escapeHtml(known.entry.measures)}">${name}</a>` : name
  const figures = [
    value === undefined ? '' : ` ${formatNumber(value, 3)}`,
    deviation === undefined ? '' : `, ${deviation > 0 ? '+' : ''}${formatNumber(deviation, 2)}σ`,
  ]
  return `<li>${words}<span class="figures"> (${label}${figures.join('')})</span></li>`
}

function tile(object: ReportObject, anchor: string, glossary: Glossary): string {
  const { id, rank, score, forestScore, rating, reasons = [], fingerprint = '' } = object
  const given = rating !== undefined && Number.isFinite(rating) ? rating : undefined
  const links = linksOf(object)
    .map(({ name, url }) => `<a href="${escapeHtml(url)}" target="_blank" rel="noopener noreferrer">${name}</a>`)
    .join(' ')
  const parts = [
    `<p class="line"><b class="rank">${formatCount(rank)}</b>`,
    `<span class="rating">${given === undefined ? '' : `<span class="unseen">rated </span>${Math.round(given * 100) / 100}`}</span>`,
    `<span class="score">${formatNumber(score)}</span></p>`,
    `<p class="id"><bdi>${escapeHtml(id)}</bdi></p>`,
    links && `<p class="sky">${links}</p>`,
    reasons.length > 0 && `<ul class="reasons">${reasons.map((reason) => reasonItem(reason, glossary)).join('')}</ul>`,
    forestScore !== undefined && `<p class="forest">forest score ${formatNumber(forestScore)}</p>`,
    fileLine(object),
  ]
  const data = [
    given === undefined ? '' : ` data-rating="${given}"`,
    fingerprint && ` data-picture="${escapeHtml(fingerprint)}"`,
  ].join('')
  return (
    `<li class="tile" id="${anchor}" tabindex="0"${data}>${picture(object)}` +
    `<div class="caption"><div class="flap">${parts.filter(Boolean).join('')}</div></div></li>`
  )
}

/** One contact sheet as a section: heading, note, and an ordered list of tiles. */
export function renderSheet({ sheet, anchor }: AnchoredSheet, glossary: Glossary): string {
  const has = (test: (object: ReportObject) => boolean): boolean => sheet.objects.some(test)
  const rows = [
    has((object) => linksOf(object).length > 0) ? ' with-sky' : '',
    has(({ reasons }) => (reasons?.length ?? 0) > 0) ? ' with-reasons' : '',
  ].join('')
  const tiles = sheet.objects.map((object, i) => tile(object, tileAnchor(anchor, i), glossary))
  const list =
    tiles.length > 0 ? `<ol class="sheet${rows}">\n${tiles.join('\n')}\n</ol>` : '<p class="empty">No objects here.</p>'
  return `<section id="${anchor}">
<h2>${escapeHtml(sheet.title)}</h2>
<p class="note">${escapeHtml(sheet.note)}</p>
${list}
</section>`
}
