import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Image, image, matrix, NotFoundError, type Warning } from '@astronomaly/core'
import type { PcaModel } from '@astronomaly/features'
import { encodeFitsImage } from '@astronomaly/fits'
import { encodePicture } from '@astronomaly/io/node'
import { describe, expect, it } from 'vitest'
import { namedColumns } from '../../src/report/find-reasons.ts'
import { mapFeatures } from '../../src/report/map-features.ts'
import { PagePictures } from '../../src/report/page-pictures.ts'
import { runFacts } from '../../src/report/run-facts.ts'
import { countScores, scoreHistograms } from '../../src/report/score-bins.ts'
import { pictureFingerprint } from '../../src/run/picture-fingerprint.ts'
import type { RunData } from '../../src/run/run-data.ts'
import { blob } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const dataOf = (data: object): RunData => data as RunData

describe('countScores', () => {
  it('has 60 bins from the lowest to the highest score, and all scores in them', () => {
    const scores = Float64Array.from({ length: 601 }, (_, i) => i / 100)
    const { title, edges, counts, topFrom } = countScores('Score', scores, 3)
    expect({ title, bins: counts.length, low: edges[0], high: edges[60] }).toEqual({
      ...{ title: 'Score', bins: 60, low: 0, high: 6 },
    })
    expect(counts.reduce((a, b) => a + b, 0)).toBe(601)
    // The highest score belongs to the last bin, not to one beyond it.
    expect(counts[59]).toBeGreaterThanOrEqual(10)
    expect(topFrom).toBe(5.98)
  })

  it('has all in the first bin where scores are equal, and takes no more than there are', () => {
    const { edges, counts, topFrom } = countScores('Score', new Float64Array(4).fill(0.5), 100)
    expect([edges[0], edges[60], counts[0], topFrom]).toEqual([0.5, 1.5, 4, 0.5])
  })

  it('is drawn of the learner and of the forest', () => {
    const forestScore = Float64Array.of(1, 2)
    const titles = (learned: object | undefined): string[] =>
      scoreHistograms(dataOf({ forestScore, learned }), 1).map(({ title }) => title)
    expect(titles(undefined)).toEqual(['Isolation-forest score'])
    expect(titles({ labels: 7, score: forestScore })).toEqual(['Score after 7 labels', 'Isolation-forest score'])
  })
})

describe('mapFeatures', () => {
  it('shows a sample of all and marks the first, by the seed alone', () => {
    const rows = 5000
    const features = matrix(
      Float32Array.from({ length: 2 * rows }, (_, i) => i),
      rows,
      2,
    )
    const ids = Array.from({ length: rows }, (_, i) => `id ${i}`)
    const order = Uint32Array.from({ length: rows }, (_, i) => rows - 1 - i)
    const map = mapFeatures(features, ids, order, 1, 2)
    expect([map.x.length, map.y.length, new Set(map.x).size]).toEqual([4000, 4000, 4000])
    for (const [i, x] of map.x.entries()) expect(map.y[i]).toBe(x + 1)
    expect(map.top).toEqual([
      { x: 9998, y: 9999, id: 'id 4999', rank: 1 },
      { x: 9996, y: 9997, id: 'id 4998', rank: 2 },
    ])
    expect(mapFeatures(features, ids, order, 1, 2)).toEqual(map)
    expect(mapFeatures(features, ids, order, 2, 2).x).not.toEqual(map.x)
  })

  it('has zeros for a second component that there is not', () => {
    const map = mapFeatures(matrix(Float32Array.of(5, 6), 2, 1), ['a', 'b'], Uint32Array.of(1, 0), 1, 1)
    expect(map).toMatchObject({ x: [5, 6], y: [0, 0], top: [{ x: 6, y: 0, id: 'b', rank: 1 }] })
  })
})

