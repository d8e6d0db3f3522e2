import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import { coordinate, plotArea, renderChart, renderFigure } from './chart.ts'
import { formatCount, formatNumberOf, formatPercent } from './format-number.ts'

const { left, right, top, bottom } = plotArea

/** Cumulative explained variance as a line over the share of each component as bars. */
export function renderVariance(ratios: readonly number[]): string {
  const shares = ratios.map((ratio) => (Number.isFinite(ratio) ? ratio : 0))
  const title = 'Explained variance'
  if (shares.length === 0) return renderFigure(title, '', '<p class="empty">No principal components.</p>')
  let sum = 0
  const cumulative = shares.map((share) => {
    sum += share
    return sum
  })
  const x = scaleLinear([0.5, shares.length + 0.5], [left, right])
  const y = scaleLinear([0, 1], [bottom, top]).clamp(true)
  const half = Math.min(0.4, 0.5 - 0.5 / (x(2) - x(1)))
  const bars = shares.map((share, i) =>
    share > 0
      ? `M${coordinate(x(i + 1 - half))} ${bottom}V${coordinate(y(share))}H${coordinate(x(i + 1 + half))}V${bottom}z`
      : '',
  )
  const curve = line<number>(
    (_, i) => x(i + 1),
    (value) => y(value),
  ).digits(1)
  const dots =
    shares.length <= 60
      ? `<path class="dots" d="${cumulative.map((value, i) => `M${coordinate(x(i + 1))} ${coordinate(y(value))}h0`).join('')}"/>`
      : ''
  const many = shares.length > 1
  const note =
    `${formatNumberOf(shares.length, 'component')} ${many ? 'hold' : 'holds'} ${formatPercent(sum, 1)} of the variance` +
    (many ? `; the first alone ${formatPercent(shares[0]!, 1)}.` : '.')
  const chart = renderChart({
    description: note,
    x: {
      label: 'principal component',
      ticks: x
        .ticks(Math.min(8, shares.length))
        .filter((value) => Number.isInteger(value) && value >= 1)
        .map((value) => ({ at: x(value), text: formatCount(value) })),
    },
    y: {
      label: 'share of the variance',
      ticks: [0, 0.25, 0.5, 0.75, 1].map((value) => ({ at: y(value), text: formatPercent(value) })),
    },
    body: `<path class="bars" d="${bars.join('')}"/>\n<path class="curve c1" d="${curve(cumulative) ?? ''}"/>\n${dots}`,
  })
  return renderFigure(title, `${note} Line: cumulative; bars: each component.`, chart)
}
