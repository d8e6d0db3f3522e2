import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FormatError } from '@astronomaly/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DonePiece, type DownloadPlan, readTapJournal, TapJournal } from '../../src/services/tap-journal.ts'

const plan: DownloadPlan = { version: 1, url: 'http://a/', adql: 'ü', column: 'i', format: 'csv', ranges: [['1', '9']] }
const left: DonePiece = { from: 1n, to: 5n, rows: 2, bytes: 3, columns: [['naïve', 'float64', 1]] }
const right: DonePiece = { from: 6n, to: 9n, rows: 0, bytes: 3, columns: [['naïve', 'empty', 1]] }

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tap-'))
})
afterEach(() => rm(folder, { recursive: true }))

describe('TapJournal', () => {
  it('cut off at any byte tells of the whole lines, and takes the next line after them', async () => {
    const path = join(folder, 'tap.jsonl')
    const journal = await TapJournal.open(path)
    await journal.begin(plan)
    await journal.addSplit({ from: 1n, to: 9n })
    await Promise.all([journal.addDone(left), journal.addDone(right)])
    await journal.close()
    const whole = await readFile(path)
    for (let length = 0; length <= whole.length; length++) {
      await writeFile(path, whole.subarray(0, length))
      // A line that lacks only its newline is whole.
      const lines = whole.subarray(0, length + 1).filter((byte) => byte === 10).length
      const again = await TapJournal.open(path)
      expect(again.plan, `cut at ${length}`).toEqual(lines > 0 ? plan : undefined)
      expect([...again.split], `cut at ${length}`).toEqual(lines > 1 ? ['1_9'] : [])
      expect([...again.done.values()], `cut at ${length}`).toEqual([left, right].slice(0, Math.max(0, lines - 2)))
      if (!again.plan) await again.begin(plan)
      await again.addDone(right)
      await again.close()
      const { done } = await readTapJournal(path)
      expect(done.get('6_9'), `cut at ${length}`).toEqual(right)
    }
  })

  it('takes the last line of a piece that was fetched twice', async () => {
    const journal = await TapJournal.open(join(folder, 'tap.jsonl'))
    await journal.begin(plan)
    await journal.addDone(left)
    await journal.addDone({ ...left, rows: 7 })
    await journal.close()
    const again = await TapJournal.open(join(folder, 'tap.jsonl'))
    expect([...again.done.values()]).toEqual([{ ...left, rows: 7 }])
    await again.close()
  })

  it('forgets a piece that was split later on', async () => {
    const path = join(folder, 'tap.jsonl')
    const journal = await TapJournal.open(path)
    await journal.begin(plan)
    await journal.addDone(left)
    await journal.addSplit(left)
    expect([[...journal.done], [...journal.split]]).toEqual([[], ['1_5']])
    await journal.close()
    const again = await readTapJournal(path)
    expect([[...again.done], [...again.split]]).toEqual([[], ['1_5']])
  })

  it('refuses a first line that is no plan, with its place', async () => {
    const path = join(folder, 'tap.jsonl')
    const read = async (text: string): Promise<unknown> => {
      await writeFile(path, text)
      return readTapJournal(path)
    }
    for (const text of [
      '\n',
      '{}\n',
      'null\n',
      '{"plan":{"version":2}}\n',
      '{"plan":{"version":1,"url":1}}\n',
      `${JSON.stringify({ plan: { ...plan, ranges: [['1', 'x']] } })}\n`,
      `${JSON.stringify({ plan: { ...plan, format: 'exe' } })}\n`,
    ]) {
      await expect(read(text), text).rejects.toThrow(FormatError)
    }
    await expect(read('{"split":["1","2"]}\n')).rejects.toThrow('downloadTap: line 1 must be')
  })
})
