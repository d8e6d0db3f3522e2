import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runInNewContext, Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { readRatings } from '../../src/label/rating-file.ts'
import { labelScript, ratingsToCsv, takeKept } from '../../src/report/label-script.ts'
import { temporaryFolder } from '../temporary-folder.ts'

describe('the labelling script of the report', () => {
  it('is JavaScript that may stand inside a script element', () => {
    expect(() => new Script(labelScript)).not.toThrow()
    expect(labelScript).not.toMatch(/<\/script|<!--/i)
  })

  const take = runInNewContext(`(${takeKept})`) as (
    entries: readonly unknown[],
    pictureOf: (id: string) => string | undefined,
    given: (id: string) => number | undefined,
  ) => { ratings: Map<string, number>; others: unknown[]; lost: number }
  const kept = (entries: readonly unknown[], page: Record<string, string>, given: Record<string, number> = {}) => {
    const { ratings, others, lost } = take(
      entries,
      (id) => page[id],
      (id) => given[id],
    )
    return { ratings: [...ratings].map((pair) => [...pair]), others: [...others], lost }
  }

  it('goes on with what the browser kept for the same pictures', () => {
    const entries = [
      ['a', 5, 'f00d'],
      ['b', 0, 'cafe'],
    ]
    expect(kept(entries, { a: 'f00d', b: 'cafe' })).toEqual({
      ratings: [
        ['a', 5],
        ['b', 0],
      ],
      others: [],
      lost: 0,
    })
    expect(kept(entries, { a: 'f00d', b: 'cafe' }, { a: 5, b: 1 })).toMatchObject({ ratings: [['b', 0]], lost: 0 })
    expect(kept([['a', 3]], { a: '' })).toMatchObject({ ratings: [['a', 3]], lost: 0 })
    const away = [
      ['gone', 2, 'f00d', false],
      ['filed', 1, 'cafe', true],
    ]
    expect(kept(away, { a: '' }), 'what a file has is not saved again').toEqual({
      ratings: [],
      others: [away[0]],
      lost: 0,
    })
  })

  it('drops and counts what was kept for another survey that stood at the same path', () => {
    const entries = [
      ['a', 5, 'f00d'],
      ['b', 4],
      ['c', 3, ''],
      ['d', 9, '0001'],
    ]
    expect(kept(entries, { a: 'beef', b: 'beef', c: 'beef', d: '0001' })).toEqual({ ratings: [], others: [], lost: 4 })
  })

  it('leaves alone what was kept for objects that the page does not show', () => {
    expect(kept([['a', 5, 'f00d']], { b: 'f00d' })).toEqual({ ratings: [], others: [['a', 5, 'f00d']], lost: 0 })
  })

  it('writes the picture that each rating was given to', () => {
    const toCsv = runInNewContext(`(${ratingsToCsv})`) as (entries: readonly unknown[]) => string
    expect(
      toCsv([
        ['a', 5, 'f00d'],
        ['b,c', 0, ''],
      ]),
    ).toBe('id,rating,picture\na,5,f00d\n"b,c",0,\n')
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
