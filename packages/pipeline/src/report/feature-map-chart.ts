import { type ScaleLinear, scaleLinear } from 'd3-scale'
import { coordinate, plotArea, renderChart, renderFigure } from './chart.ts'
import { escapeHtml, shorten } from './escape-html.ts'
import { formatCount, formatNumberOf } from './format-number.ts'
import type { FeatureMap } from './report-data.ts'

const { left, right, top, bottom } = plotArea

/** Points are drawn on a grid this many times finer than the chart's units, so that their coordinates are short integers. */
const fineness = 2

/**
 * A linear scale over the values, cut where a few far ones would press the rest into a spot.
 *
 * @returns A clamping scale: what lies beyond is drawn at the border.
 */
function robustScale(values: readonly number[], range: readonly [number, number]): ScaleLinear<number, number> {
  const sorted = Float64Array.from(values).sort()
  const quantile = (q: number): number => sorted[Math.round(q * (sorted.length - 1))]!
  const middle = quantile(0.99) - quantile(0.01)
  let low = Math.max(sorted[0]!, quantile(0.01) - middle)
  let high = Math.min(sorted[sorted.length - 1]!, quantile(0.99) + middle)
  if (!(high > low)) {
    low -= 1
    high += 1
  }
  const margin = (high - low) * 0.03
  return scaleLinear([low - margin, high + margin], range).clamp(true)
}

/** All points as one path of dots: each pixel of the grid once, in order, by relative moves. */
function dots(points: readonly (readonly [x: number, y: number])[]): string {
  const pixels = new Set(points.map(([x, y]) => Math.round(x * fineness) * 10_000 + Math.round(y * fineness)))
  let fromX = 0
  let fromY = 0
  return [...pixels]
    .sort((a, b) => a - b)
    .map((pixel) => {
      const x = Math.floor(pixel / 10_000)
      const y = pixel % 10_000
      const move = `m${x - fromX}${y < fromY ? '' : ' '}${y - fromY}h0`
      fromX = x
      fromY = y
      return move
    })
    .join('')
}

/**
 * The feature map with the first objects of the ranking as rings that lead to their tiles.
 *
 * @param tiles - Anchor of the tile of an object.
 */
export function renderFeatureMap(map: FeatureMap, tiles: ReadonlyMap<string, string>): string {
  const title = 'Feature map'
  const all = map.x.map((x, i) => [x, map.y[i] ?? Number.NaN] as const).filter(([x, y]) => Number.isFinite(x + y))
  const marked = map.top.filter(({ x, y }) => Number.isFinite(x + y))
  if (all.length + marked.length === 0) return renderFigure(title, '', '<p class="empty">No features to draw.</p>')
  const x = robustScale([...all.map(([value]) => value), ...marked.map((object) => object.x)], [left, right])
  const y = robustScale([...all.map(([, value]) => value), ...marked.map((object) => object.y)], [bottom, top])
  const inside = (scale: ScaleLinear<number, number>, value: number): boolean =>
    value >= scale.domain()[0]! && value <= scale.domain()[1]!
  const beyond = [...all, ...marked.map((object) => [object.x, object.y] as const)].filter(
    ([a, b]) => !inside(x, a) || !inside(y, b),
  ).length

  const rings = marked
    .toSorted((a, b) => b.rank - a.rank)
    .map((object) => {
      const anchor = tiles.get(object.id)
      const at = `cx="${coordinate(x(object.x))}" cy="${coordinate(y(object.y))}" r="4"`
      const ring = `<circle ${at}><title>${formatCount(object.rank)}: ${escapeHtml(shorten(object.id, 80))}</title></circle>`
      // Out of the tab order: the tiles themselves are in it.
      return anchor ? `<a href="#${anchor}" tabindex="-1">${ring}</a>` : ring
    })
  const ticks = (scale: ScaleLinear<number, number>, count: number) => {
    const format = scale.tickFormat(count)
    return scale.ticks(count).map((value) => ({ at: scale(value), text: format(value) }))
  }
  const note = [
    `${formatNumberOf(all.length, 'object')} as dots`,
    marked.length > 0 ? `the first ${formatCount(marked.length)} as rings that lead to their pictures` : '',
    beyond > 0 ? `${formatCount(beyond)} beyond the border ${beyond === 1 ? 'is' : 'are'} drawn at it` : '',
  ].filter(Boolean)
  const chart = renderChart({
    description: `Scatter plot of ${map.xLabel} and ${map.yLabel}: ${note.join('; ')}.`,
    x: { label: map.xLabel, ticks: ticks(x, 6) },
    y: { label: map.yLabel, ticks: ticks(y, 5) },
    body: `<path class="points" transform="scale(${1 / fineness})" d="${dots(all.map(([a, b]) => [x(a), y(b)]))}"/>\n<g class="rings">${rings.join('')}</g>`,
    interactive: true,
  })
  return renderFigure(title, `${note.join('; ')}.`, chart)
}
