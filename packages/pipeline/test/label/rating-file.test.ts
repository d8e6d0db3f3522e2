import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { FormatError, NotFoundError, ParameterError } from '@astronomaly/core'
import type { Table } from '@astronomaly/core/table'
import { encodeFitsTable } from '@astronomaly/fits'
import { encodeParquetTable, encodeVoTable } from '@astronomaly/io'
import { beforeAll, describe, expect, it } from 'vitest'
import { type RatingFile, type RatingScale, readRatings } from '../../src/label/rating-file.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const ids = ['galaxy-1', 'galaxy-2', '1636148068921376768', '100008']
const files = ['north/a.fits', 'north/b.fits', 'south/b.fits', 'south/d.png'].map((file) => [file])
const pictures = ['00000000000000aa', '00000000000000bb', '00000000000000cc', '123456789012e001']
const data = { ids, files, pictures, record: { folder: '/survey/images' } }
let folder = ''
beforeAll(async () => {
  folder = await temporaryFolder()
})

let written = 0
async function read(
  content: string | Uint8Array,
  options: RatingScale = {},
  warnings: string[] = [],
): Promise<RatingFile> {
  const path = join(folder, `ratings-${written++}`)
  await writeFile(path, content)
  return readRatings(path, data, { ...options, onWarning: ({ message }) => warnings.push(message) })
}

const pairs = ({ ratings }: RatingFile): (readonly [string, number])[] => ratings.map(({ id, rating }) => [id, rating])
const reasons = ({ rejected }: RatingFile): string => rejected.map(({ reason }) => reason).join('\n')

