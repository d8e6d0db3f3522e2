import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError, matrix, tensor } from '@astronomaly/core'
import { encodeNpy } from '@astronomaly/io'
import { readNpyFile } from '@astronomaly/io/node'
import { describe, expect, it } from 'vitest'
import { exportRanking, featureRows, label, openRun, rank, writeReport } from '../../src/index.ts'
import { parseRunRecord, type RunRecord } from '../../src/run/run-record.ts'
import { writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const record: RunRecord = {
  ...{ layout: 2, folder: '/sky', catalogue: null, options: { seed: 0 }, versions: { io: '1' }, shardSize: 16 },
  ...{ shards: 3, rows: 40, features: [{ folder: 'features', columns: 60, names: null }], bits: 16 },
  stages: { features: 'a', objects: 'b' },
}

describe('run.json', () => {
  it('is read as it was written', () => {
    expect(parseRunRecord(JSON.stringify(record), 'run.json')).toEqual(record)
  })

  it('of the first layout becomes one of the present layout, with the same keys', () => {
    const old = {
      ...{ layout: 1, folder: '/sky', options: { shardSize: 128, seed: 0 }, versions: {}, rows: 300 },
      stages: { features: 'a', pca: 'p', forest: 'f' },
    }
    expect(parseRunRecord(JSON.stringify(old), 'run.json')).toEqual({
      ...{ ...old, layout: 2, shardSize: 128, shards: 3 },
      stages: { features: 'a', pca: 'p', projection: 'p', forest: 'f', scores: 'f' },
    })
    const begun = { ...old, rows: undefined, stages: {} }
    expect(parseRunRecord(JSON.stringify(begun), 'run.json')).not.toHaveProperty('shards')
  })

  const damages: readonly (readonly [string, string | object, RegExp])[] = [
    ['no JSON', '{"layout":2,', /is damaged; run 'rank' again/],
    ['a list', '[]', /must hold an object/],
    ['nothing', 'null', /must hold an object/],
    ['a later layout', { ...record, layout: 3 }, /layout must be 1 to 2; a later version .* Received 3/],
    ['no layout', { ...record, layout: undefined }, /layout must be 1 to 2/],
    ['a folder that is none', { ...record, folder: 7 }, /damaged at 'folder'/],
    ['a shard size of 0', { ...record, shardSize: 0 }, /damaged at 'shardSize'/],
    ['rows below 0', { ...record, rows: -1 }, /damaged at 'rows'/],
    ['a key that is none', { ...record, stages: { pca: 1 } }, /damaged at 'stages'/],
    ['stages of the first layout that are none', { ...record, layout: 1, stages: null }, /damaged at 'stages'/],
    [
      'a folder of features elsewhere',
      { ...record, features: [{ folder: '../..', columns: 1, names: null }] },
      /damaged at 'features'/,
    ],
    ['bits that no picture has', { ...record, bits: 99 }, /damaged at 'bits'/],
  ]
  for (const [name, content, message] of damages) {
    it(`with ${name} is refused by file and field`, () => {
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      expect(() => parseRunRecord(text, 'here/run.json')).toThrow(FormatError)
      expect(() => parseRunRecord(text, 'here/run.json')).toThrow(message)
      expect(() => parseRunRecord(text, 'here/run.json')).toThrow('here/run.json')
    })
  }
})

/** Makes of a run what the first version would have left: rows re-blocked into full shards, one key for two stages. */
async function toFirstLayout(out: string): Promise<void> {
  const now = JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as RunRecord
  const { shardSize, shards, begun, stages, ...rest } = now
  for (const folder of ['reduced', 'scores']) {
    const names = (await readdir(join(out, folder))).sort()
    const parts = await Promise.all(names.map((name) => readNpyFile(join(out, folder, name))))
    const columns = parts[0]!.shape[1] ?? 1
    const values = parts.flatMap(({ data }) => Array.from(data as Float64Array))
    await rm(join(out, folder), { recursive: true })
    await mkdir(join(out, folder))
    for (let start = 0, index = 0; start < values.length; start += shardSize * columns, index++) {
      const part = values.slice(start, start + shardSize * columns)
      const rows = part.length / columns
      const bytes =
        folder === 'scores'
          ? encodeNpy(tensor(Float64Array.from(part), [rows]))
          : encodeNpy(matrix(Float32Array.from(part), rows, columns))
      await writeFile(join(out, folder, `${String(index).padStart(5, '0')}.npy`), bytes)
    }
  }
  await rm(join(out, 'ranking.parquet'))
  const { features, pca, forest } = stages
  const old = { ...rest, layout: 1, options: { ...now.options, shardSize }, stages: { features, pca, forest } }
  await writeFile(join(out, 'run.json'), JSON.stringify(old))
}

describe('a run of the first layout', () => {
  it('is labelled, shown and exported as it is, and goes on in the present layout without making features again', async () => {
    const folder = await temporaryFolder()
    const [images, out] = [join(folder, 'images'), join(folder, 'run')]
    await writeSky(images, 40)
    // Files that are no pictures leave shards of fewer rows, which the first version filled up.
    await writeFile(join(images, 'object-003.fits'), 'torn')
    const options = { folder: images, out, trees: 20, shardSize: 16 }
    await rank(options)
    const before = await openRun(out)
    await toFirstLayout(out)

    const old = await openRun(out)
    expect(old.record.layout).toBe(2)
    expect([...old.forestScore]).toEqual([...before.forestScore])
    const reduced = await featureRows(out)
    expect(reduced.rowCount).toBe(39)
    expect(await label({ run: out, labels: [{ id: 'object-009', rating: 5 }] })).toMatchObject({ added: 1 })
    expect(await readFile(await writeReport({ run: out }), 'utf8')).toContain('object-009')
    expect(await exportRanking(await openRun(out), join(folder, 'ranking.parquet'))).toBe(39)
    expect(await readdir(out)).toContain('ranking.parquet')

    const summary = await rank(options)
    expect(summary).toMatchObject({ objects: 39, reused: { objects: 40, stages: ['pca', 'forest'] }, relearned: 0 })
    expect([...(await openRun(out)).forestScore]).toEqual([...before.forestScore])
    expect(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')).layout).toBe(2)
  })
})
