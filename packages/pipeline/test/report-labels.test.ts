import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runInNewContext, Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { readRatings } from '../src/rating-file.ts'
import { labelScript, ratingsToCsv } from '../src/report/label-script.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('the labelling script of the report', () => {
  it('is JavaScript that may stand inside a script element', () => {
    expect(() => new Script(labelScript)).not.toThrow()
    expect(labelScript).not.toMatch(/<\/script|<!--/i)
  })

  it('writes a labels.csv that label reads back, whatever the ids', async () => {
    const ids = [
      '587729204697132205',
      '007',
      'NGC 4321, M 100',
      'a "quoted" id',
      '<script>',
      '=1+1',
      'é星',
      '-1.5e3',
      '# 4',
    ]
    const ratings = ids.map((id, i) => [id, i % 6] as const)
    const toCsv = runInNewContext(`(${ratingsToCsv})`) as (pairs: typeof ratings) => string
    const path = join(await temporaryFolder(), 'labels.csv')
    await writeFile(path, toCsv(ratings))
    const file = await readRatings(path, {
      ids,
      files: ids.map((_, i) => [`${i}.png`]),
      pictures: ids.map(() => ''),
      record: { folder: '/pictures' },
    })
    expect(file.rejected).toEqual([])
    expect(file.ratings).toEqual(ratings.map(([id, rating], row) => ({ row, id, rating })))
  })
})
