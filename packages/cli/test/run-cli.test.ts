import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createSession, exitCodes, runCli } from '../src/index.ts'
import { list, number, range, seed } from '../src/options.ts'
import { textTable } from '../src/text-table.ts'
import { WarningList } from '../src/warnings.ts'

const folder = await mkdtemp(join(tmpdir(), 'astronomaly-cli-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

async function call(...args: string[]) {
  let out = ''
  let err = ''
  const session = createSession({
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    signal: new AbortController().signal,
    resolve: (path) => join(folder, path),
  })
  const code = await runCli(args, session)
  return { code, out, err }
}

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
    const again = await call('rank', 'survey/images', '--out', 'run', '--workers', '0', '--trees', '20')
    expect(again.out).toContain('reused the features of 24 objects and the finished pca, forest from the earlier run')
    const labelled = await call('label', 'run', '--labels', 'survey/truth.csv', '--learner', 'forest-gp')
    expect(labelled.out).toContain('24 ratings added; ranked by forest-gp with 24 labels')
    expect(await call('export', 'run', '--out', 'top.csv', '--top', '3')).toMatchObject({ code: exitCodes.ok })
    expect((await readFile(join(folder, 'top.csv'), 'utf8')).trim().split(/\r?\n/)).toHaveLength(4)
    const evaluated = await call('evaluate', 'run', '--truth', 'survey/truth.csv', '--labels', '8', '--batch', '4')
    expect(evaluated.out).toMatch(/24 objects, \d+ anomal/)
    expect(evaluated.out).toContain('first 5 % (2)')
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
  })

  it('count warnings of one kind together', () => {
    const warnings = new WarningList()
    for (let i = 0; i < 3; i++) warnings.add({ id: `object ${i}`, message: `fit failed at ${i}` })
    warnings.add({ message: 'other' })
    expect(warnings.lines()).toEqual(['warning: object 0: fit failed at 0 (and 2 more like it)', 'warning: other'])
  })
})
