import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FormatError, ParameterError, type Warning } from '@astronomaly/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LabelJournal, readLabels } from '../../src/node.ts'

let folder = ''
let path = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'))
  path = join(folder, 'labels.jsonl')
})
afterEach(() => rm(folder, { recursive: true }))

const at = '2024-05-06T07:08:09.000Z'

async function reopen(warnings: Warning[] = []): Promise<LabelJournal> {
  const journal = await LabelJournal.open(path, { onWarning: (warning) => warnings.push(warning) })
  await journal.close()
  return journal
}

describe('LabelJournal', () => {
  it('keeps one line per label in order and lets the last label of an id win', async () => {
    const journal = await LabelJournal.open(path)
    await journal.append([
      { id: 'a', rating: 5, at },
      { id: 'b', rating: 0, at, user: 'vera' },
    ])
    await journal.append([{ id: 'a', rating: 2.5, at: new Date(at) }])
    await journal.close()
    expect(await readFile(path, 'utf8')).toBe(
      `{"id":"a","rating":5,"at":"${at}","more":true}\n{"id":"b","rating":0,"at":"${at}","user":"vera"}\n{"id":"a","rating":2.5,"at":"${at}"}\n`,
    )
    const again = await reopen()
    expect(again.entries()).toEqual(journal.entries())
    expect(await readLabels(path)).toEqual(again.entries())
    expect(Array.from(again.latest().values(), ({ id, rating }) => [id, rating])).toEqual([
      ['a', 2.5],
      ['b', 0],
    ])
  })

  it('fills in the time', async () => {
    const journal = await LabelJournal.open(path)
    await journal.append([{ id: 'a', rating: 1 }])
    await journal.close()
    expect(Math.abs(Date.parse(journal.entries()[0]!.at) - Date.now())).toBeLessThan(60_000)
  })

  it('never rewrites what is there', async () => {
    const before = `{"id":"old","rating":1,"at":"${at}","note":"kept"}\n\n`
    await writeFile(path, before)
    const journal = await LabelJournal.open(path)
    await journal.append([{ id: 'new', rating: 2, at }])
    await journal.close()
    expect((await readFile(path, 'utf8')).startsWith(before)).toBe(true)
    expect((await reopen()).entries()).toHaveLength(2)
  })

  it('writes overlapping appends one after the other, in whole lines and in the order of the calls', async () => {
    const journal = await LabelJournal.open(path)
    await Promise.all(
      Array.from({ length: 40 }, (_, i) =>
        journal.append([
          { id: `first-${i}`, rating: 1 },
          { id: `second-${i}`, rating: 2 },
        ]),
      ),
    )
    await journal.close()
    expect((await reopen()).entries().map(({ id }) => id)).toEqual(
      Array.from({ length: 40 }, (_, i) => [`first-${i}`, `second-${i}`]).flat(),
    )
  })

  it('waits for appends under way when it closes', async () => {
    const journal = await LabelJournal.open(path)
    const appended = journal.append([{ id: 'a', rating: 1 }])
    await journal.close()
    await journal.close()
    await appended
    expect((await reopen()).entries()).toHaveLength(1)
    await expect(journal.append([{ id: 'b', rating: 1 }])).rejects.toThrow(ParameterError)
  })

  it('opens after a cut at every byte and loses no acknowledged label', async () => {
    const first = `{"id":"ä","rating":5,"at":"${at}"}\n`
    const second = Buffer.from(`{"id":"öö","rating":3,"at":"${at}"}\n`)
    for (let cut = 0; cut < second.length; cut++) {
      await writeFile(path, Buffer.concat([Buffer.from(first), second.subarray(0, cut)]))
      const warnings: Warning[] = []
      const journal = await LabelJournal.open(path, { onWarning: (warning) => warnings.push(warning) })
      const whole = cut === second.length - 1
      expect(journal.entries()).toHaveLength(whole ? 2 : 1)
      expect(journal.torn).toHaveLength(whole || cut === 0 ? 0 : 1)
      expect(warnings).toHaveLength(journal.torn.length)
      await journal.append([{ id: 'later', rating: 1, at }])
      await journal.append([{ id: 'last', rating: 1, at }])
      await journal.close()
      const again = await reopen()
      expect(again.entries().map(({ id }) => id)).toEqual(whole ? ['ä', 'öö', 'later', 'last'] : ['ä', 'later', 'last'])
      if (journal.torn.length > 0) expect(journal.torn[0]!.offset).toBe(Buffer.byteLength(first))
      expect(again.torn).toEqual(journal.torn)
    }
  })

  it('counts all labels of an append or none, wherever it was cut', async () => {
    const first = `{"id":"ä","rating":5,"at":"${at}"}\n`
    const journal = await LabelJournal.open(path)
    await journal.append(['b', 'c', 'd'].map((id) => ({ id, rating: 3, at })))
    await journal.close()
    const three = await readFile(path)
    for (let cut = 1; cut < three.length; cut++) {
      await writeFile(path, Buffer.concat([Buffer.from(first), three.subarray(0, cut)]))
      const whole = cut === three.length - 1
      const opened = await LabelJournal.open(path)
      expect(opened.entries()).toHaveLength(whole ? 4 : 1)
      expect((await readLabels(path)).length).toBe(whole ? 4 : 1)
      expect(opened.torn.map(({ offset }) => offset)).toEqual(whole ? [] : [Buffer.byteLength(first)])
      await opened.append(['e', 'f'].map((id) => ({ id, rating: 1, at })))
      await opened.close()
      const again = await reopen()
      expect(again.entries().map(({ id }) => id)).toEqual(whole ? ['ä', 'b', 'c', 'd', 'e', 'f'] : ['ä', 'e', 'f'])
      expect(again.torn).toEqual(opened.torn)
    }
  })

  it('takes 200,000 labels at once', async () => {
    const journal = await LabelJournal.open(path)
    const labels = Array.from({ length: 200_000 }, (_, i) => ({ id: `object-${i}`, rating: i % 6, at }))
    await journal.append(labels)
    await journal.close()
    const again = await reopen()
    expect(again.entries()).toHaveLength(200_000)
    expect(again.latest().get('object-199999')?.rating).toBe(199_999 % 6)
  })

  it('reads on after what has been ended with the character CANCEL, and leaves it', async () => {
    const line = (id: string, more = ''): string => `{"id":"${id}","rating":1,"at":"${at}"${more}}\n`
    const before = `${line('a')}{"id":"b","ra\u0018\n${line('c')}${line('d', ',"more":true')}\u0018\n${line('e')}`
    await writeFile(path, before)
    const journal = await LabelJournal.open(path)
    expect(journal.torn.map(({ offset }) => offset)).toEqual([54, 123])
    await journal.append([{ id: 'f', rating: 1, at }])
    await journal.close()
    expect((await readLabels(path)).map(({ id }) => id)).toEqual(['a', 'c', 'e', 'f'])
    expect(await readFile(path, 'utf8')).toBe(before + line('f'))
  })

  it('survives a cut in the middle of ending a cut-off line', async () => {
    await writeFile(path, '{"id":"a","ra\u0018')
    const journal = await LabelJournal.open(path)
    await journal.append([{ id: 'b', rating: 1, at }])
    await journal.close()
    expect((await reopen()).entries().map(({ id }) => id)).toEqual(['b'])
  })

  it('refuses a damaged line in the middle with file, line and byte offset', async () => {
    await writeFile(path, `{"id":"a","rating":5,"at":"${at}"}\n{"id":"b","rat\n{"id":"c","rating":5,"at":"${at}"}\n`)
    const error = await LabelJournal.open(path).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({ source: path, offset: 54 })
    expect((error as Error).message).toContain('line 2')
  })

  it.each([
    ['a rating of 7', `{"id":"a","rating":7,"at":"${at}"}`, /from 0 to 5. Received 7/],
    ['a rating in words', `{"id":"a","rating":"5","at":"${at}"}`, /from 0 to 5/],
    ['no id', `{"rating":5,"at":"${at}"}`, /id must be/],
    ['no time', '{"id":"a","rating":5}', /ISO 8601/],
    ['null', 'null', /object/],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), /line 1/],
  ])('refuses a line with %s', async (_name, line, message) => {
    await writeFile(path, line)
    await appendFile(path, '\n')
    await expect(LabelJournal.open(path)).rejects.toThrow(message)
  })

  it.each([
    [{ id: '', rating: 1 }, /id must be/],
    [{ id: 'a', rating: 5.1 }, /Received 5.1/],
    [{ id: 'a', rating: Number.NaN }, /Received NaN/],
    [{ id: 'a', rating: 1, at: 'yesterday' }, /ISO 8601/],
    [{ id: 'a', rating: 1, at: new Date(Number.NaN) }, /ISO 8601/],
    [{ id: 'a', rating: 1, user: 5 as unknown as string }, /user/],
  ])('writes nothing when one label is not valid: %o', async (bad, message) => {
    const journal = await LabelJournal.open(path)
    await expect(journal.append([{ id: 'good', rating: 1 }, bad])).rejects.toThrow(message)
    await journal.append([])
    await journal.close()
    expect(await readFile(path, 'utf8')).toBe('')
  })

  it('says that a folder is missing', async () => {
    await expect(LabelJournal.open(join(folder, 'none', 'labels.jsonl'))).rejects.toThrow(/ENOENT/)
  })
})
