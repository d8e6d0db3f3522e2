import { escapeHtml } from './escape-html.ts'

/** Size of every chart in its own units; the page scales it. */
export const chartSize = { width: 480, height: 320 } as const

/** The rectangle in which data are drawn. */
export const plotArea = { left: 66, right: 466, top: 26, bottom: 274 } as const

/** A tick: where, and what stands there. */
export interface Tick {
  readonly at: number
  readonly text: string
}

/** One axis. */
export interface Axis {
  readonly label: string
  readonly ticks: readonly Tick[]
}

/** A chart: axes, what is drawn in them, and what a reader who cannot see it is told. */
export interface Chart {
  readonly description: string
  readonly x: Axis
  readonly y: Axis
  /** SVG elements. */
  readonly body: string
  /** SVG elements that may be focused or followed: the chart is then a group and not one picture. */
  readonly interactive?: boolean
}

/** A coordinate with at most one decimal. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10)
}

/** A chart as an SVG element. */
export function renderChart({ description, x, y, body, interactive = false }: Chart): string {
  const { width, height } = chartSize
  const { left, right, top, bottom } = plotArea
  const middle = (left + right) / 2
  const lines = [
    ...y.ticks.map(({ at }) => `M${left} ${coordinate(at)}H${right}`),
    ...x.ticks.map(({ at }) => `M${coordinate(at)} ${top}V${bottom}`),
  ]
  const texts = [
    ...x.ticks.map(
      ({ at, text }) =>
        `<text x="${coordinate(at)}" y="${bottom + 19}" text-anchor="middle">${escapeHtml(text)}</text>`,
    ),
    ...y.ticks.map(
      ({ at, text }) =>
        `<text x="${left - 8}" y="${coordinate(at + 4.5)}" text-anchor="end">${escapeHtml(text)}</text>`,
    ),
    `<text class="label" x="${middle}" y="${height - 6}" text-anchor="middle">${escapeHtml(x.label)}</text>`,
    `<text class="label" transform="translate(13 ${(top + bottom) / 2})rotate(-90)" text-anchor="middle">${escapeHtml(y.label)}</text>`,
  ]
  return `<svg viewBox="0 0 ${width} ${height}" role="${interactive ? 'group' : 'img'}" aria-label="${escapeHtml(description)}">
<path class="grid" d="${lines.join('')}"/>
${body}
<path class="frame" d="M${left} ${top}V${bottom}H${right}"/>
<g class="ticks">${texts.join('')}</g>
</svg>`
}

/** A chart under its heading, with a sentence that says what to see in it. */
export function renderFigure(title: string, note: string, content: string): string {
  return `<figure class="chart">
<figcaption><h3>${escapeHtml(title)}</h3>${note && `<p class="note">${escapeHtml(note)}</p>`}</figcaption>
${content}
</figure>`
}
