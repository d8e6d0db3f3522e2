import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FormatError, ParameterError } from '@astronomaly/core'
import { AtomicFile, Journal, type JournalFormat, readJournal, writeAtomic } from '@astronomaly/core/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'core-journal-'))
  path = join(folder, 'a.jsonl')
})
afterEach(() => rm(folder, { recursive: true }))

const format: JournalFormat<number> = {
  subject: 'numbers',
  content: 'one number',
  longestLine: 64,
  parse: (value) => {
    const { n } = value as { readonly n?: unknown }
    if (typeof n !== 'number') throw new TypeError('It has no number.')
    return n
  },
}

async function entries(): Promise<number[]> {
  const numbers: number[] = []
  for await (const n of readJournal(path, format)) numbers.push(n)
  return numbers
}

describe('Journal', () => {
  it('cut at every byte keeps whole appends, changes nothing until it appends, and goes on', async () => {
    const journal = await Journal.open(path, format)
    await Promise.all([journal.append([{ n: 1 }]), journal.append([{ n: 2 }, { n: 3 }]), journal.append([{ n: 4 }])])
    await journal.close()
    const whole = await readFile(path)
    for (let length = 0; length <= whole.length; length++) {
      const cut = whole.subarray(0, length)
      await writeFile(path, cut)
      const lines = whole.subarray(0, length + 1).filter((byte) => byte === 10).length
      const sound = [[], [1], [1], [1, 2, 3], [1, 2, 3, 4]][lines]!
      const again = await Journal.open(path, format)
      expect(await readFile(path)).toEqual(cut)
      expect(await entries(), `cut at ${length}`).toEqual(sound)
      await again.append([{ n: 5 }])
      await again.close()
      expect(await entries(), `cut at ${length}`).toEqual([...sound, 5])
      expect((await readFile(path)).subarray(0, length)).toEqual(cut)
      expect(await readFile(path, 'utf8')).not.toContain('}{')
    }
  })

  it('does not mislead a reader that has read a torn append when the next one is written', async () => {
    for (const torn of ['{"n":2', '{"n":2,"more":true}', '{"n":2,"more":true}\n', '{"n":2,"more":true}\n{"n"']) {
      await writeFile(path, `{"n":1}\n${torn}`)
      const reader = readJournal(path, format)
      const seen = [(await reader.next()).value]
      const journal = await Journal.open(path, format)
      await journal.append([{ n: 3 }, { n: 4 }])
      await journal.close()
      for await (const n of reader) seen.push(n)
      expect(seen, torn).toEqual([1, 3, 4])
    }
  })

  it('tells of each torn append with its place and text whenever it is opened', async () => {
    await writeFile(path, '{"n":1}\n{"n":2,"more":true}\n{"n":\u0018')
    for (const n of [3, 4]) {
      const warnings: string[] = []
      const journal = await Journal.open(path, format, { onWarning: ({ message }) => warnings.push(message) })
      expect(journal.torn).toEqual([{ offset: 8, text: '{"n":2,"more":true}\n{"n":' }])
      expect(warnings).toEqual([expect.stringContaining('byte 8')])
      await journal.append([{ n }])
      await journal.close()
    }
    expect(await entries()).toEqual([1, 3, 4])
  })

  it('numbers entries as they count', async () => {
    await writeFile(path, '{"n"\u0018\n{"n":1}\n{"n":2,"more":true}\n\u0018\n{"n":2,"more":true}\n{"n":3}\n')
    const numbers: number[] = []
    for await (const n of readJournal(path, { ...format, parse: (_, number) => number })) numbers.push(n)
    expect(numbers).toEqual([1, 2, 3])
  })

  it('reads no line that it could not write, long file or short, and the longest of those that it can', async () => {
    const long = JSON.stringify({ n: 1, t: 'x'.repeat(50) })
    expect(long).toHaveLength(64)
    for (const before of ['', '{"n":0}\n'.repeat(40_000)]) {
      for (const end of ['', '\n', '\n{"n":2}\n']) {
        await writeFile(path, `${before}${long}${end}`)
        expect((await entries()).length).toBe(before.length / 8 + (end.length > 1 ? 2 : 1))
        await writeFile(path, `${before}${long.replace('x', 'xx')}${end}`)
        await expect(entries()).rejects.toMatchObject({
          offset: before.length,
          message: expect.stringContaining('longer than 64 bytes'),
        })
      }
      await writeFile(path, before + long.replace('}', ',"more":true}').replace('x'.repeat(12), ''))
      const journal = await Journal.open(path, format)
      await journal.append([{ n: 3 }])
      await journal.close()
      expect((await entries()).at(-1)).toBe(3)
    }
  })

  it.each([
    ['{"n":1', 'no JSON'],
    ['{"n":"1"}', 'no entry'],
    ['', 'nothing'],
    [`{"n":1,"text":"${'x'.repeat(64)}`, 'too much'],
  ])('refuses a line %s that is not the last: %s', async (line) => {
    await writeFile(path, `{"n":1}\n${line}${'\n'.repeat(line.length > 64 ? 0 : 1)}`)
    await expect(Journal.open(path, format)).rejects.toMatchObject({ source: path, offset: 8, kind: 'format' })
    await expect(entries()).rejects.toThrow('numbers: line 2 must be one number. ')
  })

  it('writes no line that it could not read', async () => {
    const journal = await Journal.open(path, format)
    await expect(journal.append([{ n: 1, text: 'é'.repeat(30) }])).rejects.toThrow(ParameterError)
    await journal.append([{ n: 2 }])
    await journal.close()
    expect(await entries()).toEqual([2])
  })

  it('that has failed refuses every later append, one after the other too', async () => {
    await writeFile(path, '{"n":1}\n{"n"')
    const journal = await Journal.open(path, format)
    await writeFile(path, '{"n":1}\n{"n":2}\n')
    for (let i = 0; i < 4; i++) await expect(journal.append([{ n: 9 }])).rejects.toThrow('one writer at a time')
    const together = await Promise.allSettled([journal.append([{ n: 9 }]), journal.append([{ n: 9 }])])
    expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await journal.close()
    expect(await entries()).toEqual([1, 2])
  })

  it('does not mark what another has written since', async () => {
    await writeFile(path, '{"n":1}\n{"n"')
    const journal = await Journal.open(path, format)
    await writeFile(path, '{"n":1}\n{"n":2}\n')
    await expect(journal.append([{ n: 3 }])).rejects.toThrow(FormatError)
    await journal.close()
    expect(await entries()).toEqual([1, 2])
  })
})

