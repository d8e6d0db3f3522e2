import { scaleLinear, scaleLog } from 'd3-scale'
import { area, line } from 'd3-shape'
import { plotArea, renderChart, renderFigure, type Tick } from './chart.ts'
import { escapeHtml } from './escape-html.ts'
import { formatCount, formatNumberOf, formatPercent } from './format-number.ts'
import type { RecallCurve, RecallPlot } from './report-data.ts'

const { left, right, top, bottom } = plotArea

/** Curves have this many looks; then they repeat. */
const looks = 6

type Point = readonly [rank: number, recall: number]

/** Recall at a rank: that of the last stated rank up to it. */
function recallAt({ ranks, recall }: RecallCurve, rank: number): number {
  let latest = Number.NaN
  for (const [i, stated] of ranks.entries()) if (stated <= rank) latest = recall[i] ?? latest
  return latest
}

function rankTicks(objects: number, logarithmic: boolean): readonly number[] {
  if (!logarithmic) return scaleLinear([0, objects], [0, 1]).ticks(5)
  const powers: number[] = []
  for (let power = 1; power <= objects; power *= 10) powers.push(power)
  return powers.length > 2
    ? powers
    : powers.flatMap((power) => [1, 2, 5].map((n) => n * power)).filter((n) => n <= objects)
}

function drawing(plot: RecallPlot, objects: number, logarithmic: boolean): { x: readonly Tick[]; body: string } {
  const x = logarithmic ? scaleLog([1, objects], [left, right]) : scaleLinear([0, objects], [left, right])
  const y = scaleLinear([0, 1], [bottom, top]).clamp(true)
  const start: readonly Point[] = logarithmic ? [] : [[0, 0]]
  const drawable = ([rank, recall]: Point): boolean => rank >= (logarithmic ? 1 : 0) && Number.isFinite(recall)
  const path = line<Point>(
    ([rank]) => x(rank),
    ([, recall]) => y(recall),
  )
    .defined(drawable)
    .digits(1)
  const points = (ranks: readonly number[], recall: readonly number[]): Point[] => [
    ...start,
    ...ranks.map((rank, i): Point => [rank, recall[i] ?? Number.NaN]),
  ]

  const between = Array.from({ length: 101 }, (_, i) => (logarithmic ? objects ** (i / 100) : (objects * i) / 100))
  const random = between.map((rank): Point => [rank, rank / objects])
  const best = [...between, plot.anomalies]
    .sort((a, b) => a - b)
    .map((rank): Point => [rank, Math.min(1, rank / plot.anomalies)])
  const body = [
    `<path class="reference random" d="${path(random) ?? ''}"><title>random order</title></path>`,
    plot.anomalies > 0
      ? `<path class="reference best" d="${path(best) ?? ''}"><title>best possible</title></path>`
      : '',
  ]
  for (const [i, curve] of plot.curves.entries()) {
    if (!curve.low || !curve.high) continue
    const { low, high } = curve
    const band = area<number>()
      .x((j) => x(curve.ranks[j]!))
      .y0((j) => y(low[j]!))
      .y1((j) => y(high[j]!))
      .defined((j) => drawable([curve.ranks[j]!, (low[j] ?? Number.NaN) + (high[j] ?? Number.NaN)]))
      .digits(1)
    body.push(`<path class="band c${(i % looks) + 1}" d="${band(curve.ranks.map((_, j) => j)) ?? ''}"/>`)
  }
  for (const [i, curve] of plot.curves.entries()) {
    const d = path(points(curve.ranks, curve.recall)) ?? ''
    body.push(`<path class="curve c${(i % looks) + 1}" d="${d}"><title>${escapeHtml(curve.name)}</title></path>`)
  }
  const ticks = rankTicks(objects, logarithmic).map((rank) => ({ at: x(rank), text: formatCount(rank) }))
  return { x: ticks, body: body.filter(Boolean).join('\n') }
}

function legend(curves: readonly RecallCurve[], anomalies: number): string {
  const item = (look: string, name: string): string =>
    `<li><svg viewBox="0 0 36 10" aria-hidden="true"><path class="${look}" d="M1 5H35"/></svg>${escapeHtml(name)}</li>`
  return `<ul class="legend">${[
    ...curves.map(({ name }, i) => item(`curve c${(i % looks) + 1}`, name)),
    anomalies > 0 ? item('reference best', 'best possible') : '',
    item('reference random', 'random order'),
  ].join('')}</ul>`
}

/** Anomalies found by some ranks, for a plot that brings no table of its own. */
function figures({ curves, anomalies }: RecallPlot, objects: number): NonNullable<RecallPlot['table']> {
  const ranks = [10, 50, 100, 500, 1000, 5000, 10_000, 100_000].filter((rank) => rank < objects).slice(0, 6)
  return {
    columns: ['anomalies found by rank', ...ranks.map(formatCount)],
    rows: curves.map((curve) => [
      curve.name,
      ...ranks.map((rank) => {
        const recall = recallAt(curve, rank)
        return `${formatCount(recall * anomalies)} (${formatPercent(recall)})`
      }),
    ]),
  }
}

function renderTable({ columns, rows }: NonNullable<RecallPlot['table']>): string {
  const cell = (value: string | number, i: number): string => {
    const text = escapeHtml(typeof value === 'number' ? formatCount(value) : value)
    return i === 0 ? `<th scope="row">${text}</th>` : `<td class="number">${text}</td>`
  }
  return `<div class="scroll" tabindex="0"><table>
<thead><tr>${columns.map((name, i) => `<th scope="col"${i === 0 ? '' : ' class="number"'}>${escapeHtml(name)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}</tbody>
</table></div>`
}

/**
 * Recall against rank: curves with their spread over seeds, the best possible and the random order, a legend and figures.
 *
 * @remarks The rank axis is logarithmic where anomalies are rare: there the first ranks tell orders apart.
 */
export function renderRecall(plot: RecallPlot): string {
  const stated = plot.curves.flatMap(({ ranks }) => ranks).filter(Number.isFinite)
  const objects = plot.objects > 0 ? plot.objects : stated.reduce((a, b) => Math.max(a, b), 0)
  const note = `${formatNumberOf(plot.anomalies, 'anomaly', 'anomalies')} among ${formatNumberOf(objects, 'object')}. ${plot.note}`
  if (plot.curves.length === 0 || !(objects > 1)) {
    return renderFigure(plot.title, note, '<p class="empty">No curves to draw.</p>')
  }
  const logarithmic = objects >= 100 && plot.anomalies <= objects / 10
  const { x, body } = drawing(plot, objects, logarithmic)
  const chart = renderChart({
    description: `Recall against rank for ${plot.curves.map(({ name }) => name).join(', ')}; the figures stand in the table below.`,
    x: { label: `rank${logarithmic ? ', log' : ''}`, ticks: x },
    y: {
      label: 'anomalies found',
      ticks: [0, 0.25, 0.5, 0.75, 1].map((value) => ({ at: y(value), text: formatPercent(value) })),
    },
    body,
  })
  const table = plot.table ?? figures(plot, objects)
  return renderFigure(plot.title, note, `${chart}\n${legend(plot.curves, plot.anomalies)}\n${renderTable(table)}`)
}

function y(recall: number): number {
  return bottom + (top - bottom) * recall
}
