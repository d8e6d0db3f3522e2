import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { exitCodes } from '../src/index.ts'
import { list, number, range, seed } from '../src/options.ts'
import { textTable } from '../src/text-table.ts'
import { WarningList } from '../src/warnings.ts'
import { callWith } from './call.ts'

const folder = await mkdtemp(join(tmpdir(), 'astronomaly-cli-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const call = (...args: string[]) => callWith(args, (path) => join(folder, path))

describe('runCli', () => {
  it('says of a network file what it does not say itself', async () => {
    for (const [text, wanted] of [
      ['0-255', [0, 255]],
      ['-1-1', [-1, 1]],
      ['-1,-0.5', [-1, -0.5]],
    ] as const) {
      expect(range(text)).toEqual(wanted)
    }
    for (const text of ['', '255', '0-', 'a-b', '0-1-2']) expect(() => range(text), text).toThrow(/must be/)
    const bare = ['rank', 'images', '--out', 'bare']
    expect((await call(...bare, '--encoder-size', '64', '--encoder-input-range', '-1-1')).err).toContain(
      'encoderOptions need an encoder. Received inputRange, size without one',
    )
    expect((await call(...bare, '--encoder-pooling', 'last')).err).toMatch(/Allowed choices are mean, first/)
  })

  it('goes from a simulated survey to a ranking that is learnt and exported', async () => {
    expect(await call('simulate', 'survey', '--count', '24', '--size', '48')).toMatchObject({ code: exitCodes.ok })
    const ranked = await call('rank', 'survey/images', '--out', 'run', '--workers', '0', '--trees', '20')
    expect(ranked).toMatchObject({ code: exitCodes.ok })
    expect(ranked.out).toMatch(/ranked 24 objects: 60 features, \d+ principal components/)
    const page = await readFile(join(folder, 'run', 'report.html'), 'utf8')
    expect(page, 'simulated positions lead to no real sky').not.toContain('https://')
    expect(page).toContain('simulated: their positions are of no real sky')
    const again = await call('rank', 'survey/images', '--out', 'run', '--workers', '0', '--trees', '20')
    expect(again.out).toContain(
      'reused the features of 24 objects and the finished objects, pca, projection, forest, scores from the earlier run',
    )
    const labelled = await call('label', 'run', '--labels', 'survey/truth.csv')
    expect(labelled.out).toContain('24 ratings added; ranked by forest-gp (the default learner) with 24 labels')
    const other = await call('label', 'run', '--learner', 'default')
    expect(other.out).toContain('0 ratings added; ranked by forest-gp with 24 labels')
    expect((await call('label', 'run')).out).toContain("ranked by forest-gp (the run's learner) with 24 labels")
    const fewer = await call('rank', 'survey/images', '--out', 'run', '--workers', '0', '--trees', '10')
    expect(fewer.out).toContain('learnt again from the 24 ratings of the run')
    expect(fewer.out).toContain('first, by forest-gp:')
    expect(await call('export', 'run', '--out', 'top.csv', '--top', '3')).toMatchObject({ code: exitCodes.ok })
    expect((await readFile(join(folder, 'top.csv'), 'utf8')).trim().split(/\r?\n/)).toHaveLength(4)
    const evaluated = await call('evaluate', 'run', '--truth', 'survey/truth.csv', '--labels', '8', '--batch', '4')
    expect(evaluated.out).toMatch(/24 objects, \d+ anomal/)
    const twice = ['--learners', 'default,forest-gp', '--labels', '8', '--batch', '8']
    const named = await call('evaluate', 'run', '--truth', 'survey/truth.csv', ...twice)
    expect(named.out.match(/^forest-gp /gm)).toHaveLength(2)
    expect(evaluated.out).toMatch(
      /Anomalies found among so many objects looked at, of \d+:\nlearner +4 looks +8 looks\n/,
    )
    expect(evaluated.out).toMatch(/^chance +0\.\d/m)
    expect(evaluated.out).toContain('The ranking, labelled objects included: anomalies in its first 5 % (2)')
    const nowhere = await call('report', 'run', '--pictures', 'survey')
    expect(nowhere).toMatchObject({ code: exitCodes.failed })
    expect(nowhere.err).toContain('--pictures <folder>')
    expect(await call('report', 'run', '--pictures', 'survey/images')).toMatchObject({ code: exitCodes.ok, err: '' })
  })

  it('reads label files of many kinds, and says what of them is not used', async () => {
    await call('simulate', 'sky', '--count', '24', '--size', '48')
    await call('rank', 'sky/images', '--out', 'votes', '--workers', '0', '--trees', '10')
    const ids = (await readFile(join(folder, 'sky/truth.csv'), 'utf8')).split('\n').slice(1, 25)
    const names = ids.map((line) => line.split(',')[0]!)
    await writeFile(join(folder, 'yes.tsv'), `filename\tlabel\n${names[0]}.fits\t1\n${names[1]}.fits\t0\n`)
    const asked = await call('label', 'votes', '--labels', 'yes.tsv')
    expect(asked.code).toBe(exitCodes.failed)
    expect(asked.err).toMatch(/--scale 1 .* --scale 5/)
    const scaled = await call('label', 'votes', '--labels', 'yes.tsv', '--scale', '1')
    expect(scaled.out).toContain('2 ratings added')
    await writeFile(
      join(folder, 'ml_scores.csv'),
      `,score,human_label\n${names[2]},3.2,4\n${names[3]},1,-1\nM31,2,3\nM33,1,2\n`,
    )
    const theirs = await call('label', 'votes', '--labels', 'ml_scores.csv')
    expect(theirs.out).toContain('1 ratings added, 1 lines have none; ranked by forest-gp')
    expect(theirs.err).toMatch(/warning: 2 of the 3 ratings of .* cannot be used, such as 'M31'/)
    expect(theirs.err).toContain("not used: M33: row 4: no object of the run has id 'M33'")
    const played = await call(
      'evaluate',
      'votes',
      '--truth',
      'yes.tsv',
      '--scale',
      '1',
      '--labels',
      '2',
      '--batch',
      '1',
    )
    expect(played.out).toContain('2 objects, 1 anomalies')
    const wrong = await call('evaluate', 'votes', '--truth', 'sky/catalogue.csv', '--labels', '2')
    expect(wrong.code).toBe(exitCodes.failed)
  })

  it('exports the order in which to look at objects', async () => {
    await call('export', 'votes', '--out', 'next.csv', '--without-labelled', '--top', '4')
    const lines = (await readFile(join(folder, 'next.csv'), 'utf8')).trim().split('\n')
    const [header, ...rows] = lines.map((line) => line.split(','))
    expect(rows.map((row) => row[header!.indexOf('next')])).toEqual(['1', '2', '3', '4'])
    expect(rows.every((row) => row[header!.indexOf('rating')] === '')).toBe(true)
    expect((await call('export', 'votes', '--out', 'table.vot')).out).toContain('24 rows')
    expect((await call('export', 'votes', '--out', 'table.xls')).err).toContain('must end in .csv')
  })

  it('says in one line what is wrong and ends with its exit code', async () => {
    const missing = await call('rank', 'nowhere', '--out', 'other')
    expect(missing.code).toBe(exitCodes.failed)
    expect(missing.err).toMatch(/^astronomaly: rank: folder must exist\. Received .*nowhere\.\n$/)
    expect((await call('rank')).code).toBe(exitCodes.usage)
    expect((await call('rank', 'a', '--out', 'b', '--trees', 'many')).err).toContain(
      "must be a number. Received 'many'",
    )
    expect((await call('nonsense')).code).toBe(exitCodes.usage)
    expect(await call('--version')).toMatchObject({ code: exitCodes.ok })
  })
})

describe('the small parts', () => {
  it('parse numbers, lists and seeds', () => {
    expect([number('1e-3'), seed('7'), seed('seven'), list('g, r,z')]).toEqual([0.001, 7, 'seven', ['g', 'r', 'z']])
    expect(() => number('')).toThrow('must be a number')
    expect(() => list('g,,z')).toThrow('names between commas')
  })

  it('align tables', () => {
    expect(textTable(['a', 'bb'], [['x', '1']], 'title')).toBe('title\na  bb\n─────\nx   1')
    expect(textTable(['a'], [['long'], []])).toBe('a   \n────\nlong\n')
  })

  it('count warnings of one kind together', () => {
    const warnings = new WarningList()
    for (let i = 0; i < 3; i++) warnings.add({ id: `object ${i}`, message: `fit failed at ${i}` })
    warnings.add({ message: 'other' })
    expect(warnings.lines()).toEqual(['warning: other', 'warning: object 0: fit failed at 0 (and 2 more like it)'])
  })

  it('show the most frequent kinds of warnings about objects, and count the rest', () => {
    const warnings = new WarningList()
    for (const [i, kind] of ['a', 'b', 'c', 'd', 'e', 'f', 'g'].entries()) {
      for (let n = 0; n <= i; n++) warnings.add({ id: `object ${n}`, message: kind })
    }
    const lines = warnings.lines()
    expect(lines).toHaveLength(6)
    expect([lines[0], lines[4], lines[5]]).toEqual([
      'warning: object 0: g (and 6 more like it)',
      'warning: object 0: c (and 2 more like it)',
      'and 2 more kinds of warnings',
    ])
  })
})
