import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FormatError, type Warning } from '@astronomaly/core'
import { openFitsTable, readFitsTable } from '@astronomaly/fits'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tableGolden, unpackTable } from '../../../../fits/test/table/table-golden.ts'
import { decodeTable } from '../../../../survey/src/services/service-answer.ts'
import { openCatalogue } from '../../../src/table/open-catalogue.ts'
import { readCatalogue } from '../../../src/table/read-catalogue.ts'
import { parseVoTable } from '../../../src/table/votable/parse-votable.ts'

/** A compressed table whose first column nobody can read. */
const bytes = unpackTable(tableGolden.compressed[0]!.file)
const at = Buffer.from(bytes).toString('latin1').indexOf('ZCTYP1  = ')
bytes.set(new TextEncoder().encode("ZCTYP1  = 'RICE_9'".padEnd(80)), at)

/** The same, but nobody can read any column. */
const opaque = Uint8Array.from(
  Buffer.from(
    Buffer.from(bytes)
      .toString('latin1')
      .replace(/(ZCTYP\d+ *= ')\w{4}/g, '$1NONE'),
    'latin1',
  ),
)

/** The file within a VOTable that calls its columns `f0`, `f1` … */
const within = (fields: number, content: Uint8Array = bytes): string => {
  const list = Array.from({ length: fields }, (_, i) => `<FIELD name="f${i}" datatype="int"/>`).join('')
  const stream = `<STREAM encoding="base64">${Buffer.from(content).toString('base64')}</STREAM>`
  return `<VOTABLE><RESOURCE><TABLE>${list}<DATA><FITS>${stream}</FITS></DATA></TABLE></RESOURCE></VOTABLE>`
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'embedded-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('FITS within a VOTable', () => {
  it('has its fields in their places, also where a column before them cannot be read', async () => {
    expect(at).toBeGreaterThan(0)
    const plain = await readFitsTable(bytes)
    const text = within(plain.columns.size + 1)
    const path = join(folder, 'a.vot')
    await writeFile(path, text)
    const warnings: string[] = []
    const onWarning = ({ message }: Warning): void => void warnings.push(message)
    const names = [...plain.columns.keys()].map((_, i) => `f${i + 1}`)
    const { columns } = await parseVoTable(text, { onWarning })
    expect([...columns.keys()]).toEqual(names)
    expect([...columns.values()].map(({ width }) => width)).toEqual(
      [...plain.columns.values()].map(({ width }) => width),
    )
    expect([...(await readCatalogue(path, { onWarning })).columns.keys()]).toEqual(names)
    expect((await openCatalogue(path, { onWarning })).columns.map(({ name }) => name)).toEqual(names)
    const answer = await decodeTable(new TextEncoder().encode(text), 'votable', 'answer', onWarning)
    expect([...answer.columns.keys()]).toEqual(names)
    expect((await decodeTable(bytes, 'fits', 'answer', onWarning)).columns.size).toBe(names.length)
    expect(warnings).toEqual(Array(5).fill(expect.stringMatching(/a column is left out\. .*RICE_9/)))
  })

  it('is a table also where no column of it can be read', async () => {
    const count = (await openFitsTable(bytes)).names.length
    const warnings: string[] = []
    const onWarning = ({ message }: Warning): void => void warnings.push(message)
    const text = new TextEncoder().encode(within(count, opaque))
    const catalogue = await openCatalogue(text, { onWarning })
    expect([catalogue.columns, catalogue.rowCount]).toEqual([[], (await readFitsTable(bytes)).rowCount])
    expect((await readCatalogue(text)).columns.size).toBe(0)
    expect(warnings).toHaveLength(count)
    await expect(openCatalogue(new TextEncoder().encode('<VOTABLE></VOTABLE>'))).rejects.toThrow('must have a table')
  })

  it('is refused unless there is a field for each column', async () => {
    const { columns } = await readFitsTable(bytes)
    for (const fields of [columns.size, columns.size + 2]) {
      await expect(parseVoTable(within(fields))).rejects.toThrow(FormatError)
      await expect(parseVoTable(within(fields))).rejects.toThrow(
        `for each of ${fields} fields. Received ${columns.size + 1}`,
      )
    }
  })
})
