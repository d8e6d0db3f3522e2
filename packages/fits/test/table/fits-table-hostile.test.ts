import { AstronomalyError, FormatError, type Warning } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTable } from '../../../survey/src/services/service-answer.ts'
import { encodeFitsTable, openFitsTable, readFitsTable } from '../../src/index.ts'
import { rawTable, tableGolden, unpackTable } from './table-golden.ts'
import { raggedTable } from './table-specimens.ts'

const row = { NAXIS1: 8, NAXIS2: 1, PCOUNT: 8, GCOUNT: 1, TFIELDS: 1, TTYPE1: 'x', TFORM1: '1PJ' }

/** Descriptors, and 8 bytes of heap. */
function pointers(...numbers: number[]): Uint8Array {
  const data = new Uint8Array(4 * numbers.length + 8)
  const view = new DataView(data.buffer)
  for (const [i, number] of numbers.entries()) view.setInt32(4 * i, number)
  return data
}

async function refused(bytes: Uint8Array, message: RegExp, options = {}): Promise<void> {
  const error = await readFitsTable(bytes, { source: 'bad.fits', ...options }).catch((e: unknown) => e)
  expect(error).toBeInstanceOf(FormatError)
  expect((error as FormatError).message).toMatch(message)
  expect((error as FormatError).source).toBe('bad.fits')
}