describe('readRatings', () => {
  const table: Table = {
    rowCount: 3,
    columns: new Map([
      ['source_id', { values: ['galaxy-1', '1636148068921376768', '100008'], width: 1 }],
      ['human_label', { values: Int32Array.of(5, -1, 2), width: 1 }],
    ]),
  }
  it.each([
    ['CSV', 'id,rating\ngalaxy-1,5\n100008,2\n'],
    ['TSV with other names', 'OBJID\tLabel\ngalaxy-1\t5\n100008\t2\n'],
    ['semicolons', 'name;note;human_rating\ngalaxy-1;x;5\n100008;y;2\n'],
    [
      'ECSV',
      '# %ECSV 1.0\n# ---\n# datatype:\n# - {name: id, datatype: string}\n# - {name: rating, datatype: float64}\nid rating\ngalaxy-1 5\n100008 2\n',
    ],
    [
      "the reference program's ml_scores.csv",
      ',score,trained_score,human_label\ngalaxy-2,4.1,3.2,-1\ngalaxy-1,3.9,0.1,5\n100008,1.5,0.3,2\n',
    ],
    [
      'an exported ranking',
      'rank,id,score,rating,file\n1,galaxy-1,0.7,5,a.fits\n2,galaxy-2,0.6,,b.fits\n3,100008,0.5,2,c.fits\n',
    ],
    ['CSV in gzip', gzipSync('id,rating\ngalaxy-1,5\n100008,2\n')],
    ['FITS', encodeFitsTable(table)],
    ['Parquet', encodeParquetTable(table)],
    ['VOTable', encodeVoTable(table)],
  ])('reads %s', async (_name, content) => {
    const file = await read(content)
    expect(pairs(file)).toEqual([
      ['galaxy-1', 5],
      ['100008', 2],
    ])
    expect(file.rejected).toEqual([])
  })

  it('counts lines without a rating, and takes -1 for one only where the reference program writes it', async () => {
    const labelled = await read(',score,human_label\ngalaxy-1,1,4\ngalaxy-2,2,-1\n100008,3,-1\n')
    expect(labelled).toMatchObject({ unrated: 2, rejected: [] })
    const rated = await read('id,rating\ngalaxy-1,4\ngalaxy-2,-1\n100008,\n')
    expect(rated.unrated).toBe(1)
    expect(reasons(rated)).toBe("row 2: rating must be a number from 0 to 5. Received '-1'")
  })

  it.each([
    ['names', 'file,rating\na.fits,5\nd.png,2\n'],
    ['names without an ending', 'filename;grade\na;5\nd;2\n'],
    ['ids that are names', 'id,rating\na.fits,5\nsouth/d.png,2\n'],
    ['paths from elsewhere', 'path,label\n/home/x/images/north/a.fits,5\n/home/x/images/south/d.png,2\n'],
    ['a column of pictures', 'picture,rating\na.fits,5\nd.png,2\n'],
    ['names beside ids that are unknown', 'id,file,rating\n17,a.fits,5\n18,south/d.png,2\n'],
  ])('finds objects by %s of files', async (_name, content) => {
    expect(pairs(await read(content))).toEqual([
      ['galaxy-1', 5],
      ['100008', 2],
    ])
  })

  it('does not choose between files of one name', async () => {
    const file = await read('file,rating\nb.fits,5\nsouth/b.fits,2\n')
    expect(pairs(file)).toEqual([['1636148068921376768', 2]])
    expect(reasons(file)).toBe("row 1: 'b.fits' means north/b.fits as well as south/b.fits: give the path")
  })

  it('counts a rating for the picture that it was given to alone', async () => {
    const lines = [
      'galaxy-1,1,00000000000000aa',
      'galaxy-2,1,00000000000000ff',
      'galaxy-2,0,00000000000000cc',
      '100008,1,',
    ]
    const file = await read(`id,rating,picture\n${lines.join('\n')}\n`)
    expect(pairs(file)).toEqual([
      ['galaxy-1', 1],
      ['1636148068921376768', 0],
      ['100008', 1],
    ])
    expect(reasons(file)).toBe("row 2: the rating of 'galaxy-2' was given to a picture that the run does not have")
    expect(pairs(await read('id,rating,picture\n100008,1,123456789012e001\n'))).toEqual([['100008', 1]])
  })

  it('passes over the words for a missing rating, and rejects others', async () => {
    const words = await read('id,rating\ngalaxy-1,3\ngalaxy-2,NA\n100008,null\n1636148068921376768,--\n')
    expect(words).toMatchObject({ unrated: 3, rejected: [] })
    expect(reasons(await read('id,rating\ngalaxy-1,3\ngalaxy-2,five\n'))).toContain("Received 'five'")
  })

  it('reads 200,000 lines', async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `${ids[i % 4]},${i % 6},${i % 1000 === 0 ? '' : 'seen'}`)
    const file = await read(`id,rating,note\n${lines.join('\n')}\nM31,1,\n`)
    expect(file.ratings).toHaveLength(200_000)
    expect(file.rejected).toHaveLength(1)
  })

  it('keeps ids exact', async () => {
    expect(pairs(await read('source_id,rating\n1636148068921376768,3\n'))).toEqual([['1636148068921376768', 3]])
  })

  it('says which columns a file has and which one may be meant', async () => {
    const failure = read('id,ratng\ngalaxy-1,5\n')
    await expect(failure).rejects.toThrow(FormatError)
    await expect(failure).rejects.toThrow(/It has id, ratng, but no rating .*; did you mean it by ratng\?/)
    await expect(read('objct,rating\ngalaxy-1,5\n')).rejects.toThrow(/but no id .*did you mean it by objct\?/)
    await expect(read('x,y\n1,2\n')).rejects.toThrow(/It has x, y, but no id .* and no rating/)
  })

  it('names the object that an unknown id may mean', async () => {
    const warnings: string[] = []
    const file = await read('id,rating\nGALAXY-1,5\ngalxy-2,3\n100009,1\nM31,2\n100008,4\n', {}, warnings)
    expect(file.rejected.map(({ id, reason }) => [id, reason.split('; ')[1]])).toEqual([
      ['GALAXY-1', 'did you mean galaxy-1?'],
      ['galxy-2', 'did you mean galaxy-2?'],
      ['100009', 'did you mean 100008?'],
      ['M31', undefined],
    ])
    expect(warnings.join()).toMatch(/4 of the 5 ratings of .* cannot be used, such as 'GALAXY-1'/)
  })

  it('is an error when no line can be used', async () => {
    await expect(read('id,rating\nM31,5\nM33,3\n')).rejects.toThrow(/None of its 2 ratings can be used, such as 'M31'/)
    await expect(read('id,rating\ngalaxy-1,\n')).rejects.toThrow('It has no rating')
    await expect(read('id,rating\n')).rejects.toThrow('It has no rating')
    await expect(readRatings(join(folder, 'none.csv'), data)).rejects.toThrow(NotFoundError)
  })

  it.each([
    'id,rating\ngalaxy-1,1\ngalaxy-2,0\n',
    'id,label\ngalaxy-1,0.25\ngalaxy-2,0.5\n',
    'file,rating\ngalaxy-1,1\nunknown,0\n',
  ])('asks for the scale where no rating is above 1: %s', async (content) => {
    const failure = read(content)
    await expect(failure).rejects.toThrow(ParameterError)
    await expect(failure).rejects.toThrow(/--scale 1 .*--scale 5/)
    const [one, five] = [await read(content, { scale: 1 }), await read(content, { scale: 5 })]
    expect(pairs(one)).toEqual(pairs(five).map(([id, rating]) => [id, 5 * rating]))
  })

  it('takes ratings as they are where the file says its scale, or all are 0', async () => {
    expect(pairs(await read('id,rating,picture\ngalaxy-1,1,\n'))).toEqual([['galaxy-1', 1]])
    expect(pairs(await read('id,rating\ngalaxy-1,0\ngalaxy-2,0\n'))).toEqual([
      ['galaxy-1', 0],
      ['galaxy-2', 0],
    ])
  })

  it('names the option where ratings are beyond the scale', async () => {
    const content = 'id,rating\ngalaxy-1,7\ngalaxy-2,3\n100008,10\n'
    await expect(read(content)).rejects.toThrow(/--scale N .* --scale 5 .* Received ratings up to 10/)
    expect(reasons(await read(content, { scale: 5 }))).toMatch(/from 0 to 5\. Received '7'; --scale N/)
    expect(pairs(await read(content, { scale: 10 }))).toEqual([
      ['galaxy-1', 3.5],
      ['galaxy-2', 1.5],
      ['100008', 5],
    ])
  })

  it('lets a file say which object is meant, as a catalogue does, and takes no line that names two', async () => {
    const content = 'number,file,rating\n1,d.png,5\n2,a.fits,0\n'
    expect(pairs(await read(content))).toEqual([
      ['100008', 5],
      ['galaxy-1', 0],
    ])
    const two = 'id,file,rating\ngalaxy-1,d.png,5\ngalaxy-2,north/b.fits,1\n'
    expect(pairs(await read(two))).toEqual([['galaxy-2', 1]])
    expect(reasons(await read(two))).toContain("id 'galaxy-1' and file 'd.png' are two objects of the run")
  })
})
