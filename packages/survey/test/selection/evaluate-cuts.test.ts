import { readFileSync } from 'node:fs'
import { NotFoundError, ParameterError } from '@astronomaly/core'
import type { Catalogue, Table } from '@astronomaly/core/table'
import { readFitsTable } from '@astronomaly/fits'
import { encodeCsv } from '@astronomaly/io'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { cutReportTable, formatCutReport } from '../../src/selection/cut-report.ts'
import { evaluateCuts } from '../../src/selection/evaluate-cuts.ts'
import { decamVectorColumns, paperCuts } from '../../src/selection/paper-cuts.ts'
import { type Cut, compare } from '../../src/selection/predicate.ts'
import { selectRows } from '../../src/selection/select-rows.ts'
import { batchesOf, tableOf } from './table-of.ts'

const golden = JSON.parse(readFileSync(new URL('../golden/selection.json', import.meta.url), 'utf8')) as {
  columns: Record<string, (number | string | null)[]>
  tagged: number[]
  cuts: object[]
  survivors: { all: number; tagged: number }
  survivorRows: number[]
}
const table = tableOf(
  Object.fromEntries(
    Object.entries(golden.columns).map(([name, values]) => [
      name,
      name === 'TYPE'
        ? (values as string[])
        : Float64Array.from(values, (value) => (value === null ? Number.NaN : Number(value))),
    ]),
  ),
)
const tag = { column: 'OBJID', ids: golden.tagged }

const small = tableOf({
  id: ['a', 'b', 'c', 'd', 'e'],
  flux: Float64Array.of(9, 1, 9, 1, Number.NaN),
  size: Float32Array.of(5, 5, 1, 1, 5),
})
const smallCuts: readonly Cut[] = [
  { name: 'flux', keep: compare('flux', '>', 7) },
  { name: 'size', keep: compare('size', '>', 3) },
]

const collect = async (rows: AsyncIterable<{ rows: Float64Array }>): Promise<number[]> => {
  const out: number[] = []
  for await (const batch of rows) out.push(...batch.rows)
  return out
}