describe('a hostile table', () => {
  it.each<[string, Record<string, string | number>, number[], RegExp]>([
    ['a cell beyond the heap', row, [3, 0], /cell of column x, row 1, must lie in the heap. Received 3 elements at 0/],
    ['a cell that begins beyond the heap', row, [1, 8], /must lie in the heap/],
    ['a cell before the heap', row, [1, -4], /must lie in the heap/],
    ['a negative number of elements', row, [-1, 0], /must lie in the heap/],
    ['a cell of 2^31 elements', row, [2 ** 31 - 1, 0], /must lie in the heap/],
    ['a heap in the rows', { ...row, THEAP: 4 }, [1, 0], /THEAP must not lie in the rows. Received 4/],
    ['a heap beyond the data', { ...row, THEAP: 2 ** 40 }, [1, 0], /must lie in the heap/],
    [
      'two descriptors in a column',
      { ...row, NAXIS1: 16, TFORM1: '2PJ' },
      [1, 0, 1, 0],
      /TFORM1 must name one element/,
    ],
    ['a pointer to pointers', { ...row, TFORM1: '1PP' }, [1, 0], /TFORM1 must name one element type/],
    ['a pointer to nothing', { ...row, TFORM1: '1P' }, [1, 0], /TFORM1 must name one element type/],
    ['a repeat count without end', { ...row, TFORM1: `${'9'.repeat(60)}J` }, [1, 0], /TFORM1 must fit a row/],
    ['a thousand columns', { ...row, TFIELDS: 1000 }, [1, 0], /TFIELDS must be an integer from 0 to 999/],
    ['999 columns of which one is described', { ...row, TFIELDS: 999 }, [1, 0], /TFORM2 must be a binary/],
    ['a heap that the file does not have', { ...row, PCOUNT: 2 ** 40 }, [1, 0], /truncated/],
    ['a scale that is text', { ...row, TSCAL1: 'two' }, [1, 0], /TSCAL1 must be a number/],
  ])('with %s is refused', async (_, cards, numbers, message) => {
    await refused(rawTable(cards, pointers(...numbers)), message)
  })

  it('with descriptors of 64 bits beyond everything is refused', async () => {
    const data = new Uint8Array(24)
    const view = new DataView(data.buffer)
    const bytes = (): Uint8Array => rawTable({ ...row, NAXIS1: 16, TFORM1: '1QJ' }, data)
    for (const [count, start] of [
      [2n ** 62n, 0n],
      [1n, 2n ** 63n - 1n],
      [-1n, 0n],
      [1n, -(2n ** 63n)],
    ] as const) {
      view.setBigInt64(0, count)
      view.setBigInt64(8, start)
      await refused(bytes(), /must lie in the heap/)
    }
  })

  it('whose rows all share one large cell is refused before anything is made for them', async () => {
    const [rows, cell] = [30_000, 10_000]
    const data = new Uint8Array(8 * rows + cell)
    for (let r = 0; r < rows; r++) new DataView(data.buffer).setInt32(8 * r, cell)
    const bytes = rawTable({ ...row, NAXIS2: rows, PCOUNT: cell, TFORM1: '1PB' }, data)
    // 2^28 values are those of 26,843 rows and a part.
    await refused(bytes, /at most 268435456 values at a time.*from row 26844 of column x on/)
    const { columns } = await readFitsTable(bytes, { rows: [7, 9] })
    expect(columns.get('x')!.offsets).toEqual(Uint32Array.of(0, cell, 2 * cell))
    await refused(bytes, /at most 9999 values/, { rows: [0, 1], maxValues: cell - 1 })
    const catalogue = await openFitsTable(bytes, { maxValues: 2500 * cell })
    for await (const { rowCount } of catalogue.batches({ batchRows: 2500 })) {
      expect(rowCount).toBe(2500)
      break
    }
  })

  it('may have cells that overlap, and empty ones that point anywhere', async () => {
    const cards = { ...row, NAXIS2: 3 }
    const { columns } = await readFitsTable(rawTable(cards, pointers(2, 0, 1, 4, 0, -77)))
    expect(columns.get('x')!.offsets).toEqual(Uint32Array.of(0, 2, 3, 3))
  })

  it('may have columns of no bytes, and rows that are wider than their columns', async () => {
    const cards = {
      NAXIS1: 6,
      NAXIS2: 2,
      PCOUNT: 0,
      GCOUNT: 1,
      TFIELDS: 4,
      TFORM1: '0D',
      TFORM2: 'I',
      TFORM3: '0A',
      TFORM4: '0PD',
    }
    const { columns } = await readFitsTable(rawTable(cards, Uint8Array.of(0, 1, 9, 9, 9, 9, 0, 2, 9, 9, 9, 9)))
    expect(columns.get('col1')).toEqual({ values: new Float64Array(0), width: 0 })
    expect(columns.get('col2')).toEqual({ values: Int16Array.of(1, 2), width: 1 })
    expect(columns.get('col3')).toEqual({ values: [], width: 0 })
    expect(columns.get('col4')).toEqual({ values: new Float64Array(0), width: 0, offsets: Uint32Array.of(0, 0, 0) })
  })

  it('may have columns of one name, which get their numbers', async () => {
    const cards = { NAXIS1: 3, NAXIS2: 1, PCOUNT: 0, GCOUNT: 1, TFIELDS: 3, TFORM1: 'B', TFORM2: 'B', TFORM3: 'B' }
    const named = { ...cards, TTYPE1: 'f', TTYPE2: 'f_3', TTYPE3: 'f' }
    const bytes = rawTable(named, Uint8Array.of(1, 2, 3))
    const warnings: string[] = []
    const onWarning = ({ message }: Warning): void => void warnings.push(message)
    const table = await readFitsTable(bytes, { onWarning })
    expect([...table.columns.keys()]).toEqual(['f', 'f_3', 'f_3_'])
    await decodeTable(bytes, 'fits', 'answer', onWarning)
    expect(warnings).toEqual([expect.stringMatching(/f as f_3_$/), expect.stringMatching(/f as f_3_ \(answer\)$/)])
  })

  it('with any byte changed ends in a table or an error of this project', async () => {
    const files = [
      encodeFitsTable(raggedTable),
      ...tableGolden.tables.map(({ file }) => unpackTable(file)),
      ...tableGolden.compressed.map(({ file }) => unpackTable(file)),
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: files.length - 1 }),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
        async (which, changes) => {
          const bytes = files[which]!.slice()
          for (const [place, byte] of changes) bytes[place % bytes.length] = byte
          await readFitsTable(bytes, { maxValues: 1e6 }).catch((error: unknown) => {
            expect(error).toBeInstanceOf(AstronomalyError)
          })
        },
      ),
      { seed: 13, numRuns: 500 },
    )
  })
})
