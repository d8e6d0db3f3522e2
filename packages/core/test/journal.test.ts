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
      expect(await readFile(path, 'utf8')).not.toContain('}{')
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

  it('does not cut off what another has written since', async () => {
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
