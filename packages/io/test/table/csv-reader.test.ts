import { FormatError } from '@astronomaly/core'
import { parse } from 'csv-parse/browser/esm/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CsvReader, type CsvReaderOptions } from '../../src/table/csv-reader.ts'
import { parseCsvTable } from '../../src/table/csv-table.ts'

/** The header and the rows of a text that comes in these pieces. */
function read(pieces: readonly string[], options?: CsvReaderOptions): (readonly string[])[] {
  const rows: (readonly string[])[] = []
  const reader = new CsvReader(
    'a.csv',
    { header: (names) => rows.push(names), row: (cells) => rows.push(cells) },
    options,
  )
  for (const piece of pieces) reader.write(piece)
  reader.finish()
  return rows
}

const cell = fc.oneof(
  fc.constantFrom(
    '',
    '1',
    'x',
    '"',
    '""',
    '"a"',
    '"a,b"',
    '"a""b"',
    '"l\nm"',
    '"l\r\nm"',
    '"r\rs"',
    '"a"b',
    '"a,b"c',
    'a"b',
    'a""',
    ' "q"',
    '"é☃"',
  ),
  fc.string({ maxLength: 4 }).filter((text) => !/[\0\uFEFF#]/.test(text)),
)
const text = fc
  .tuple(
    fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
    fc.constantFrom('\n', '\r\n', '\r'),
  )
  .map(([rows, end]) => ['p,q,r', ...rows.map((row) => row.join(','))].join(end))

describe('CsvReader', () => {
  it('reads the rows that csv-parse does, of any text', () => {
    const wanted = (all: string): string[][] =>
      parse(all, {
        delimiter: ',',
        record_delimiter: ['\r\n', '\n', '\r'],
        skip_empty_lines: true,
        relax_column_count: true,
        relax_quotes: true,
      })
    fc.assert(
      fc.property(text, (all) => {
        const ragged: (readonly string[])[] = []
        let own: (readonly string[])[] | 'unclosed'
        try {
          own = read([all], { separator: ',', onRagged: ({ cells }) => ragged.push(cells) })
        } catch {
          own = 'unclosed'
        }
        let other: string[][] | 'unclosed'
        try {
          other = wanted(all)
        } catch {
          other = 'unclosed'
        }
        if (other === 'unclosed' || own === 'unclosed') expect(own).toEqual(other)
        else {
          expect(own).toEqual(other.filter((row) => row.length === 3))
          expect(ragged).toEqual(other.filter((row) => row.length !== 3))
        }
      }),
      { seed: 6, numRuns: 600 },
    )
  })

  it('reads the same whatever the pieces', () => {
    fc.assert(
      fc.property(text, fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 40 }), (all, sizes) => {
        const pieces: string[] = []
        let at = 0
        for (const size of [...sizes, all.length]) {
          pieces.push(all.slice(at, at + size))
          at += size
        }
        const outcome = (parts: string[]): unknown => {
          const lines: number[] = []
          try {
            return [read(parts, { onRagged: ({ line }) => lines.push(line) }), lines]
          } catch (error) {
            return (error as Error).message
          }
        }
        expect(outcome(pieces)).toEqual(outcome([all]))
      }),
      { seed: 7, numRuns: 500 },
    )
  })

  it('gives up on a quote that is never closed after 16 MiB, and names its line', () => {
    const piece = 'x'.repeat(2 ** 20)
    let written = 0
    const reader = new CsvReader('a.csv', { header: () => undefined, row: () => undefined })
    const write = (): void => {
      reader.write('a,b\n1,2\n3,"')
      for (; written < 1000; written++) reader.write(piece)
    }
    expect(write).toThrow(FormatError)
    // The sixteenth piece goes beyond.
    expect(written).toBe(15)
    expect(() => parseCsvTable(`a,b\n1,2\n3,"${'x'.repeat(2 ** 24)}`, 'a.csv')).toThrow(
      /more from line 3 on, where a quote/,
    )
    expect(() => parseCsvTable('a,b\n1,"2\n3,4', 'a.csv')).toThrow(/quote must be closed.* it is open from line 2 on/)
  })

  it('gives up on rows of too many cells, and on comments without end', () => {
    const many = 'x,'.repeat(1_000_000)
    expect(() => read([many, '\n'])).toThrow(/row must have at most 65536 cells\. Received 1000001 on line 1/)
    expect(() => read([`"a"${many}`, '\n'])).toThrow(/at most 65536 cells\. Received 65537 on line 1/)
    const comments = (function* () {
      for (let i = 0; i < 100; i++) yield `#${'c'.repeat(2 ** 20)}\n`
    })()
    expect(() => read([...comments])).toThrow(/comments before the table must have at most 16777216 characters/)
  })
})
