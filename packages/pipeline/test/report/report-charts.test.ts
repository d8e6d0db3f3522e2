import { describe, expect, it } from 'vitest'
import { plotArea } from '../../src/report/chart.ts'
import { renderFeatureMap } from '../../src/report/feature-map-chart.ts'
import { formatCount, formatNumber, formatNumberOf, formatPercent } from '../../src/report/format-number.ts'
import { renderRecall } from '../../src/report/recall-chart.ts'
import { renderHistogram } from '../../src/report/score-histogram.ts'
import { skyLinks } from '../../src/report/sky-links.ts'
import { renderVariance } from '../../src/report/variance-chart.ts'
import { samplePlot } from './report-sample.ts'

const { left, right, top, bottom } = plotArea
const path = (svg: string, look: string): string => new RegExp(`<path class="${look}" d="([^"]*)"`).exec(svg)![1]!
const points = (d: string): number[][] =>
  [...d.matchAll(/[ML]([\d.]+),([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)])

describe('renderHistogram', () => {
  const histogram = { title: 'Score', edges: [0, 1, 2, 3, 4], counts: [100, 10, 0, 1], topFrom: 1.5 }

  it('draws a bar a bin that is not empty, each with a height', () => {
    const svg = renderHistogram(histogram)
    const bars = path(svg, 'bars').split('z').filter(Boolean)
    expect(bars).toHaveLength(3)
    const tops = bars.map((bar) => Number(/^M[\d.]+ [\d.]+V([\d.]+)H/.exec(bar)![1]))
    expect(tops[0]).toBeLessThan(tops[1]!)
    expect(tops[1]).toBeLessThan(tops[2]!)
    expect(tops[2]).toBeLessThan(bottom)
    // Equal factors are equal steps on a logarithmic axis; coordinates have one decimal.
    expect(tops[1]! - tops[0]!).toBeCloseTo(tops[2]! - tops[1]!, 0)
  })

  it('colours what lies above the mark, from the mark on', () => {
    const svg = renderHistogram(histogram)
    const first = path(svg, 'bars first')
    expect(first.split('z').filter(Boolean)).toHaveLength(2)
    const start = Number(/^M([\d.]+) /.exec(first)![1])
    // 1.5 of 4, one decimal.
    expect(start).toBeCloseTo(left + (right - left) * 0.375, 0)
    expect(svg).toContain('first sheet: from 1.500')
    expect(renderHistogram({ ...histogram, topFrom: 7 })).not.toContain('first sheet')
  })
})

describe('renderVariance', () => {
  it('draws the running sum', () => {
    const svg = renderVariance([0.5, 0.25, 0.25])
    const heights = points(path(svg, 'curve c1')).map(([, y]) => (bottom - y!) / (bottom - top))
    // Coordinates have one decimal of 248 units.
    for (const [i, share] of [0.5, 0.75, 1].entries()) expect(heights[i]).toBeCloseTo(share, 3)
    expect(svg).toContain('3 components hold 100.0 % of the variance; the first alone 50.0 %.')
  })
})

describe('renderRecall', () => {
  it('draws curves, the diagonal of the random order, and the best possible', () => {
    const svg = renderRecall(samplePlot)
    for (const [x, y] of points(path(svg, 'reference random'))) {
      // One decimal in each coordinate.
      expect((x! - left) / (right - left)).toBeCloseTo((bottom - y!) / (bottom - top), 2)
    }
    const curve = points(path(svg, 'curve c2'))
    expect(curve[0]).toEqual([left, bottom])
    expect(curve.at(-1)).toEqual([right, top])
    const best = points(path(svg, 'reference best'))
    const full = best.findIndex(([, y]) => y === top)
    // 300 anomalies of 1,000 objects.
    expect((best[full]![0]! - left) / (right - left)).toBeCloseTo(0.3, 2)
    expect(svg.match(/class="band/g)).toHaveLength(1)
  })

  it('has a logarithmic rank axis where anomalies are rare', () => {
    const ranks = (plot: typeof samplePlot): string =>
      /<text class="label"[^>]*>(rank[^<]*)/.exec(renderRecall(plot))![1]!
    expect(ranks(samplePlot)).toBe('rank')
    expect(ranks({ ...samplePlot, anomalies: 20 })).toBe('rank, log')
    const svg = renderRecall({ ...samplePlot, anomalies: 20 })
    const [x] = points(path(svg, 'curve c1'))[1]!
    expect((x! - left) / (right - left)).toBeCloseTo(Math.log(500) / Math.log(1000), 2)
  })

  it('states figures when the plot brings no table', () => {
    const row = (svg: string, name: string): string =>
      new RegExp(`<tr><th scope="row">${name}</th>(.*?)</tr>`).exec(svg)![1]!
    // At rank 500 the forest has 0.6 of 300.
    expect(row(renderRecall(samplePlot), 'forest')).toContain('180 (60 %)')
    const table = { columns: ['learner', 'top 500'], rows: [['forest', 1234.5]] } as const
    expect(row(renderRecall({ ...samplePlot, table }), 'forest')).toContain('1,234.5')
  })
})

describe('renderFeatureMap', () => {
  const map = { xLabel: 'x', yLabel: 'y', x: [0, 1, 0, 1], y: [0, 0, 1, 1], top: [] }

  it('draws one dot a place', () => {
    const d = path(
      renderFeatureMap({ ...map, x: [...map.x, 1], y: [...map.y, 1] }, new Map()).replace(/ transform="[^"]*"/, ''),
      'points',
    )
    expect(d.match(/h0/g)).toHaveLength(4)
    let [x, y] = [0, 0]
    const places = [...d.matchAll(/m(-?\d+) ?(-?\d+)h0/g)].map(([, dx, dy]) => {
      x += Number(dx)
      y += Number(dy)
      return [x / 2, y / 2]
    })
    for (const [px, py] of places) {
      expect(px).toBeGreaterThan(left)
      expect(px).toBeLessThan(right)
      expect(py).toBeGreaterThan(top)
      expect(py).toBeLessThan(bottom)
    }
    expect(new Set(places.map(([px]) => px)).size).toBe(2)
    expect(new Set(places.map(([, py]) => py)).size).toBe(2)
  })

  it('draws what lies far out at the border and says so', () => {
    const numbers = Array.from({ length: 1000 }, (_, i) => (i % 100) / 100)
    const far = { x: 1e6, y: 0.5, id: 'far', rank: 1 }
    const svg = renderFeatureMap({ ...map, x: numbers, y: numbers, top: [far] }, new Map())
    expect(svg).toContain(`cx="${right}"`)
    expect(svg).toContain('1 beyond the border is drawn at it')
    expect(renderFeatureMap({ ...map, x: numbers, y: numbers }, new Map())).not.toContain('beyond the border')
  })
})

describe('skyLinks', () => {
  it('names the place in degrees', () => {
    const [legacy, simbad, aladin] = skyLinks(-10, 5).map(({ url }) => new URL(url))
    expect(legacy!.searchParams.get('ra')).toBe('350.000000')
    expect(legacy!.searchParams.get('dec')).toBe('5.000000')
    expect(simbad!.searchParams.get('Coord')).toBe('350.000000 +5.000000')
    expect(aladin!.searchParams.get('target')).toBe('350.000000 +5.000000')
  })

  it('has none without a position on the sky', () => {
    for (const [ra, dec] of [
      [undefined, 1],
      [1, undefined],
      [Number.NaN, 0],
      [0, Number.NaN],
      [0, 90.1],
      [Number.POSITIVE_INFINITY, 0],
    ]) {
      expect(skyLinks(ra, dec)).toEqual([])
    }
    expect(skyLinks(0, -90)).toHaveLength(3)
  })
})

describe('number formats', () => {
  it('keeps four figures and a true minus', () => {
    expect([0.61234, 1, 12.345, -1234.56, 0, 5e-5, 3e9, 0.05].map((v) => formatNumber(v))).toEqual([
      '0.6123',
      '1.000',
      '12.35',
      '−1235',
      '0.0000',
      '5.00e-5',
      '3.00e+9',
      '0.0500',
    ])
  })

  it('sets thousands apart, counts things, and shows a dash for what is missing', () => {
    expect([0, 999, 1000, 1234567, 144.25, -1000].map(formatCount)).toEqual([
      '0',
      '999',
      '1,000',
      '1,234,567',
      '144.3',
      '−1,000',
    ])
    expect([1, 2].map((n) => formatNumberOf(n, 'object'))).toEqual(['1 object', '2 objects'])
    expect([0.5, 1].map((share) => formatPercent(share, 1))).toEqual(['50.0 %', '100.0 %'])
    for (const format of [formatNumber, formatCount, formatPercent]) expect(format(Number.NaN)).toBe('–')
  })
})
