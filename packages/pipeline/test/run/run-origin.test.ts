import { cp, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ParameterError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { label, openRun, type RankOptions, rank } from '../../src/index.ts'
import { blob, writeCube, writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

interface Place {
  readonly root: string
  readonly images: string
  readonly out: string
  readonly options: RankOptions
  readonly warnings: string[]
}

async function rated(): Promise<Place> {
  const root = await temporaryFolder()
  const images = join(root, 'x', 'images')
  const out = join(root, 'run')
  const warnings: string[] = []
  await writeSky(images, 20)
  const options = {
    folder: images,
    out,
    trees: 10,
    shardSize: 8,
    onWarning: (w: { message: string }) => warnings.push(w.message),
  }
  await rank(options)
  const labels = [
    { id: 'object-003', rating: 5 },
    { id: 'object-004', rating: 0 },
  ]
  await label({ run: out, labels, learner: 'forest-gp' })
  warnings.length = 0
  return { root, images, out, options, warnings }
}

async function ratings(out: string): Promise<Record<string, number>> {
  const data = await openRun(out)
  return Object.fromEntries(Array.from(data.ratings, ([row, rating]) => [data.ids[row], rating]))
}

async function bytesOf(folder: string): Promise<string[]> {
  const names = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const files = names.map((entry) => join(entry.parentPath, entry.name)).sort()
  return Promise.all(files.map(async (file) => `${file} ${(await readFile(file)).toString('base64')}`))
}

/** Another picture under the name of object `i`. */
const replace = (images: string, i: number): Promise<void> =>
  writeCube(join(images, `object-${String(i).padStart(3, '0')}.fits`), blob(1000 + i))

describe('a run', () => {
  it('is refused another folder whose files have the same names, with the two ways out, and nothing of it changes', async () => {
    const { root, options, out } = await rated()
    const before = await bytesOf(out)
    const y = join(root, 'y', 'images')
    await writeSky(y, 20)
    const attempt = rank({ ...options, folder: y })
    await expect(attempt).rejects.toThrow(ParameterError)
    await expect(rank({ ...options, folder: y })).rejects.toThrow(
      /was made from .*x.images\. Received .*y.images\. .*--out.*--adopt/,
    )
    expect(await bytesOf(out)).toEqual(before)
  })

  it('is refused other pictures under the same names, before anything of it changes, also with other options', async () => {
    const { options, images, out } = await rated()
    const before = await bytesOf(out)
    for (const i of [18, 19]) await replace(images, i)
    await expect(rank({ ...options, crop: 0.5 })).rejects.toThrow(
      /pictures must be .*Received another object-018.fits and 1 more than the run .* has\. .*--adopt/,
    )
    expect(await bytesOf(out)).toEqual(before)
    expect(await ratings(out)).toEqual({ 'object-003': 5, 'object-004': 0 })
  })

  it('goes on where files were only touched, added or taken away', async () => {
    const { options, images, out, warnings } = await rated()
    for (const i of [1, 2, 3]) await utimes(join(images, `object-00${i}.fits`), 1, 1)
    await writeCube(join(images, 'new.fits'), blob(77))
    expect((await rank(options)).objects).toBe(21)
    expect(warnings.join()).not.toContain('not used')
    await rm(join(images, 'object-004.fits'))
    expect((await rank(options)).objects).toBe(20)
    expect(await ratings(out)).toEqual({ 'object-003': 5 })
    expect(warnings.join()).toContain('1 ratings were given to pictures that the run does not have, such as object-004')
  })

  it('adopts what it is told to: ratings stay with their pictures, whatever these are called now', async () => {
    const { options, images, out, root, warnings } = await rated()
    await rename(join(images, 'object-003.fits'), join(images, 'third.fits'))
    await replace(images, 3)
    await replace(images, 4)
    await rank({ ...options, adopt: true })
    expect(await ratings(out)).toEqual({ third: 5 })
    expect(warnings.join()).toContain('18 of its 21 pictures are those that it had under the same names')
    expect((await readFile(join(out, 'labels.jsonl'), 'utf8')).match(/"rating"/g)).toHaveLength(2)

    const moved = join(root, 'moved')
    await cp(images, moved, { recursive: true })
    await rank({ ...options, folder: moved, adopt: true })
    expect(await ratings(out)).toEqual({ third: 5 })
    await label({ run: out, labels: [{ id: 'object-003', rating: 1 }] })
    expect(await ratings(out)).toEqual({ third: 5, 'object-003': 1 })
  })

  it('is refused another catalogue, one more, and one less; ratings follow new ids', async () => {
    const { options, out, root } = await rated()
    const catalogue = join(root, 'objects.csv')
    await writeFile(catalogue, 'file,id\nobject-003.fits,NGC 3\nobject-005.fits,object-004\n')
    await expect(rank({ ...options, catalogue })).rejects.toThrow(/Received a catalogue where the run has no catalogue/)
    await rank({ ...options, catalogue, adopt: true })
    expect(await ratings(out)).toEqual({ 'NGC 3': 5, 'object-004.fits': 0 })
    await rank({ ...options, catalogue })
    await expect(rank(options)).rejects.toThrow(/Received no catalogue where the run has a catalogue/)
    await writeFile(catalogue, 'file,id\nobject-003.fits,M 3\n')
    await expect(rank({ ...options, catalogue })).rejects.toThrow(/Received one of other content/)
    const elsewhere = join(root, 'elsewhere.csv')
    await writeFile(elsewhere, 'file,id\nobject-003.fits,NGC 3\nobject-005.fits,object-004\n')
    await rank({ ...options, catalogue: elsewhere })
  })

  it('is refused another folder also when an earlier version made it', async () => {
    const { root, options, out } = await rated()
    for (const name of (await readdir(join(out, 'features'))).filter((file) => file.endsWith('.json'))) {
      const path = join(out, 'features', name)
      const record = JSON.parse(await readFile(path, 'utf8')) as { rows: { picture?: string; stamp?: string }[] }
      for (const row of record.rows) {
        delete row.picture
        delete row.stamp
      }
      await writeFile(path, JSON.stringify(record))
    }
    const y = join(root, 'y', 'images')
    await writeSky(y, 20)
    await expect(rank({ ...options, folder: y })).rejects.toThrow(/was made from .*x.images/)
    expect((await rank(options)).objects).toBe(20)
  })

  it('is none of anything after a call that failed before it made anything', async () => {
    const { root, options } = await rated()
    const out = join(root, 'fresh')
    const catalogue = join(root, 'objects.csv')
    await writeFile(catalogue, 'file,id\nobject-003.fits,NGC 3\n')
    await expect(rank({ ...options, out, catalogue, encoder: join(root, 'none.onnx') })).rejects.toThrow('none.onnx')
    expect((await rank({ ...options, out })).objects).toBe(20)
  })

  it('does not write into a folder that is none, whatever the names in it', async () => {
    for (const name of ['ranking.csv', 'features', 'labels.jsonl', 'report.html']) {
      const { options, root } = await rated()
      const out = join(root, 'mine')
      await mkdir(out)
      await writeFile(join(out, name), 'my own')
      await expect(rank({ ...options, out })).rejects.toThrow(`which holds ${name}`)
      expect(await readFile(join(out, name), 'utf8')).toBe('my own')
    }
  })

  it('says so where objects are too few for a ranking to mean much', async () => {
    const root = await temporaryFolder()
    const warnings: string[] = []
    await writeSky(join(root, 'images'), 2)
    const onWarning = (w: { message: string }): unknown => warnings.push(w.message)
    await rank({ folder: join(root, 'images'), out: join(root, 'run'), onWarning })
    expect(warnings.join()).toContain('2 objects are few: below 100')
  })
})
