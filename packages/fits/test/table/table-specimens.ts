import type { Table } from '@astronomaly/core/table'
import { encodeFitsTable } from '../../src/index.ts'

/** Columns of every kind whose rows vary in length. */
export const raggedTable: Table = {
  rowCount: 4,
  columns: new Map([
    ['id', { values: Int32Array.of(4, 3, 2, 1), width: 1 }],
    [
      'flux',
      {
        values: Float32Array.of(1.5, -2, Number.NaN, 4, 5),
        width: 0,
        offsets: Uint32Array.of(0, 2, 2, 5, 5),
        unit: 'Jy',
        description: 'what was seen',
        ucd: 'phot.flux',
      },
    ],
    ['time', { values: Float64Array.of(1 / 3, -0, 2), width: 0, offsets: Uint32Array.of(0, 0, 1, 2, 3) }],
    ['count', { values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1), width: 0, offsets: Uint32Array.of(0, 1, 1, 1, 2) }],
    ['short', { values: Int16Array.of(-32768, 7, 8), width: 0, offsets: Uint32Array.of(0, 3, 3, 3, 3) }],
    ['byte', { values: Uint8Array.of(0, 255), width: 0, offsets: Uint32Array.of(0, 0, 0, 0, 2) }],
    ['long', { values: BigInt64Array.of(-(2n ** 63n), 5n), width: 0, offsets: Uint32Array.of(0, 0, 2, 2, 2) }],
    ['flag', { values: [true, false, true], width: 0, offsets: Uint32Array.of(0, 1, 3, 3, 3) }],
    ['empty', { values: new Float64Array(0), width: 0, offsets: new Uint32Array(5) }],
  ]),
}

/** Cells of several axes, and integers of both signs. */
export const shapedTable: Table = {
  rowCount: 2,
  columns: new Map([
    ['cube', { values: Float32Array.from({ length: 48 }, (_, i) => i / 4), width: 24, shape: [2, 3, 4] }],
    ['words', { values: 'a bb ccc d e ff g h i j k l'.split(' '), width: 6, shape: [3, 2] }],
    ['name', { values: ['longer', ''], width: 1, ucd: 'meta.id' }],
    ['ulong', { values: BigUint64Array.of(2n ** 64n - 1n, 0n), width: 1 }],
    ['uint', { values: Float64Array.of(2 ** 32 - 1, 0), width: 1 }],
    ['ushort', { values: Int32Array.of(65535, 0, 7, 8), width: 2 }],
    ['sbyte', { values: Int16Array.of(-128, 127), width: 1 }],
  ]),
}

/** Files that exercise the writer; each is known to `golden/fits-tables.json`. */
export function tableSpecimens(): Map<string, Uint8Array> {
  return new Map([
    ['ragged.fits', encodeFitsTable(raggedTable, { name: 'RAGGED' })],
    [
      'shaped.fits',
      encodeFitsTable(shapedTable, {
        name: 'SHAPED',
        header: [
          { keyword: 'TDISP4', value: 'I20' },
          { keyword: 'ORIGIN', value: 'a test', comment: 'who made it' },
          { keyword: 'HISTORY', comment: 'made by a test' },
        ],
        storage: { uint: 'uint32', ushort: 'uint16', sbyte: 'int8' },
      }),
    ],
  ])
}