describe('evaluateCuts', () => {
  it('counts what each cut excludes, what only it excludes, and the survivors', async () => {
    expect(await evaluateCuts(small, smallCuts, { tag: { rows: [1, 2] } })).toEqual({
      rows: { all: 5, tagged: 2 },
      cuts: [
        {
          name: 'flux',
          excluded: { all: 3, tagged: 1 },
          onlyThis: { all: 2, tagged: 1 },
          remaining: { all: 2, tagged: 1 },
        },
        {
          name: 'size',
          excluded: { all: 2, tagged: 1 },
          onlyThis: { all: 1, tagged: 1 },
          remaining: { all: 1, tagged: 0 },
        },
      ],
      survivors: { all: 1, tagged: 0 },
      leftOut: [],
      hasTag: true,
      unmatched: 0,
    })
  })

  it('counts the paper’s cuts as pandas does, in batches of any size', async () => {
    for (const size of [1, 7, 1000]) {
      const report = await evaluateCuts(batchesOf(table, size), paperCuts, { tag })
      expect(report.cuts).toEqual(golden.cuts)
      expect(report.survivors).toEqual(golden.survivors)
      expect(report.unmatched).toBe(0)
    }
    expect((await evaluateCuts(table, paperCuts, { batchRows: 11, tag })).cuts).toEqual(golden.cuts)
    expect(await collect(selectRows(table, paperCuts, { batchRows: 13 }))).toEqual(golden.survivorRows)
  })

  it('tags by ids of any type, by row numbers and by a predicate', async () => {
    const tagged = async (tagOf: Parameters<typeof evaluateCuts>[2]): Promise<[number, number]> => {
      const report = await evaluateCuts(batchesOf(small, 2), smallCuts, tagOf)
      return [report.rows.tagged, report.unmatched]
    }
    expect(await tagged({ tag: { column: 'ID', ids: ['b', 'e', 'zz', 'b'] } })).toEqual([2, 1])
    expect(await tagged({ tag: { rows: Uint32Array.of(0, 4, 9) } })).toEqual([2, 1])
    expect(await tagged({ tag: compare('size', '<', 3) })).toEqual([2, 0])
    expect(await tagged({ tag: { column: 'size', ids: [5n] } })).toEqual([3, 0])
    expect(await tagged({})).toEqual([0, 0])
  })

  it('names the cut and the column that the table lacks, or leaves the cut out and says so', async () => {
    const cuts: Cut[] = [...smallCuts, { name: 'colour', keep: compare('g_r', '<', 1) }]
    await expect(evaluateCuts(small, cuts)).rejects.toThrow(NotFoundError)
    await expect(evaluateCuts(small, cuts)).rejects.toThrow('cut colour: column must exist. Received g_r')
    const report = await evaluateCuts(batchesOf(small, 2), cuts, { lacking: 'leave-out' })
    expect(report.cuts.map(({ name }) => name)).toEqual(['flux', 'size'])
    expect(report.leftOut).toEqual([{ name: 'colour', reason: expect.stringContaining('Received g_r') }])
    expect(formatCutReport(report)).toContain('left out: colour (')
  })

  it('reads of a catalogue only the columns that cuts and tag need', async () => {
    const asked: (readonly string[] | undefined)[] = []
    const catalogue: Catalogue = {
      columns: [...small.columns].map(([name]) => ({ name, type: name === 'id' ? 'text' : 'f64', width: 1 })),
      rowCount: 5,
      async *batches(options) {
        asked.push(options?.columns)
        const columns = new Map([...small.columns].filter(([name]) => options?.columns?.includes(name)))
        yield* batchesOf({ rowCount: 5, columns }, 2)
      },
    } as Catalogue
    const report = await evaluateCuts(catalogue, smallCuts.slice(0, 1), { tag: { column: 'id', ids: ['a'] } })
    expect(report.survivors).toEqual({ all: 2, tagged: 1 })
    expect(await collect(selectRows(catalogue, smallCuts, { select: ['ID'] }))).toEqual([0])
    expect(asked).toEqual([
      ['id', 'flux'],
      ['id', 'flux', 'size'],
    ])
  })

  it('refuses cuts without different names, unknown options, damaged tags and batches out of order', async () => {
    const bad = [
      evaluateCuts(small, [smallCuts[0] as Cut, smallCuts[0] as Cut]),
      evaluateCuts(small, [{ name: '', keep: compare('flux', '>', 7) }]),
      evaluateCuts(small, smallCuts, { tags: {} } as object),
      evaluateCuts(small, smallCuts, { lacking: 'skip' as 'error' }),
      evaluateCuts(small, smallCuts, { batchRows: 0 }),
      evaluateCuts(small, smallCuts, { tag: { rows: [-1] } }),
      evaluateCuts(small, smallCuts, { tag: {} as { rows: number[] } }),
      evaluateCuts([...batchesOf(small, 2)].reverse(), smallCuts),
      evaluateCuts({} as Table, smallCuts),
      evaluateCuts(null as unknown as Table, smallCuts),
      evaluateCuts(small, undefined as unknown as Cut[]),
    ]
    for (const each of bad) await expect(each).rejects.toThrow(ParameterError)
  })

  it('ends with the signal’s reason, and reports progress once a batch', async () => {
    const reason = new Error('enough')
    await expect(evaluateCuts(small, smallCuts, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const done: number[] = []
    await evaluateCuts(batchesOf(small, 2), smallCuts, { onProgress: (progress) => done.push(progress.done) })
    expect(done).toEqual([2, 4, 5])
  })
})

describe('the report of cuts', () => {
  it('renders as text and as CSV', async () => {
    const report = await evaluateCuts(small, smallCuts, { tag: { rows: [1, 2, 77] } })
    expect(formatCutReport(report)).toMatchInlineSnapshot(`
      "cut         excluded   only this    remaining  tagged excluded  tagged only this  tagged remaining
      all rows                          5 (100.0 %)                                          2 (100.0 %)
      flux      3 (60.0 %)  2 (40.0 %)   2 (40.0 %)       1 (50.0 %)        1 (50.0 %)        1 (50.0 %)
      size      2 (40.0 %)  1 (20.0 %)   1 (20.0 %)       1 (50.0 %)        1 (50.0 %)         0 (0.0 %)
      all cuts                           1 (20.0 %)                                            0 (0.0 %)
      not found: 1 of the tag's
      "
    `)
    expect(encodeCsv(cutReportTable(report))).toBe(
      [
        'cut,excluded,only_this,remaining,tagged_excluded,tagged_only_this,tagged_remaining',
        'all rows,,,5,,,2',
        'flux,3,2,2,1,1,1',
        'size,2,1,1,1,1,0',
        'all cuts,,,1,,,0',
        '',
      ].join('\n'),
    )
  })

  it('has no tagged columns without a tag', async () => {
    const report = await evaluateCuts(small, smallCuts)
    expect([...cutReportTable(report).columns.keys()]).toEqual(['cut', 'excluded', 'only_this', 'remaining'])
    expect(formatCutReport(report)).not.toContain('tagged')
  })
})

describe('selectRows', () => {
  it('gives the rows with their numbers, in order, as copies, numbered among the selected, under the names asked for', async () => {
    const cuts = [{ name: 'size', keep: compare('size', '>', 3) }]
    const batches = []
    for await (const batch of selectRows(batchesOf(small, 2), cuts, { select: ['SIZE', 'id'] })) batches.push(batch)
    expect(batches.map(({ start, rowCount, rows }) => [start, rowCount, [...rows]])).toEqual([
      [0, 2, [0, 1]],
      [2, 1, [4]],
    ])
    expect([...(batches[0]?.columns ?? [])]).toEqual([
      ['SIZE', { values: Float32Array.of(5, 5), width: 1 }],
      ['id', { values: ['a', 'b'], width: 1 }],
    ])
  })

  it('keeps vectors, 64-bit integers and booleans', async () => {
    const vectors = {
      rowCount: 2,
      columns: new Map([
        ['v', { values: Int16Array.of(1, 2, 3, 4), width: 2 }],
        ['k', { values: BigInt64Array.of(5n, 6n), width: 1, unit: 'mag' }],
        ['b', { values: [true, false], width: 1 }],
      ]),
    }
    const cuts = [{ name: 'k', keep: compare('k', '=', 6n) }]
    for await (const { columns } of selectRows(vectors, cuts)) {
      expect(columns.get('v')).toEqual({ values: Int16Array.of(3, 4), width: 2 })
      expect(columns.get('k')).toEqual({ values: BigInt64Array.of(6n), width: 1, unit: 'mag' })
      expect(columns.get('b')).toEqual({ values: [false], width: 1 })
    }
    expect.assertions(3)
  })

  it('names what it cannot find', async () => {
    await expect(collect(selectRows(small, smallCuts, { select: ['ra'] }))).rejects.toThrow('Received ra')
    await expect(collect(selectRows(small, paperCuts))).rejects.toThrow('cut type: column must exist. Received type')
  })
})

describe.runIf(hasShared)('the paper’s cuts on real catalogues', () => {
  const read = async (name: string): Promise<Table> => {
    return readFitsTable(new Uint8Array(readFileSync(sharedFile(`data/C_catalogues/legacy/${name}`))))
  }
  const sweep = (): Promise<Table> => read('sweep-320m005-330p000.fits')

  it('say that a sweep file has no rchisq', async () => {
    await expect(evaluateCuts(await sweep(), paperCuts)).rejects.toThrow(
      'cut rchisq: column must exist. Received rchisq_g',
    )
    const report = await evaluateCuts(await sweep(), paperCuts, { lacking: 'leave-out' })
    expect(report.leftOut.map(({ name }) => name)).toEqual(['rchisq'])
  })

  it.each([
    'sweep-310m005-320p000.fits',
    'sweep-320m005-330p000.fits',
    'tractor-3301m002.fits',
    'tractor-3303p000.fits',
  ])('keep the rows of %s that a plain loop keeps', async (name) => {
    const file = await read(name)
    const value = (row: number, column: string): number => Number(file.columns.get(column)?.values[row])
    const kept: number[] = []
    for (let row = 0; row < file.rowCount; row++) {
      const bands = ['G', 'R', 'Z']
      if (String(file.columns.get('TYPE')?.values[row]).trim() === 'PSF') continue
      if (bands.some((band) => value(row, `ALLMASK_${band}`) !== 0)) continue
      if (!bands.every((band) => value(row, `FLUX_${band}`) > 0 && value(row, `FLUX_IVAR_${band}`) > 0)) continue
      if (!bands.some((band) => value(row, `FLUX_${band}`) > 7)) continue
      if (!(value(row, 'SHAPEDEV_R') > 3 || value(row, 'SHAPEEXP_R') > 3)) continue
      kept.push(row)
    }
    const cuts = paperCuts.filter((cut) => cut.name !== 'rchisq')
    expect(await collect(selectRows(file, cuts))).toEqual(kept)
  })

  it('read the vectors of older catalogues by a mapping', async () => {
    const file = await read('tractor-1816p325-sub.fits')
    const report = await evaluateCuts(file, paperCuts, { columns: decamVectorColumns })
    const flux = file.columns.get('decam_flux')?.values as Float32Array
    const faint = [0, 1].filter((row) => ![1, 2, 4].some((band) => (flux[6 * row + band] as number) > 7))
    expect(report.leftOut).toEqual([])
    expect(report.cuts.find(({ name }) => name === 'flux')?.excluded.all).toBe(faint.length)
  })
})
