import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError, ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { isAcquisitionFile } from '../../src/acquire/acquisition-files.ts'
import {
  assertSameRecord,
  readCutoutRecord,
  removeUnfinished,
  writeCutoutRecord,
} from '../../src/acquire/cutout-record.ts'
import { RejectedFile } from '../../src/acquire/rejected-file.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const temporary = '.01234567-89ab-cdef-0123-456789abcdef.tmp'

describe('isAcquisitionFile', () => {
  it('tells what is not a picture', () => {
    for (const name of [
      ...['downloads.jsonl', '.downloads-partial', 'cutouts.json', 'cutouts-rejected.csv', 'cutouts.lock'],
      ...[`cutouts-rejected.csv${temporary}`, 'downloads.lock', 'downloads.lock.42'],
    ]) {
      expect(isAcquisitionFile(name), name).toBe(true)
    }
    for (const name of ['cutouts.json.fits', 'my-downloads.jsonl', 'cutouts', 'a.fits', 'downloads.jsonl.gz']) {
      expect(isAcquisitionFile(name), name).toBe(false)
    }
  })
})

describe('the record of a folder of cut-outs', () => {
  it('is read as it was written, and is missing in a new folder', async () => {
    const out = await temporaryFolder()
    expect(await readCutoutRecord('f', out)).toBeUndefined()
    await writeFile(join(out, `cutouts.json${temporary}`), '')
    expect(await readCutoutRecord('f', out), 'a writer was killed').toBeUndefined()
    await writeCutoutRecord(out, { side: null, bands: ['g'] })
    expect(await readCutoutRecord('f', out)).toEqual({ side: null, bands: ['g'] })
  })

  it('is no other JSON', async () => {
    const out = await temporaryFolder()
    for (const text of ['', '{', '5', '{"layout":2,"options":{}}', '{"layout":1}', '{"layout":1,"options":null}']) {
      await writeFile(join(out, 'cutouts.json'), text)
      await expect(readCutoutRecord('f', out), text).rejects.toThrow(FormatError)
    }
    await expect(readCutoutRecord('f', out)).rejects.toThrow(/must be JSON of layout 1 with their options \(.*json\)/)
  })

  it('does not hide what the system says', async () => {
    const out = await temporaryFolder()
    await mkdir(join(out, 'cutouts.json'))
    await expect(readCutoutRecord('f', out)).rejects.toThrow('EISDIR')
  })

  it('must be that of the pictures that are there, whose positions an earlier version did not write', () => {
    const before = { side: 150, bands: ['g'] }
    const positions = { raColumn: 'ra' }
    expect(() => assertSameRecord('f', 'out', before, { ...before, positions })).not.toThrow()
    expect(() => assertSameRecord('f', 'out', { ...before, positions }, before)).toThrow('f: positions must be')
    expect(() => assertSameRecord('f', 'out', before, { side: 150, bands: ['g', 'r'] })).toThrow(
      new ParameterError(
        'f: bands must be the one of the pictures in out, ["g"]; another out makes others. Received ["g","r"].',
      ),
    )
    expect(() => assertSameRecord('f', 'out', before, { side: 150 }), 'one is gone').toThrow('Received undefined')
  })

  it('is left, with the pictures, when unfinished files are removed', async () => {
    const out = await temporaryFolder()
    await mkdir(join(out, '00a', 'deep'), { recursive: true })
    for (const name of ['a.fits', 'cutouts.json', 'a.tmp', '00a/b.fits']) await writeFile(join(out, name), '')
    for (const name of [`a.fits${temporary}`, `00a/b.fits${temporary}`]) await writeFile(join(out, name), '')
    await removeUnfinished(out)
    expect((await readdir(out, { recursive: true })).sort()).toEqual([
      ...['00a', join('00a', 'b.fits'), join('00a', 'deep'), 'a.fits', 'a.tmp', 'cutouts.json'],
    ])
  })
})

describe('RejectedFile', () => {
  const row = (i: number) => ({ id: `n${i}`, reason: 'edge', message: `at ${i}, 2` })

  it('is one table of any length, which has its name when it is complete', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'rejected.csv')
    await writeFile(path, 'an earlier one')
    const file = await RejectedFile.open(path)
    for (let i = 0; i < 2500; i++) await file.add(row(i))
    expect(await readFile(path, 'utf8')).toBe('an earlier one')
    await file.finish()
    await file.discard()
    const lines = (await readFile(path, 'utf8')).trimEnd().split(/\r?\n/)
    expect([lines.length, lines[0], lines[1], lines[2500]]).toEqual([
      ...[2501, 'id,reason,message', 'n0,edge,"at 0, 2"', 'n2499,edge,"at 2499, 2"'],
    ])
    expect(await readdir(folder)).toEqual(['rejected.csv'])
  })

  it('has its header where nothing is rejected, and leaves nothing where it is given up', async () => {
    const folder = await temporaryFolder()
    const none = await RejectedFile.open(join(folder, 'none.csv'))
    await none.finish()
    expect((await readFile(join(folder, 'none.csv'), 'utf8')).trimEnd()).toBe('id,reason,message')
    const file = await RejectedFile.open(join(folder, 'given-up.csv'))
    await file.add(row(1))
    await file.discard()
    expect(await readdir(folder)).toEqual(['none.csv'])
  })
})
