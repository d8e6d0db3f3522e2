import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FormatError, NotFoundError } from '@astronomaly/core'
import { Journal } from '@astronomaly/core/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { downloadFormat } from '../../src/download/download-journal.ts'
import { type DownloadRecord, downloadTable, readDownloadJournal } from '../../src/node.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'io-journal-'))
  path = join(folder, 'downloads.jsonl')
})
afterEach(() => rm(folder, { recursive: true }))

const at = '2024-01-01T00:00:00.000Z'
const done = (id: string): DownloadRecord => ({
  ...{ id, outcome: 'done', url: `https://example.org/${id}`, attempts: 1, at },
  ...{ file: `${id}.fits`, bytes: 2880, sha256: '0'.repeat(64) },
})
const failed = (id: string): DownloadRecord => ({
  ...{ id, outcome: 'failed', url: `https://example.org/${id}`, attempts: 5, at },
  ...{ reason: 'status', status: 503, permanent: false, message: 'no' },
})

async function open(): Promise<{ journal: Journal<DownloadRecord>; held: DownloadRecord[]; warnings: string[] }> {
  const held: DownloadRecord[] = []
  const warnings: string[] = []
  const journal = await Journal.open(path, downloadFormat, {
    onEntry: (record) => held.push(record),
    onWarning: ({ message }) => warnings.push(message),
  })
  return { journal, held, warnings }
}

describe('the journal of a download', () => {
  it('gives back what was appended, in order', async () => {
    const { journal } = await open()
    const records = Array.from({ length: 3000 }, (_, i) => (i % 3 ? done(`é${i}`) : failed(`x${i}`)))
    await Promise.all(records.map((record) => journal.append([record])))
    await journal.close()
    const { journal: again, held, warnings } = await open()
    await again.close()
    expect([held, warnings]).toEqual([records, []])
  })

  it('passes over a line that was never acknowledged, wherever it broke, and goes on after it', async () => {
    const whole = `${JSON.stringify(done('a'))}\n`
    const next = `${JSON.stringify(done('é'))}\n`
    const bytes = Buffer.from(next)
    for (let end = 1; end < bytes.length - 1; end += 17) {
      await writeFile(path, Buffer.concat([Buffer.from(whole), bytes.subarray(0, end)]))
      const { journal, held, warnings } = await open()
      await journal.append([done('b')])
      await journal.close()
      expect(held.map(({ id }) => id)).toEqual(['a'])
      expect(warnings).toHaveLength(1)
      expect((await open()).held.map(({ id }) => id)).toEqual(['a', 'b'])
    }
  })

  it('ends a line that lacks only its newline', async () => {
    await writeFile(path, JSON.stringify(done('a')))
    const { journal, held } = await open()
    await journal.append([done('b')])
    await journal.close()
    expect(held).toHaveLength(1)
    expect((await readFile(path, 'utf8')).trim().split('\n')).toHaveLength(2)
  })

  it.each([
    ['{"id": "a"', 'no JSON'],
    ['{"id": "a"}', 'no record'],
    ['3', 'no object'],
    ['', 'empty'],
    ['\ufffd{', 'junk'],
    [JSON.stringify({ ...done('a'), file: 3 }), 'a file that is no text'],
    [JSON.stringify({ ...done('a'), outcome: 'lost' }), 'an unknown outcome'],
  ])('refuses a journal with the line %s in the middle (%s)', async (line) => {
    const before = `${JSON.stringify(done('a'))}\n`
    const content = `${before}${line}\n${JSON.stringify(done('b'))}\n`
    await writeFile(path, content)
    const error = await open().catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(FormatError)
    expect(error).toMatchObject({ source: path, offset: before.length })
    expect(String(error)).toContain('line 2')
    expect(await readFile(path, 'utf8')).toBe(content)
  })

  it('refuses a line without end', async () => {
    await writeFile(path, 'x'.repeat(2 ** 20 + 2 ** 19))
    await expect(open()).rejects.toThrow('longer than')
  })
})

describe('downloadTable', () => {
  it('has a row for each object with its last outcome', async () => {
    const lines = [failed('a'), done('b'), { ...done('a'), attempts: 2 }, failed('c')].map((one) => JSON.stringify(one))
    await writeFile(path, `${lines.join('\n')}\n`)
    await appendFile(path, '{"id": "torn')
    const { rowCount, columns } = await downloadTable(folder)
    const values = (name: string): unknown[] => Array.from(columns.get(name)!.values as ArrayLike<unknown>)
    expect(rowCount).toBe(3)
    expect(values('id')).toEqual(['a', 'b', 'c'])
    expect(values('outcome')).toEqual(['done', 'done', 'failed'])
    expect(values('file')).toEqual(['a.fits', 'b.fits', ''])
    expect(values('reason')).toEqual(['', '', 'status'])
    expect(values('status')).toEqual([Number.NaN, Number.NaN, 503])
    expect(values('attempts')).toEqual([2, 1, 5])
    expect(values('bytes')).toEqual([2880, 2880, Number.NaN])
    const seen: string[] = []
    for await (const { id } of readDownloadJournal(folder)) seen.push(id)
    expect(seen).toEqual(['a', 'b', 'a', 'c'])
  })

  it('needs a journal', async () => {
    await expect(downloadTable(join(folder, 'none'))).rejects.toBeInstanceOf(NotFoundError)
  })
})
