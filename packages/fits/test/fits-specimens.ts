import type { Table } from '@astronomaly/core/table'
import {
  encodeFits,
  encodeFitsImage,
  encodeFitsTable,
  FitsHeader,
  type FitsPixels,
  parseFitsHeader,
} from '../src/index.ts'
import { rawFits } from './read-golden.ts'

const ramp = (count: number): number[] => Array.from({ length: count }, (_, i) => ((i * 7919) % 2003) / 7 - 140)

export const specimenTable: Table = {
  rowCount: 5,
  columns: new Map([
    ['id', { values: ['NGC 1', "O'Neill", '', 'a&', 'longest of all'], width: 1 }],
    ['pair', { values: ['a', 'bb', 'ccc', '', 'e', 'f', 'g', 'h', 'i', 'j'], width: 2 }],
    ['ra', { values: Float64Array.from([0, 359.999, Number.NaN, 1 / 3, -0]), width: 1, unit: 'deg' }],
    ['mag', { values: Float32Array.from([1, Number.NaN, 3, 4, 5, 6, 7, 8, 9, 10]), width: 2, unit: 'mag' }],
    ['count', { values: Int32Array.from([1, -2, 2 ** 31 - 1, -(2 ** 31), 0]), width: 1 }],
    ['short', { values: Int16Array.from([1, -2, 32767, -32768, 0]), width: 1 }],
    ['byte', { values: Uint8Array.from([0, 1, 128, 254, 255]), width: 1 }],
    ['flag', { values: [true, false, true, true, false], width: 1 }],
    ['long', { values: BigInt64Array.from([1n, -1n, 2n ** 62n + 1n, -(2n ** 63n), 0n]), width: 1 }],
  ]),
}

/** Integers that FITS has no type of its own for, and those of 64 bits; with the extremes of each. */
export const integerSpecimens: Readonly<Record<string, FitsPixels>> = {
  int8: Int8Array.of(-128, -1, 0, 1, 127, 5),
  uint16: Uint16Array.of(0, 1, 32767, 32768, 65534, 65535),
  uint32: Uint32Array.of(0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 2, 2 ** 32 - 1),
  int64: BigInt64Array.of(-(2n ** 63n), -1n, 0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n),
  uint64: BigUint64Array.of(0n, 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
}

/** Cards as a telescope may write them, to be kept as they are. */
export const oddCards: readonly string[] = [
  'COMMENT   three   spaces',
  "OBJECT  = 'M 31'/no space before",
  'EXPTIME =              3.00D+01 / [s] exposure',
  'EXPTIME =              3.00E+01 / [s] given twice',
  '',
  'HISTORY = like a value',
  "LONGSTR = 'a string that goes on and&'",
  "CONTINUE  ' on&'",
  "CONTINUE  '' / and has a comment",
  'HIERARCH ESO TEL AIRM START   =  1.25/ airmass',
  'GAIN    =                    2.',
  'UNDEFD  =                      / not known',
  "EMPTY   = ''",
]

/** Files that exercise the writer; each is known to `golden/fits-written.json`. */
export function specimens(): Map<string, Uint8Array> {
  const floats = Float32Array.from(ramp(3 * 5 * 7))
  floats[11] = Number.NaN
  return new Map([
    [
      'float32-cube.fits',
      encodeFitsImage({
        data: floats,
        shape: [3, 5, 7],
        header: [
          { keyword: 'OBJECT', value: "O'Neill's & co", comment: 'quotes' },
          { keyword: 'BANDS', value: 'grz' },
          { keyword: 'EXPTIME', value: 1.5e-7, comment: '[s] short' },
          { keyword: 'LONGTEXT', value: `${"it's ".repeat(40)}&`, comment: 'many cards' },
          { keyword: 'ESO TEL AIRM START', value: 1.25 },
          { keyword: 'GUESS', value: null },
          { keyword: 'GOOD', value: true },
          { keyword: 'SEED', value: 2n ** 62n + 1n },
          { keyword: 'HISTORY', comment: 'made by a test '.repeat(10).trim() },
        ],
      }),
    ],
    ['float64.fits', encodeFitsImage({ data: Float64Array.from(ramp(12)), shape: [3, 4] })],
    ['int32.fits', encodeFitsImage({ data: Int32Array.from(ramp(12), (v) => v * 1e6), shape: [3, 4] })],
    [
      'int16-scaled.fits',
      encodeFitsImage({
        data: Int16Array.from(ramp(900)),
        shape: [30, 30],
        header: [
          { keyword: 'BZERO', value: 32768 },
          { keyword: 'BUNIT', value: 'adu' },
        ],
      }),
    ],
    ['uint8.fits', encodeFitsImage({ data: Uint8Array.from(ramp(7), Math.abs), shape: [7] })],
    ['empty-axis.fits', encodeFitsImage({ data: new Float32Array(0), shape: [0, 4] })],
    ...Object.entries(integerSpecimens).map(
      ([name, data]) => [`${name}.fits`, encodeFitsImage({ data, shape: [2, 3] })] as const,
    ),
    [
      'odd-cards.fits',
      encodeFitsImage({
        data: Int16Array.of(1, 2),
        shape: [2],
        header: parseFitsHeader(rawFits(oddCards)).header,
      }),
    ],
    [
      'extensions.fits',
      encodeFits([
        { header: [{ keyword: 'ORIGIN', value: 'a test' }] },
        { image: { data: floats, shape: [3, 5, 7] }, name: 'SCI', version: 1 },
        { image: { data: Uint16Array.from(ramp(35), Math.abs), shape: [5, 7] }, name: 'DQ', version: 1 },
        {
          image: { data: Float64Array.from(ramp(6)), shape: [6] },
          name: 'SCI',
          version: 2,
          header: new FitsHeader([
            { keyword: 'BITPIX', value: 8 },
            { keyword: 'EXTNAME', value: 'OLD' },
            { keyword: 'BUNIT', value: 'nanomaggy' },
          ]),
        },
        { table: specimenTable, name: 'CAT', header: [{ keyword: 'HISTORY', comment: 'of all kinds' }] },
        { image: { data: Int32Array.of(7), shape: [1] } },
      ]),
    ],
    ['table-first.fits', encodeFits([{ table: specimenTable, name: 'CAT', version: 3 }])],
    ['header-alone.fits', encodeFits([{ name: 'NOTE', header: [{ keyword: 'OBSERVER', value: "O'Neill" }] }])],
    ['table.fits', encodeFitsTable(specimenTable)],
    [
      'no-rows.fits',
      encodeFitsTable({ rowCount: 0, columns: new Map([['x', { values: new Float64Array(0), width: 1 }]]) }),
    ],
  ])
}
