import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseCsvTable } from '@astronomaly/io'

/** A folder of real pictures whose labels say which are searched for. */
export interface LabelledSet {
  readonly name: string
  /** What counts as found. */
  readonly searched: string
  /** Path of the pictures below the shared data. */
  readonly images: string
  readonly labels: string
  /** Whether a row of the labels is searched for. */
  readonly isAnomaly: (cell: (column: string) => string) => boolean
}

/** The labelled sets of real galaxies, in the order of the tables. */
export const labelledSets: readonly LabelledSet[] = [
  {
    name: 'efigi',
    searched: 'perturbed, multiple or ringed galaxies (EFIGI attributes)',
    images: 'data/A_images/efigi_sdss/images',
    labels: 'data/A_images/efigi_sdss/labels.csv',
    isAnomaly: (cell) => cell('odd_rule') === '1',
  },
  {
    name: 'gz2',
    searched: 'galaxies that most Galaxy Zoo 2 volunteers called odd',
    images: 'data/A_images/gz2_sdss/images',
    labels: 'data/A_images/gz2_sdss/labels.csv',
    isAnomaly: (cell) => cell('odd_votes') === '1',
  },
  {
    name: 'euclid',
    searched: 'mergers (Euclid Q1, silver labels)',
    images: 'data/A_images/euclid_q1_mergers/images',
    labels: 'data/A_images/euclid_q1_mergers/labels.csv',
    isAnomaly: (cell) => cell('class') === 'merger',
  },
  {
    name: 'first',
    searched: 'bent radio galaxies (FIRST)',
    images: 'data/A_images/first_radio/images',
    labels: 'data/A_images/first_radio/labels.csv',
    isAnomaly: (cell) => cell('class') === 'Bent',
  },
]

/** The truth table of a set: rating 5 for what is searched for, 0 for the rest, as CSV with `id` and `rating`. */
export async function truthCsv(set: LabelledSet, labelsFile: string): Promise<string> {
  const table = parseCsvTable(await readFile(labelsFile, 'utf8'), labelsFile)
  const lines = ['id,rating']
  for (let row = 0; row < table.rowCount; row++) {
    const cell = (name: string): string => String(table.columns.get(name)?.values[row] ?? '')
    const id = basename(cell('file')).replace(/\.[^.]+$/, '')
    lines.push(`${id},${set.isAnomaly(cell) ? 5 : 0}`)
  }
  return `${lines.join('\n')}\n`
}