describe('runFacts', () => {
  const pca = { columns: 3, explainedVarianceRatio: Float64Array.of(0.5, 0.25, 0.125) } as unknown as PcaModel
  const options = { trees: 100, sampleSize: 256, seed: 'a' }

  it('says how the ranking was made', () => {
    const record = {
      options: { ...options, views: 8 },
      features: [{ columns: 1280 }, { columns: 60, names: ['gini'] }],
    }
    const ids = new Array<string>(1234).fill('')
    const facts = runFacts(
      dataOf({ record, ids, ratings: new Map([[1, 5]]), learned: { learner: 'gp', seed: 3 } }),
      pca,
      2,
    )
    expect(facts).toEqual([
      ['objects ranked', '1,234'],
      ['gone on without', '2'],
      ['features', 'CNN, 1,280 columns, 8 views; morphology, 60 columns'],
      ['principal components', '3 (87.5 % of the variance)'],
      ['isolation forest', '100 trees of 256 rows, seed a'],
      ['labels', '1, learner gp, seed 3'],
    ])
  })

  it('says so of a run without labels, and of one that does not say what its features are', () => {
    const record = { options: { ...options, views: 1 } }
    const facts = new Map(runFacts(dataOf({ record, ids: [], ratings: new Map() }), pca, 0))
    expect([facts.get('labels'), facts.get('features')]).toEqual(['0', ''])
  })
})

describe('namedColumns', () => {
  it('are counted over all kinds of features', () => {
    const features = [{ columns: 2 }, { columns: 2, names: ['a', 'b'] }, { columns: 1, names: ['c'] }]
    expect(namedColumns(dataOf({ record: { features } }))).toEqual([
      { name: 'a', column: 2 },
      { name: 'b', column: 3 },
      { name: 'c', column: 4 },
    ])
    expect(namedColumns(dataOf({ record: {} }))).toEqual([])
  })
})

describe('PagePictures', () => {
  const one = (height: number, width: number, channels: number): Image<Float32Array> =>
    image(
      Float32Array.from({ length: height * width * channels }, (_, i) => (i % 7) / 7),
      height,
      width,
      channels,
    )

  it('shows pictures of one, three and four channels and bands of their own, and survey images', async () => {
    const folder = await temporaryFolder()
    await writeFile(join(folder, 'grey.png'), await encodePicture(one(20, 30, 1), { format: 'png' }))
    await writeFile(join(folder, 'rgb.png'), await encodePicture(one(20, 30, 3), { format: 'png' }))
    const fits = (channels: number): Uint8Array =>
      encodeFitsImage({ data: blob(1).subarray(0, channels * 48 * 48), shape: [channels, 48, 48] })
    await writeFile(join(folder, 'two.fits'), fits(2))
    await writeFile(join(folder, 'three.fits'), fits(3))
    const files = [['grey.png'], ['rgb.png'], ['two.fits'], ['three.fits']]
    const single = dataOf({ record: { options: { bands: null } }, files, pictures: files.map(() => '') })
    const pictures = new PagePictures(single, folder)
    for (const row of files.keys()) {
      expect((await pictures.of(row))?.url, files[row]?.join()).toMatch(/^data:image\/jpeg;base64,\/9j\//)
    }
    for (const names of [
      ['grey.png', 'grey.png'],
      ['grey.png', 'grey.png', 'grey.png', 'grey.png'],
    ]) {
      const bands = names.map((_, i) => `band ${i}`)
      const several = dataOf({ record: { options: { bands } }, files: [names], pictures: [''] })
      expect((await new PagePictures(several, folder).of(0))?.url).toMatch(/^data:image\/jpeg/)
    }
    expect(pictures.simulated).toBe(false)
    expect(pictures.check(undefined)).toBe(true)
  })

  it('draws a picture once, counts those that are missing, and takes no other for one that was ranked', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'a.png')
    await writeFile(path, await encodePicture(one(4, 4, 1), { format: 'png' }))
    const data = dataOf({
      record: { options: { bands: null } },
      files: [['a.png'], ['a.png'], ['gone.png']],
      pictures: [await pictureFingerprint([path]), '0123456789abcdef', ''],
    })
    const pictures = new PagePictures(data, folder)
    expect(await pictures.of(1)).toBeUndefined()
    expect(() => pictures.check(undefined)).toThrow(NotFoundError)
    expect(() => pictures.check(undefined)).toThrow(`pictures of the run must be in ${folder}. Received none of 1`)
    const drawn = await pictures.of(0)
    expect(await pictures.of(0)).toBe(drawn)
    await pictures.of(2)
    const warnings: Warning[] = []
    expect(pictures.check((warning) => warnings.push(warning))).toBe(false)
    expect(warnings.map(({ message }) => message).join()).toMatch(/^2 of the page's 3 pictures are not in /)
  })
})
