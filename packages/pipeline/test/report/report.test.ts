import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeHtml, shorten } from '../../src/report/escape-html.ts'
import { renderReport } from '../../src/report/render-report.ts'
import type { ReportData, ReportObject } from '../../src/report/report-data.ts'
import { emptyReport, picture, sampleObject, samplePlot, sampleReport, sampleSheet } from './report-sample.ts'

interface Tag {
  readonly name: string
  readonly attributes: ReadonlyMap<string, string>
}

/** The page without what stands inside its own style and script. */
function markup(page: string): string {
  return page.replace(/(<style>)[\s\S]*?(<\/style>)/, '$1$2').replace(/(<script>)[\s\S]*?(<\/script>)/, '$1$2')
}

/** Every tag of a page whose attributes are all quoted; throws where the page has anything else that begins with `<`. */
function tagsOf(page: string): Tag[] {
  const tags: Tag[] = []
  const rest = markup(page).replace(
    /<(!DOCTYPE html|\/?[a-zA-Z][a-zA-Z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"]*")?)*)\s*\/?>/g,
    (_, name, text) => {
      const attributes = [...(text as string).matchAll(/([a-zA-Z:-]+)(?:="([^"]*)")?/g)]
      tags.push({ name, attributes: new Map(attributes.map(([, key, value]) => [key!, decode(value ?? '')])) })
      return ''
    },
  )
  const stray = /.{0,40}[<>].{0,40}/.exec(rest)
  if (stray) expect.fail(`not a tag: ${stray[0]}`)
  return tags
}

