import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { TableColumn } from '@astronomaly/core/table'
import { openFitsTable, readFitsTable } from '@astronomaly/fits'
import { describe, expect, it } from 'vitest'
import { decodeTable } from '../../../survey/src/services/service-answer.ts'
import { cellText } from '../../src/table/cells.ts'
import { openCatalogue } from '../../src/table/open-catalogue.ts'
import { readCatalogue } from '../../src/table/read-catalogue.ts'

const path = (name: string): string => fileURLToPath(new URL(`../cases/${name}`, import.meta.url))
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(path(name)))

describe('integers of 64 bits with a value for missing ones, in FITS', () => {
  const ids = ['1636148068921376768', '4611686018427387905']

  it('are exact text where a double would not hold them: whole, in batches, and as the answer of a service', async () => {
    const whole = await readCatalogue(path('tnull-int64.fits'))
    expect(whole.columns.get('source_id')?.values).toEqual(ids)
    expect([0, 1].map((row) => cellText(whole.columns.get('source_id') as TableColumn, row))).toEqual(ids)
    const answer = await decodeTable(bytesOf('tnull-int64.fits'), 'fits', 'answer')
    expect(answer.columns).toEqual(whole.columns)
    const catalogue = await openCatalogue(path('tnull-int64.fits'))
    expect(catalogue.columns[0]).toMatchObject({ name: 'source_id', type: 'text' })
    for await (const batch of catalogue.batches()) expect(batch.columns).toEqual(whole.columns)
  })

  it('are numbers where all of them are small, and missing where they say so', async () => {
    const bytes = bytesOf('tnull-int64.fits')
    const view = new DataView(bytes.buffer)
    const header = await openFitsTable(bytes)
    expect(header.fields[0]).toMatchObject({ type: 'text', isLong: true })
    const at = bytes.length - 2880
    expect(view.getBigInt64(at)).toBe(1636148068921376768n)
    const text = new TextDecoder('latin1').decode(bytes)
    const blank = BigInt(/TNULL1 {2}= +(-?\d+)/.exec(text)?.[1] ?? 'none')
    view.setBigInt64(at, blank)
    const withMissing = await decodeTable(bytes, 'fits', 'answer')
    expect(withMissing.columns.get('source_id')?.values).toEqual(['', ids[1]])
    view.setBigInt64(at + (view.getBigInt64(at + 24) === 4611686018427387905n ? 24 : 0), 7n)
    expect((await decodeTable(bytes, 'fits', 'answer')).columns.get('source_id')?.values).toEqual(
      Float64Array.of(Number.NaN, 7),
    )
  })
})

describe('undefined truth values, in FITS', () => {
  it('are missing, as in the other formats', async () => {
    const expected = Float64Array.of(Number.NaN, 0, 1)
    expect((await readFitsTable(bytesOf('logical-null.fits'))).columns.get('flag')?.values).toEqual(expected)
    expect((await readCatalogue(path('logical-null.fits'))).columns.get('flag')?.values).toEqual(expected)
    const kept = await readFitsTable(bytesOf('logical-null.fits'), { nulls: 'keep' })
    expect(kept.columns.get('flag')?.values).toEqual([false, false, true])
  })

  it('make their column one of numbers in every batch of a catalogue, and in those parts of a table alone', async () => {
    const catalogue = await openCatalogue(path('logical-null.fits'))
    expect(catalogue.columns).toEqual([{ name: 'flag', type: 'float64', width: 1 }])
    const values: unknown[] = []
    for await (const batch of catalogue.batches({ batchRows: 2 })) values.push(batch.columns.get('flag')?.values)
    expect(values).toEqual([Float64Array.of(Number.NaN, 0), Float64Array.of(1)])
    const rest = await readFitsTable(bytesOf('logical-null.fits'), { rows: [1, 3] })
    expect(rest.columns.get('flag')?.values).toEqual([false, true])
  })
})