describe('AtomicFile', () => {
  it('has its name when it is whole, with pieces where they belong', async () => {
    const target = join(folder, 'b', 'c.txt')
    const size = await writeAtomic(target, async (file) => {
      await file.write('....')
      await file.write(new TextEncoder().encode(' end'))
      await file.write('head', 0)
      expect(await readdir(join(folder, 'b'))).toEqual([expect.stringMatching(/^c\.txt\..*\.tmp$/)])
      return file.size
    })
    expect([size, await readFile(target, 'utf8')]).toEqual([8, 'head end'])
    expect(await readdir(join(folder, 'b'))).toEqual(['c.txt'])
  })

  it('leaves the old file and nothing else when its body fails or it is discarded', async () => {
    await writeFile(path, 'old')
    await expect(writeAtomic(path, () => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError)
    const file = await AtomicFile.open(path, `${path}.part`)
    await file.write('new')
    await file.discard()
    expect([await readdir(folder), await readFile(path, 'utf8')]).toEqual([['a.jsonl'], 'old'])
  })

  it('says which place cannot be written', async () => {
    await writeFile(path, 'a file')
    const below = join(path, 'b')
    await expect(AtomicFile.open(below)).rejects.toMatchObject({ kind: 'parameter', cause: { code: 'ENOTDIR' } })
    await expect(writeAtomic(below, async () => {})).rejects.toThrow(
      `write: ${below} must be a file that can be written.`,
    )
  })
})
