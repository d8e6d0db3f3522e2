import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

/** Whole files below this size: what is changed in a larger one is seldom what matters. */
const longest = 30_000

/**
 * Sound inputs to begin with: files that the tests know.
 *
 * @param packages - Folder of the packages, whose golden files they are.
 */
export function seedsOf(target: string, packages: string): Uint8Array[] {
  const cases = (of: 'fits' | 'io', name: string, ...lists: string[]): Uint8Array[] => {
    const all = JSON.parse(readFileSync(join(packages, of, 'test', 'golden', name), 'utf8')) as Record<
      string,
      { file: string }[]
    >
    const files = lists.flatMap((list) => all[list] as { file: string }[])
    return files.map(({ file }) => new Uint8Array(gunzipSync(Buffer.from(file, 'base64'))))
  }
  if (target === 'fits') {
    const files = [
      ...cases('fits', 'fits-read.json', 'images', 'tables'),
      ...cases('fits', 'fits-tiles.json', 'images'),
      ...cases('fits', 'fits-tables.json', 'tables', 'compressed'),
    ]
    return files.filter(({ length }) => length <= longest)
  }
  if (target === 'votable') return cases('io', 'votable.json', 'cases')
  if (target === 'tiles') {
    return Array.from({ length: 5 }, (_, coding) =>
      Uint8Array.of(coding, 8, 7, 7, 31, 0, 16, 1, 0, 0, 0, 9, 0x6a, 0x55),
    )
  }
  if (target === 'csv') return csv.map((text) => new TextEncoder().encode(text))
  return []
}

const csv = [
  'id,ra,dec\n587722984180548043,10.68,41.27\n007,"a, ""b""",\n',
  '# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: int64, unit: deg}\na\n1\n',
  'a;b\r\n1;2\r\n;NaN\r\n',
  'a\tb\n1e5\t-inf\n',
]
