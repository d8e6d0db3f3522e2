// npm run bench -- <name> [--rows N] [--json FILE]
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, cpus, platform, tmpdir, totalmem } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Benchmark, type BenchmarkResult, ratioOf } from './benchmark.ts'
import { crossMatchBenchmark } from './cross-match.ts'
import { detectorsBenchmark } from './detectors.ts'
import { encode } from './encode.ts'
import { fits } from './fits.ts'
import { gp } from './gp.ts'
import { iforest } from './iforest.ts'
import { iforestSurvey, iforestWide } from './iforest-survey.ts'
import { lof } from './lof.ts'
import { neighbourScore } from './neighbour-score.ts'
import { pca } from './pca.ts'
import { pythonPeers } from './python-peers.ts'
import { results } from './results.ts'

const benchmarks: Readonly<Record<string, Benchmark>> = {
  iforest,
  lof,
  'iforest-survey': iforestSurvey,
  'iforest-wide': iforestWide,
  pca,
  'neighbour-score': neighbourScore,
  gp,
  'cross-match': crossMatchBenchmark,
  encode,
  fits,
  results,
  detectors: detectorsBenchmark,
}

const root = resolve(process.env.ASTRONOMALY_ROOT ?? '.')
const require = createRequire(join(root, 'benchmarks', 'package.json'))

function versions(): Record<string, string> {
  const { version } = require('@astronomaly/core/package.json') as { version: string }
  return { astronomaly: version, node: process.version, v8: process.versions.v8 }
}

function shown(value: number): string {
  return Number.isFinite(value) ? Number(value.toPrecision(4)).toString() : String(value)
}

function table(rows: readonly BenchmarkResult[]): string[] {
  return [
    '| id | ours | unit | peers | ratio |',
    '|---|---|---|---|---|',
    ...rows.map((row) => {
      const peers = Object.entries(row.peers).map(([name, value]) => `${name}: ${shown(value)}`)
      const ratio = ratioOf(row)
      return `| ${row.id} | ${shown(row.value)} | ${row.unit} | ${peers.join(', ') || '–'} | ${ratio === undefined ? '–' : ratio.toFixed(2)} |`
    }),
  ]
}

/** Puts the section of one benchmark into RESULTS.md in the place of its earlier one. */
async function record(name: string, lines: readonly string[]): Promise<void> {
  const path = join(root, 'benchmarks', 'RESULTS.md')
  const head =
    '# Benchmarks\n\nEach section is written by `npm run bench -- <name>`; ratio = ours ÷ best peer, higher is better for us.\n'
  const text = await readFile(path, 'utf8').catch(() => head)
  const sections = text.split(/^(?=## )/m).filter((section) => !section.startsWith(`## ${name}\n`))
  sections.push(`## ${name}\n\n${lines.join('\n')}\n`)
  const [first = head, ...rest] = sections.map((section) => `${section.trimEnd()}\n`)
  await writeFile(path, [first, ...rest.sort()].join('\n'))
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string' }, json: { type: 'string' }, record: { type: 'boolean', default: false } },
})
const [name = ''] = positionals
const benchmark = benchmarks[name]
const rows = values.rows === undefined ? undefined : Number(values.rows)
if (!benchmark || (rows !== undefined && !(Number.isInteger(rows) && rows > 0))) {
  console.error(`usage: npm run bench -- <${Object.keys(benchmarks).join(' | ')}> [--rows N] [--json FILE] [--record]`)
  process.exit(2)
}

const folder = await mkdtemp(join(tmpdir(), 'astronomaly-bench-'))
const say = (text: string): void => console.error(text)
try {
  const found = await benchmark({
    rows,
    folder,
    shared: (path) => join(resolve(process.env.ASTRONOMALY_SHARED ?? '../shared'), path),
    peers: pythonPeers(join(root, 'benchmarks', 'peers'), say),
    say,
  })
  const machine = `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, ${platform()} ${arch()}`
  const peakMemoryMB = Math.round(process.resourceUsage().maxRSS / 1024)
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, ${machine}, Node ${process.versions.node}, peak memory ${peakMemoryMB} MB${rows ? `, ${rows} rows` : ''}`,
    '',
    ...table(found),
  ]
  console.log(lines.join('\n'))
  if (values.record) await record(name, lines)
  if (values.json !== undefined) {
    const file = resolve(process.env.ASTRONOMALY_USER_FOLDER ?? '.', values.json)
    const entries = found.map(({ better: _, ...row }) => ({ ...row, ratio: ratioOf({ ...row, better: _ }) ?? null }))
    await mkdir(dirname(file), { recursive: true })
    await writeFile(
      file,
      `${JSON.stringify({ name, machine, versions: versions(), peakMemoryMB, results: entries }, null, 1)}\n`,
    )
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
