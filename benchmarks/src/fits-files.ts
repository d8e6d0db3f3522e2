import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { encodeFitsTable, type FitsCard } from '@astronomaly/fits'
import { writeFitsImage } from '@astronomaly/fits/node'

/** Files that FITS readers are measured with. */
export interface FitsFiles {
  /** A picture of 10,000 x 10,000 pixels of f32 with its place on the sky. */
  readonly large: string
  /** Five numbers of f64 a row. */
  readonly table: string
  /** The columns of a survey's catalogue. */
  readonly survey: string
}

/** Pixels of the large picture's sides. */
export const side = 10_000

const map: Readonly<Record<string, string | number>> = {
  FILTER: 'r',
  CTYPE1: 'RA---TAN',
  CTYPE2: 'DEC--TAN',
  CRVAL1: 150,
  CRVAL2: 2,
  CRPIX1: (side + 1) / 2,
  CRPIX2: (side + 1) / 2,
  CD1_1: -0.262 / 3600,
  CD2_2: 0.262 / 3600,
}

/** Makes the files in a folder. */
export async function writeFitsFiles(folder: string, rows: number, random: Random): Promise<FitsFiles> {
  const path = (name: string): string => join(folder, name)
  const files = { large: path('large.fits'), table: path('table.fits'), survey: path('survey.fits') }
  const header: FitsCard[] = Object.entries(map).map(([keyword, value]) => ({ keyword, value }))
  await writeFitsImage(files.large, pictureRows(random), { shape: [side, side], header })
  await writeFile(files.table, encodeFitsTable(numbersTable(rows, random)))
  await writeFile(files.survey, encodeFitsTable(surveyTable(rows, random)))
  return files
}

/** Rows of a square picture of single precision, 100 at a time. */
function* pictureRows(random: Random): Generator<Float32Array> {
  for (let row = 0; row < side; row += 100) yield Float32Array.from({ length: 100 * side }, () => random.uniform())
}

function numbersTable(rows: number, random: Random): Table {
  const column = () => ({ values: Float64Array.from({ length: rows }, () => random.uniform()), width: 1 })
  return {
    rowCount: rows,
    columns: new Map(['ra', 'dec', 'flux_g', 'flux_r', 'flux_z'].map((name) => [name, column()])),
  }
}

/** Columns as a photometric survey's catalogue has them: names, flags, counts and fluxes of several widths. */
function surveyTable(rows: number, random: Random): Table {
  const numbers = (width: number, most: number) => Array.from({ length: rows * width }, () => random.uniform() * most)
  const types = ['PSF', 'REX', 'EXP', 'DEV', 'COMP']
  return {
    rowCount: rows,
    columns: new Map([
      ['release', { values: Int16Array.from(numbers(1, 9000)), width: 1 }],
      ['brickid', { values: Int32Array.from(numbers(1, 600_000)), width: 1 }],
      ['brickname', { values: Array.from({ length: rows }, (_, i) => `${1000 + Math.floor(i / 5000)}p100`), width: 1 }],
      ['objid', { values: Int32Array.from({ length: rows }, (_, i) => i % 5000), width: 1 }],
      ['type', { values: numbers(1, 5).map((value) => types[Math.floor(value)] as string), width: 1 }],
      ['ra', { values: Float64Array.from(numbers(1, 360)), width: 1 }],
      ['dec', { values: Float64Array.from(numbers(1, 90)), width: 1 }],
      ...['ra_ivar', 'dec_ivar', 'ebv', 'flux_g', 'flux_r', 'flux_z', 'flux_ivar_g', 'flux_ivar_r', 'flux_ivar_z'].map(
        (name) => [name, { values: Float32Array.from(numbers(1, 100)), width: 1 }] as const,
      ),
      ['maskbits', { values: Int16Array.from(numbers(1, 1000)), width: 1 }],
      ['nobs', { values: Int16Array.from(numbers(3, 20)), width: 3 }],
      ['brick_primary', { values: numbers(1, 1).map((value) => value > 0.1), width: 1 }],
      ['apflux_g', { values: Float32Array.from(numbers(8, 100)), width: 8 }],
    ]),
  }
}
