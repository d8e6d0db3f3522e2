import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import * as pipeline from '@astronomaly/pipeline'
import { writeSurvey } from '@astronomaly/simulate/node'
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { exitCodes } from '../src/index.ts'
import { callWith } from './call.ts'

vi.mock('@astronomaly/simulate/node', () => ({ writeSurvey: vi.fn() }))
vi.mock('@astronomaly/pipeline', async (original) => ({
  ...(await original<typeof pipeline>()),
  ...Object.fromEntries(
    ['rank', 'label', 'evaluate', 'writeReport', 'openRun', 'exportRanking', 'downloadPictures', 'cutPictures'].map(
      (name) => [name, vi.fn()],
    ),
  ),
}))

const { signal } = new AbortController()
const folder = await mkdtemp(join(tmpdir(), 'astronomaly-commands-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

const call = (...args: string[]) =>
  callWith(args, (path) => (isAbsolute(path) ? path : `/at/${path}`), { signal, command: 'npm run x --' })

const evaluation = {
  ...{ ranking: '', objects: 2000, anomalies: 60, labels: 4, batch: 2, seeds: 1, ranks: [1] },
  learners: {
    forest: {
      ...{ found: { 2: 1, 4: 1.5 }, foundInTop500: { 0: 9, 2: 10, 4: 11.25 } },
      ...{ recallTop5: 0.25, recallTop10: 0.5, averagePrecision: 0.12345 },
    },
  },
} as unknown as pipeline.Evaluation

beforeEach(() => {
  vi.clearAllMocks()
  vi.mocked(pipeline.writeReport).mockResolvedValue('/at/run/report.html')
  vi.mocked(pipeline.openRun).mockResolvedValue({ ids: [] } as unknown as pipeline.RunData)
  vi.mocked(pipeline.exportRanking).mockResolvedValue(1234)
  vi.mocked(pipeline.evaluate).mockResolvedValue(evaluation)
  vi.mocked(pipeline.rank).mockResolvedValue({
    ...{ objects: 1500, rejected: 1, reused: { objects: 700, stages: [] }, featureColumns: 60, components: 9 },
    ...{ explainedVariance: 0.955, relearned: 0, learner: null, first: [{ id: 'odd', score: 0.75 }], out: '/at/run' },
  } as unknown as pipeline.RankSummary)
  vi.mocked(pipeline.label).mockResolvedValue({
    ...{ added: 3, repeated: 1, unrated: 2, labelled: 6, learner: 'gp', learnerFrom: 'option' },
    rejected: Array.from({ length: 12 }, (_, i) => ({ id: `id ${i}`, file: '', stage: 'labels', reason: 'unknown' })),
  } as unknown as pipeline.LabelSummary)
  vi.mocked(pipeline.downloadPictures).mockResolvedValue({
    ...{ out: '/at/images', objects: 2000, downloaded: 1500, kept: 400, failed: 100, bytes: 2.5e9 },
    ...{ reasons: { timeout: 1, status: 99 }, journal: '/at/images/downloads.jsonl' },
  })
  vi.mocked(pipeline.cutPictures).mockResolvedValue({
    ...{ out: '/at/images', objects: 3, written: 2, kept: 0, rejected: 1, reasons: { edge: 1 }, bands: ['g'] },
    rejectedFile: '/at/images/cutouts-rejected.csv',
  })
})

const running = { signal, onProgress: expect.any(Function), onWarning: expect.any(Function) }
const page = { command: 'npm run x --', from: '/at/.', ...running }

/** A command with all of its options, and the calls that it then makes. */
interface Case {
  readonly args: readonly string[]
  readonly calls: readonly (readonly [call: (...args: never[]) => unknown, ...args: unknown[]])[]
  readonly bare: readonly string[]
  readonly bareCalls: Case['calls']
}

const catalogueFlags = ['--id-column', 'name', '--ra-column', 'alpha', '--dec-column', 'delta', '--frame', 'FK5']
const catalogueOptions = { idColumn: 'name', raColumn: 'alpha', decColumn: 'delta', frame: 'FK5' }

const cases: Readonly<Record<string, Case>> = {
  rank: {
    args: [
      ...['images', '--out', 'run', '--adopt', '--catalogue', 'c.fits', ...catalogueFlags, '--table', '2'],
      ...['--band-pattern', '{id}_{band}.fits', '--bands', 'g,r', '--preprocess', 'rgb', '--crop', '0.5'],
      ...['--encoder', 'm.onnx', '--encoder-input-range', '0-255', '--encoder-output', 'pool', '--encoder-size', '64'],
      ...['--encoder-pooling', 'first', '--features', 'both', '--engine', 'onnx', '--views', '8', '--standardise'],
      ...['--variance', '0.9', '--trees', '7', '--sample-size', '16', '--seed', 'seven', '--sizes', 'any'],
      ...['--max-missing', '0.1', '--shard-size', '9', '--top', '10', '--workers', '3'],
    ],
    calls: [
      [
        pipeline.rank,
        {
          ...{ folder: '/at/images', out: '/at/run', adopt: true, catalogue: '/at/c.fits', table: 2 },
          ...{ ...catalogueOptions, bandPattern: '{id}_{band}.fits', bands: ['g', 'r'], preprocess: 'rgb', crop: 0.5 },
          encoder: '/at/m.onnx',
          encoderOptions: { inputRange: [0, 255], output: 'pool', size: 64, pooling: 'first' },
          ...{ features: 'both', engine: 'onnx', views: 8, standardise: true, variance: 0.9, trees: 7, sampleSize: 16 },
          ...{ seed: 'seven', sizes: 'any', maxMissing: 0.1, shardSize: 9, top: 10, workers: 3, ...running },
        },
      ],
      [pipeline.writeReport, { run: '/at/run', ...page }],
    ],
    bare: ['images', '--out', 'run', '--no-standardise', '--workers', '0'],
    bareCalls: [
      [
        pipeline.rank,
        {
          ...{ folder: '/at/images', out: '/at/run', preprocess: 'auto', crop: 1, features: 'auto', engine: 'wasm' },
          ...{ views: 1, standardise: false, variance: 0.95, trees: 100, sampleSize: 256, seed: 0, sizes: 'auto' },
          ...{ maxMissing: 0, top: 100, workers: 0, ...running },
        },
      ],
    ],
  },
  label: {
    args: ['run', '--labels', 'l.csv', '--scale', '1', '--learner', 'gp', '--seed', '3', '--pictures', 'moved'],
    calls: [
      [pipeline.label, { run: '/at/run', labels: '/at/l.csv', scale: 1, learner: 'gp', seed: 3, ...running }],
      [pipeline.writeReport, { run: '/at/run', pictures: '/at/moved', ...page }],
    ],
    bare: ['run'],
    bareCalls: [[pipeline.label, { run: '/at/run', ...running }]],
  },
  evaluate: {
    args: [
      ...['run', '--truth', 't.csv', '--scale', '1', '--labels', '4', '--batch', '2', '--seeds', '5'],
      ...['--learners', 'gp, forest', '--interesting', '4', '--json', join(folder, 'figures.json')],
    ],
    calls: [
      [
        pipeline.evaluate,
        {
          ...{
            run: '/at/run',
            truth: '/at/t.csv',
            scale: 1,
            labels: 4,
            batch: 2,
            seeds: 5,
            learners: ['gp', 'forest'],
          },
          ...{ interesting: 4, ...running },
        },
      ],
    ],
    bare: ['run', '--truth', 't.csv'],
    bareCalls: [
      [
        pipeline.evaluate,
        { run: '/at/run', truth: '/at/t.csv', labels: 500, batch: 100, seeds: 1, interesting: 3, ...running },
      ],
      [pipeline.writeReport, { run: '/at/run', ...page }],
    ],
  },
  report: {
    args: ['run', '--title', 'Field 17', '--pictures', 'moved'],
    calls: [[pipeline.writeReport, { run: '/at/run', title: 'Field 17', pictures: '/at/moved', ...page }]],
    bare: ['run'],
    bareCalls: [[pipeline.writeReport, { run: '/at/run', ...page }]],
  },
  export: {
    args: ['run', '--out', 'r.fits', '--top', '5', '--without-labelled', '--catalogue'],
    calls: [
      [pipeline.openRun, '/at/run', { onWarning: running.onWarning }],
      [
        pipeline.exportRanking,
        { ids: [] },
        '/at/r.fits',
        { top: 5, withoutLabelled: true, catalogue: true, onWarning: running.onWarning },
      ],
    ],
    bare: ['run', '--out', 'r.csv'],
    bareCalls: [
      [
        pipeline.exportRanking,
        { ids: [] },
        '/at/r.csv',
        { withoutLabelled: false, catalogue: false, onWarning: running.onWarning },
      ],
    ],
  },
  download: {
    args: [
      ...['c.fits', '--out', 'images', ...catalogueFlags, '--table', 'SCI', '--limit', '20', '--layer', 'ls-dr9'],
      ...['--bands', 'gr', '--size', '200', '--pixel-scale', '0.5', '--format', 'jpg', '--concurrency', '2'],
      ...['--rate', '10', '--retries', '1', '--timeout', '1.5', '--give-up-after', '9', '--retry-failed', '--verify'],
      ...['--layout', 'flat'],
    ],
    calls: [
      [
        pipeline.downloadPictures,
        {
          ...{ catalogue: '/at/c.fits', out: '/at/images', ...catalogueOptions, table: 'SCI', limit: 20 },
          source: { layer: 'ls-dr9', bands: 'gr', size: 200, pixelScale: 0.5, format: 'jpg' },
          ...{ concurrency: 2, requestsPerSecond: 10, retries: 1, timeoutMs: 1500, giveUpAfter: 9 },
          ...{ retryFailed: true, verify: true, layout: 'flat', ...running },
        },
      ],
    ],
    bare: ['c.fits', '--out', 'images', '--url', 'https://x/{id}'],
    bareCalls: [
      [pipeline.downloadPictures, { catalogue: '/at/c.fits', out: '/at/images', source: 'https://x/{id}', ...running }],
    ],
  },
  cutouts: {
    args: [
      ...['c.fits', 'a.fits', 'more', '--out', 'images', '--radius', 'shape_r', '--psf', '1.3', '--unit', 'pixels'],
      ...['--pixel-scale', '0.4', ...catalogueFlags, '--table', '1', '--limit', '20', '--bands', 'g,r'],
      ...['--pixels', '64', '--interpolation', 'bicubic', '--edge', 'shift', '--orientation', 'north'],
      ...['--max-side-pixels', '900', '--max-open-files', '8', '--match', 'r', '--skip-bad', '--layout', 'flat'],
    ],
    calls: [
      [
        pipeline.cutPictures,
        {
          ...{ catalogue: '/at/c.fits', mosaics: ['/at/a.fits', '/at/more'], out: '/at/images', ...catalogueOptions },
          size: { halfLightRadius: 'shape_r', psfFwhm: 1.3, unit: 'pixels', pixelScale: 0.4 },
          ...{ table: 1, limit: 20, bands: ['g', 'r'], side: 64, interpolation: 'bicubic', edge: 'shift' },
          ...{ orientation: 'north', maxSidePixels: 900, maxOpenFiles: 8, match: /r/i, invalid: 'skip' },
          ...{ layout: 'flat', ...running },
        },
      ],
    ],
    bare: ['c.fits', 'a.fits', '--out', 'images', '--size-arcsec', 'diameter'],
    bareCalls: [
      [
        pipeline.cutPictures,
        {
          ...{ catalogue: '/at/c.fits', mosaics: ['/at/a.fits'], out: '/at/images', size: { arcsec: 'diameter' } },
          ...{ invalid: 'throw', ...running },
        },
      ],
    ],
  },
  simulate: {
    args: ['survey', '--count', '5000', '--size', '48', '--seed', '9'],
    calls: [[writeSurvey, '/at/survey', { count: 5000, size: 48, seed: 9, signal, onProgress: running.onProgress }]],
    bare: ['survey'],
    bareCalls: [
      [writeSurvey, '/at/survey', { count: 2000, size: 96, seed: 1, signal, onProgress: running.onProgress }],
    ],
  },
}

/** Options that stand in another case than that with all others, as they exclude some of them. */
const elsewhere = ['--help', '--no-standardise', '--url', '--size', '--size-arcsec']

describe('each command', () => {
  for (const [command, { args, calls, bare, bareCalls }] of Object.entries(cases)) {
    it(`${command} hands its options on`, async () => {
      const { code, err } = await call(command, ...args)
      expect({ code, err }).toEqual({ code: exitCodes.ok, err: command === 'label' ? expect.anything() : '' })
      for (const [name, ...wanted] of calls) expect(vi.mocked(name).mock.calls).toEqual([wanted])
    })

    it(`${command} fills in what its help says`, async () => {
      expect(await call(command, ...bare)).toMatchObject({ code: exitCodes.ok })
      for (const [name, ...wanted] of bareCalls) expect(vi.mocked(name).mock.calls).toEqual([wanted])
    })

    it(`${command} has no option that is not tried here`, async () => {
      const { out } = await call(command, '--help')
      const options = [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option!)
      const tried = new Set([...args, ...elsewhere])
      expect(options.filter((option) => !tried.has(option))).toEqual([])
      expect(options.length).toBeGreaterThan(2)
    })
  }
})

describe('what a command says', () => {
  it('is counts with their thousands apart, and where the results are', async () => {
    const said = async (name: keyof typeof cases): Promise<string> => (await call(name, ...cases[name]!.bare)).out
    expect(await said('export')).toBe('1,234 rows: /at/r.csv\n')
    expect(await said('simulate')).toBe('2,000 objects: /at/survey\n')
    expect(await said('report')).toBe('report: /at/run/report.html\n')
    expect(await said('download')).toBe(
      '1,900 of 2,000 pictures: 1,500 downloaded, 400 from earlier runs, 2.5 GB: /at/images\n' +
        'gone on without 100 objects (status 99, timeout 1): /at/images/downloads.jsonl says why\n',
    )
    expect(await said('cutouts')).toBe(
      '2 of 3 pictures: 2 cut out: /at/images\ngone on without 1 object (edge 1): /at/images/cutouts-rejected.csv says why\n',
    )
    expect(await said('rank')).toBe(
      'ranked 1,500 objects: 60 features, 9 principal components (95.5 % of the variance)\n' +
        'gone on without 1 file or object: /at/run/rejected.csv says why\n' +
        'reused the features of 700 objects from the earlier run\n' +
        'first:\n   1  0.7500  odd\nreport: /at/run/report.html\n',
    )
    const evaluated = await said('evaluate')
    expect(evaluated).toMatch(/^2000 objects, 60 anomalies\nAnomalies found among so many objects looked at, of 60:\n/)
    expect(evaluated).toMatch(/^forest +1 +1\.5\nchance +0\.1 +0\.1\n/m)
    expect(evaluated).toMatch(/^forest +9 +10 +11\.3 +25 % +50 % +0\.123\n/m)
  })

  it('is no more than ten lines of what it could not use', async () => {
    const { out, err } = await call('label', 'run')
    expect(out).toMatch(/^3 ratings added, 1 were known, 2 lines have none; ranked by gp with 6 labels\n/)
    expect(err.split('\n').slice(9)).toEqual(['not used: id 9: unknown', 'and 2 more in rejected.csv', ''])
  })

  it('has what it was warned of in the end, also when it fails', async () => {
    vi.mocked(pipeline.cutPictures).mockImplementation(async ({ onWarning, onProgress }) => {
      onProgress?.({ stage: 'cut-outs', done: 1, total: 2 })
      onWarning?.({ message: 'a mosaic has no map' })
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
    })
    const { code, out, err } = await call('cutouts', ...cases.cutouts!.bare)
    expect({ code, out }).toEqual({ code: exitCodes.failed, out: '' })
    expect(err).toBe('cut-outs  1 / 2\nwarning: a mosaic has no map\nastronomaly: ENOSPC: no space left on device\n')
  })

  it('is the stack of a defect', async () => {
    vi.mocked(pipeline.writeReport).mockRejectedValueOnce(new TypeError('x is not a function'))
    const { code, err } = await call('report', 'run')
    expect(code).toBe(exitCodes.failed)
    expect(err).toMatch(/^astronomaly: TypeError: x is not a function\n +at /)
    vi.mocked(pipeline.writeReport).mockRejectedValueOnce('a text')
    expect((await call('report', 'run')).err).toBe('astronomaly: a text\n')
  })

  it('is said of a file that cannot be written before the work is done', async () => {
    await call('evaluate', ...cases.evaluate!.args)
    expect(JSON.parse(await readFile(join(folder, 'figures.json'), 'utf8'))).toEqual(evaluation)
    vi.clearAllMocks()
    const { code, err } = await call('evaluate', ...cases.evaluate!.bare, '--json', join(folder, 'none', 'f.json'))
    expect(code).toBe(exitCodes.failed)
    expect(err).toContain('ENOENT')
    expect(pipeline.evaluate).not.toHaveBeenCalled()
  })
})
