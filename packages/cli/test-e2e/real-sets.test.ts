import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../test/shared-data.ts'
import { astronomaly } from './run-command.ts'

describe.skipIf(!hasShared)('the Galaxy Zoo 2 set (needs ../shared)', () => {
  let folder = ''
  let anomalies = 0

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'astronomaly-gz2-'))
    const [header = '', ...lines] = (await readFile(sharedFile('data/A_images/gz2_sdss/labels.csv'), 'utf8'))
      .trim()
      .split(/\r?\n/)
    const columns = header.split(',')
    const rows = lines.map((line) => line.split(','))
    const cell = (row: readonly string[], name: string): string => row[columns.indexOf(name)] ?? ''
    anomalies = rows.filter((row) => cell(row, 'odd_votes') === '1').length
    const truth = rows.map((row) => `${cell(row, 'asset_id')},${cell(row, 'odd_votes') === '1' ? 5 : 0}`)
    await writeFile(join(folder, 'truth.csv'), `id,rating\n${truth.join('\n')}\n`)
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function play(name: string, ...rankOptions: string[]) {
    const out = join(folder, name)
    const ranked = await astronomaly([
      'rank',
      sharedFile('data/A_images/gz2_sdss/images'),
      '--out',
      out,
      ...rankOptions,
    ])
    expect(ranked).toMatchObject({ code: 0 })
    expect(ranked.out).toContain('ranked 581 objects')
    const json = join(folder, `${name}.json`)
    const evaluated = await astronomaly([
      ...['evaluate', out, '--truth', join(folder, 'truth.csv'), '--labels', '200', '--batch', '50', '--json', json],
    ])
    expect(evaluated).toMatchObject({ code: 0 })
    const figures = JSON.parse(await readFile(json, 'utf8'))
    expect(figures).toMatchObject({ objects: 581, anomalies })
    return figures.learners as Record<string, { found: Record<string, number>; recallTop10: number }>
  }

  it('is ranked and evaluated with morphology features', async () => {
    const learners = await play('morphology')
    const random = (200 * anomalies) / 581
    expect(learners['forest-gp']!.found['200']).toBeGreaterThan(random)
  })

  it('is ranked and evaluated with the MobileNetV2 weights', async () => {
    const learners = await play('cnn', '--encoder', sharedFile('data/E_weights/mobilenet_v2_035_224_imagenet'))
    const random = (200 * anomalies) / 581
    expect(learners['forest-gp']!.found['200']).toBeGreaterThan(1.2 * random)
    expect(learners.gp!.recallTop10).toBeGreaterThan(0.1)
  })
})