function decode(text: string): string {
  const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#13': '\r' }
  return text.replace(/&(#?\w+);/g, (_, name) => named[name] ?? expect.fail(`entity ${name}`))
}

const values = (page: string, name: string): string[] =>
  tagsOf(page).flatMap(({ attributes }) => (attributes.has(name) ? [attributes.get(name)!] : []))

/** The same report with a text put into every field that holds text. */
function withText(text: string): ReportData {
  const base = sampleReport()
  const object = {
    id: `i${text}`,
    file: `f${text}`,
    reasons: [{ text, feature: text, value: 1, deviation: -2 }],
    fingerprint: text,
  }
  return {
    ...base,
    title: text,
    facts: [[text, text]],
    sheets: base.sheets.map((sheet) => ({ ...sheet, title: text, note: text, objects: [sampleObject(0, object)] })),
    histograms: base.histograms.map((histogram) => ({ ...histogram, title: text })),
    map: { ...base.map!, xLabel: text, yLabel: text, top: [{ x: 1, y: 1, id: object.id, rank: 1 }] },
    recall: [
      {
        ...samplePlot,
        title: text,
        note: text,
        curves: samplePlot.curves.map((curve) => ({ ...curve, name: text })),
        table: { columns: [text, text], rows: [[text, text]] },
      },
    ],
    glossary: [{ name: text, topic: text, measures: text, range: text, high: text, low: text, source: text }],
    rejected: [{ id: text, file: text, reason: text }],
    next: [{ text, command: text }],
  }
}

describe('renderReport', () => {
  it('loads nothing from elsewhere and links only to sky viewers', () => {
    const page = renderReport(sampleReport())
    for (const source of values(page, 'src')) expect(source).toMatch(/^data:image\//)
    const links = values(page, 'href')
    expect(links.length).toBeGreaterThan(50)
    for (const link of links) {
      expect(link).toMatch(/^#|^https:\/\/(www\.legacysurvey\.org|simbad\.cds\.unistra\.fr|aladin\.cds\.unistra\.fr)\//)
    }
    for (const { name, attributes } of tagsOf(page)) {
      expect(['link', 'iframe', 'object', 'embed', 'base', 'form', 'use', 'image']).not.toContain(name)
      if (attributes.get('href')?.startsWith('http')) expect(attributes.get('rel')).toContain('noopener')
    }
    expect(page).not.toMatch(/@import|url\(|fetch\(|XMLHttpRequest|import\(/)
  })

  it('admits no style and no script but its own', () => {
    const page = renderReport(sampleReport())
    const policy = values(page, 'content').find((text) => text.startsWith('default-src'))!
    expect(policy).toContain("default-src 'none'")
    for (const [kind, pattern] of [
      ['style-src', /<style>([\s\S]*?)<\/style>/],
      ['script-src', /<script>([\s\S]*?)<\/script>/],
    ] as const) {
      const text = pattern.exec(page)![1]!
      expect(policy).toContain(`${kind} 'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    }
    for (const { attributes } of tagsOf(page)) {
      for (const name of attributes.keys()) expect(name).not.toMatch(/^on|^style$/)
    }
  })

  it('has the same tags and attributes whatever its texts say', () => {
    const shape = (page: string): string =>
      tagsOf(page)
        .map(({ name, attributes }) => [name, ...attributes.keys()].join(' '))
        .join('\n')
    const expected = shape(renderReport(withText('harmless')))
    const hostile = [
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      "' onmouseover='alert(1)",
      'javascript:alert(1)',
      '</title></style></script><!--',
      '&lt;b&gt; &amp; &#x3c;',
      '\u202e\ud800\0\r\n]]>',
      '<'.repeat(10_000),
    ]
    for (const text of hostile) expect(shape(renderReport(withText(text)))).toBe(expected)
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        expect(shape(renderReport(withText(text)))).toBe(expected)
      }),
      { seed: 3, numRuns: 30 },
    )
  })

  it('shows each id in full, however long', () => {
    const ids = ['<script>alert(1)</script>', 'a "quoted" \'id\'', 'x'.repeat(10_000), 'NGC 4321 & co', '\ttab']
    const sheet = { ...sampleSheet('forest', 0), objects: ids.map((id, i) => sampleObject(i, { id })) }
    const page = renderReport({ ...emptyReport, sheets: [sheet] })
    const shown = [...page.matchAll(/<p class="id"><bdi>([^<]*)<\/bdi>/g)].map(([, text]) => decode(text!))
    expect(shown).toEqual(ids)
  })

  it('leaves out pictures that are not embedded raster images', () => {
    const bad = [
      'https://example.org/a.jpg',
      'javascript:alert(1)',
      'data:text/html;base64,AAAA',
      `${picture}" onerror="x`,
    ]
    const objects = bad.map((text, i) => sampleObject(i, { picture: text }))
    const page = renderReport({ ...emptyReport, sheets: [{ ...sampleSheet('forest', 0), objects }] })
    expect(values(page, 'src')).toEqual([])
    expect(page.split('no picture')).toHaveLength(bad.length + 1)
  })

  it('gives each anchor once, and every link inside the page has its target', () => {
    const twice = sampleSheet('forest', 3)
    const odd = ['forest', 'forest', 'a b"><i>', '', 'next', 'labels', 'forest_1'].map((id) => ({ ...twice, id }))
    for (const sheets of [sampleReport().sheets, odd]) {
      const page = renderReport({ ...sampleReport(), sheets })
      const ids = values(page, 'id')
      expect(new Set(ids).size).toBe(ids.length)
      const targets = values(page, 'href').filter((link) => link.startsWith('#'))
      expect(targets.length).toBeGreaterThan(sheets.length)
      for (const target of targets) expect(ids).toContain(target.slice(1))
    }
  })

  it('leads from a ring of the map to the tile of the same object', () => {
    const page = renderReport(sampleReport())
    const [, anchor, title] = /<a href="#([^"]*)" tabindex="-1"><circle[^>]*><title>([^<]*)/.exec(page)!
    expect(title).toBe('1: galaxy-0')
    const tile = page.slice(page.indexOf(`id="${anchor}"`))
    expect(/<p class="id"><bdi>([^<]*)/.exec(tile)![1]).toBe('galaxy-0')
    expect(page).toContain('<title>2: elsewhere</title>')
  })

  it('shows a dash for numbers that are missing', () => {
    const nan = Number.NaN
    const object = sampleObject(0, { score: nan, forestScore: nan, rating: nan, raDeg: nan, decDeg: nan, rank: nan })
    const page = renderReport({
      ...sampleReport(),
      sheets: [{ ...sampleSheet('forest', 0), objects: [object, sampleObject(1, { decDeg: 91 })] }],
      histograms: [
        { title: 'no scores', edges: [nan, nan], counts: [0] },
        { title: 'no mark', edges: [0, 1, 2], counts: [nan, 4], topFrom: nan },
        { title: 'nothing', edges: [], counts: [] },
      ],
      explainedVariance: [nan, 0.5],
      map: { xLabel: 'x', yLabel: 'y', x: [nan, 1, 2], y: [0, nan, 1], top: [{ x: nan, y: 0, id: 'a', rank: 1 }] },
      recall: [
        { ...samplePlot, curves: [{ name: 'gap', ranks: [1, 2, 1000], recall: [0, nan, 1], low: [nan], high: [] }] },
        { ...samplePlot, objects: nan, anomalies: 0, curves: [] },
      ],
      rejectedCount: nan,
    })
    expect(markup(page)).not.toMatch(/NaN|undefined|Infinity|null/)
    expect(page).toContain('<span class="score">–</span>')
    expect(page).not.toContain('https://www.legacysurvey.org')
  })

  it('says what is empty', () => {
    const page = renderReport(emptyReport)
    expect(page).toContain('every file and object is in the ranking')
    expect(page).not.toContain('<script>')
    for (const id of ['charts', 'recall', 'next', 'labels']) expect(values(page, 'id')).not.toContain(id)
    const bare = renderReport({ ...emptyReport, sheets: [sampleSheet('forest', 0)] })
    expect(bare).toContain('No objects here.')
    const one = sampleObject(0, { reasons: [], score: 0.5 })
    const { picture: _, raDeg: __, decDeg: ___, ...object } = one
    const single = renderReport({
      ...emptyReport,
      sheets: [{ ...sampleSheet('forest', 0), objects: [object] }],
      histograms: [{ title: 'one', edges: [0.5, 1, 1.5], counts: [1, 0], topFrom: 0.5 }],
      explainedVariance: [1],
      map: { xLabel: 'x', yLabel: 'y', x: [1], y: [0], top: [] },
      recall: [{ ...samplePlot, objects: 1, anomalies: 1 }],
    })
    expect(single).toContain('1 component holds 100.0 % of the variance.')
    expect(single).toContain('1 object as dots.')
    expect(single).toContain('No curves to draw.')
    expect(markup(single)).not.toMatch(/NaN|undefined|Infinity/)
  })

  it('gives each reason in words, with the feature, its value, how unusual it is, and what it measures', () => {
    const page = renderReport(sampleReport())
    expect(page).toContain('<li>most of the light in few pixels<span class="figures"> (<a href="#feature-1"')
    expect(page).toContain(
      'title="How unequally the light is shared among the object’s pixels.">gini</a> 0.810, +5.2σ)',
    )
    expect(page).toContain('<li>its brightest light lies in one centre<span class="figures"> (m20 −1.20, −3.1σ)')
    expect(page).toMatch(/<tr id="feature-1"><th scope="row">gini<\/th><td>How unequally/)
    expect(renderReport(emptyReport)).not.toContain('What the features are')
  })

  it('has no link to a sky that a picture is not of', () => {
    const sky = (more: Partial<ReportObject>): string[] => {
      const page = renderReport({ ...emptyReport, sheets: [{ ...sampleSheet('forest', 1, more) }] })
      return values(page, 'href').filter((link) => link.startsWith('https:'))
    }
    expect(sky({})).toHaveLength(3)
    expect(sky({ simulated: true })).toEqual([])
    expect(sky({ raDeg: Number.NaN })).toEqual([])
    expect(sky({ decDeg: Number.NaN })).toEqual([])
    expect(sky({ decDeg: 90.1 })).toEqual([])
  })

  it('counts all that was rejected, not only what it lists', () => {
    const page = renderReport({ ...sampleReport(), rejectedCount: 1234 })
    expect(page).toContain('Left out (1,234)')
    expect(page).toContain('The first 1 of 1,234')
    expect(page).toContain('header ends early')
  })

  it('is the same text for the same data, which it leaves as they are', () => {
    const freeze = <T>(value: T): T => {
      if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
      return value
    }
    const first = renderReport(freeze(sampleReport()))
    expect(renderReport(freeze(sampleReport()))).toBe(first)
  })

  it('adds less than 60 kB for a map of 4,000 scattered points', () => {
    // Bit-mixed coordinates: all places of the grid, so that hardly two points share one.
    const spread = (i: number, k: number): number => ((i * k) % 4001) / 4001
    const numbers = Array.from({ length: 4000 }, (_, i) => i)
    const map = {
      xLabel: 'x',
      yLabel: 'y',
      x: numbers.map((i) => spread(i, 1597)),
      y: numbers.map((i) => spread(i, 2311)),
      top: [],
    }
    const page = renderReport({ ...emptyReport, map })
    expect(page.match(/h0/g)!.length).toBeGreaterThan(3500)
    expect(page.length - renderReport(emptyReport).length).toBeLessThan(60_000)
  })
})

describe('escapeHtml', () => {
  it('loses nothing that HTML can carry', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(decode(escapeHtml(text))).toBe(text)
      }),
      { seed: 1 },
    )
    expect(decode(escapeHtml('a\r\n\tb'))).toBe('a\r\n\tb')
    expect(escapeHtml('\0\ud800\u0085\uffff')).toBe('\ufffd'.repeat(4))
  })

  it('shortens in the middle', () => {
    expect(shorten('abc', 3)).toBe('abc')
    expect(shorten('abcdefghij', 5)).toBe('abc…j')
    expect(shorten('x'.repeat(100), 20)).toHaveLength(20)
  })
})
