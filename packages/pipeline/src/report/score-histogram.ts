import { scaleLinear, scaleLog } from 'd3-scale'
import { coordinate, plotArea, renderChart, renderFigure, type Tick } from './chart.ts'
import { formatCount, formatNumber, formatNumberOf } from './format-number.ts'
import type { ScoreHistogram } from './report-data.ts'

const { left, right, top, bottom } = plotArea

/** Half an object: a bin of one then still has a height on the logarithmic axis. */
const floor = 0.5

/** A histogram of scores with a logarithmic count axis; what is on the first contact sheet stands out. */
export function renderHistogram({ title, edges, counts, topFrom }: ScoreHistogram): string {
  const most = counts.reduce((a, b) => Math.max(b, a), 0)
  const low = edges[0]
  const high = edges[counts.length]
  if (low === undefined || high === undefined || !(high > low) || !Number.isFinite(high - low) || !(most > 0)) {
    return renderFigure(title, '', '<p class="empty">No scores to draw.</p>')
  }
  const x = scaleLinear([low, high], [left, right])
  const y = scaleLog([floor, Math.max(2, most * 1.2)], [bottom, top])
  const mark = topFrom !== undefined && topFrom >= low && topFrom <= high ? topFrom : undefined

  const bars = (from: number): string =>
    counts
      .map((count, i) => {
        const start = Math.max(edges[i]!, from)
        if (!(count > 0) || !(edges[i + 1]! > start)) return ''
        return `M${coordinate(x(start))} ${bottom}V${coordinate(y(count))}H${coordinate(x(edges[i + 1]!))}V${bottom}z`
      })
      .join('')
  const body = [`<path class="bars" d="${bars(low)}"/>`]
  if (mark !== undefined) {
    const at = x(mark)
    const before = at > (left + right) / 2
    body.push(
      `<path class="bars first" d="${bars(mark)}"/>`,
      `<path class="mark" d="M${coordinate(at)} ${top}V${bottom}"/>`,
      `<text class="mark-label" x="${coordinate(at + (before ? 3 : -3))}" y="${top - 9}" text-anchor="${before ? 'end' : 'start'}">` +
        `first sheet: from ${formatNumber(mark)}</text>`,
    )
  }
  const total = counts.reduce((a, b) => a + Math.max(b, 0), 0)
  const format = x.tickFormat(6)
  const powers: Tick[] = []
  for (let n = 1; n <= most * 1.2; n *= 10) powers.push({ at: y(n), text: formatCount(n) })
  const chart = renderChart({
    description:
      `Histogram of ${formatNumberOf(total, 'score')} from ${formatNumber(low)} to ${formatNumber(high)}` +
      (mark === undefined ? '.' : `; the first contact sheet begins at ${formatNumber(mark)}.`),
    x: {
      label: 'score (higher = more anomalous)',
      ticks: x.ticks(6).map((value) => ({ at: x(value), text: format(value) })),
    },
    y: { label: 'objects per bin, log', ticks: powers },
    body: body.join('\n'),
  })
  return renderFigure(
    title,
    `${formatNumberOf(total, 'object')}${mark === undefined ? '' : '; what is on the first sheet stands out'}.`,
    chart,
  )
}
