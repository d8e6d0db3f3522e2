import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkCutout, type DownloadSummary, downloadTable, readDownloadJournal } from '../src/node.ts'
import type { ChildTask } from './download-child.ts'
import { contentOf, type FaultyService, faultOf, reasonOf, serveFaults } from './faulty-service.ts'

const count = 10_000
const concurrency = 192
const cache = fileURLToPath(new URL('../.cache', import.meta.url))
const script = join(cache, 'download-child.mjs')
let service: FaultyService
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'astronomaly-download-'))
  service = await serveFaults(count)
  // The child lies in the package's folder, where Node finds the libraries that stay outside of it.
  await build({
    entryPoints: [fileURLToPath(new URL('download-child.ts', import.meta.url))],
    outfile: script,
    ...{ bundle: true, format: 'esm', target: 'node20', platform: 'node', logLevel: 'warning' },
    conditions: ['@astronomaly/source'],
    external: ['sharp', 'hyparquet', 'hyparquet-compressors', 'hyparquet-writer', 'csv-parse'],
  })
})

afterAll(async () => {
  await service?.close()
  await rm(cache, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
})

/** How a process ended. */
interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** Runs the download in a process of its own, killed once its journal has so many lines. */
function run(killAt: number): Promise<Ended> {
  const task: ChildTask = { folder, url: service.url, count, concurrency }
  const lines = lineCounter(join(folder, 'downloads.jsonl'))
  return watch([process.execPath, script, JSON.stringify(task)], () => lines() >= killAt)
}

/** Runs a command, killed once `enough` says so. */
function watch([command = '', ...args]: readonly string[], enough: () => boolean): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (err += chunk))
    const timer = setInterval(() => {
      if (!enough()) return
      clearInterval(timer)
      child.kill('SIGKILL')
    }, 5)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearInterval(timer)
      resolve({ code, signal, out, err })
    })
  })
}

/** Counts the lines of a file that grows, reading each byte once. */
function lineCounter(path: string): () => number {
  const buffer = Buffer.alloc(2 ** 16)
  let at = 0
  let lines = 0
  return () => {
    if (!existsSync(path)) return 0
    const file = openSync(path, 'r')
    for (let read = readSync(file, buffer, 0, buffer.length, at); read > 0; ) {
      at += read
      for (const byte of buffer.subarray(0, read)) if (byte === 10) lines++
      read = readSync(file, buffer, 0, buffer.length, at)
    }
    closeSync(file)
    return lines
  }
}

/** Paths of all files of a folder, with `/`. */
async function filesBelow(top: string): Promise<string[]> {
  const entries = await readdir(top, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(top.length + 1)
        .replaceAll(sep, '/'),
    )
}

describe('a download of ten thousand objects from a service with every fault at 5 %, killed three times', () => {
  it('ends with every object valid on disk or listed with its reason, none twice, no partial file', async () => {
    for (const lines of [1500, 4000, 7500]) {
      expect(await run(lines)).toMatchObject({ signal: 'SIGKILL', err: '' })
      // Already at this instant: what has its name is whole, and what is listed is there.
      const named = (await filesBelow(folder)).filter((file) => file.endsWith('.fits'))
      const sizes = await Promise.all(named.map(async (file) => (await stat(join(folder, file))).size))
      expect(new Set(sizes)).toEqual(new Set([contentOf(0).length]))
      const there = new Set(named)
      const lost: string[] = []
      for await (const { file } of readDownloadJournal(folder)) if (file && !there.has(file)) lost.push(file)
      expect(lost).toEqual([])
    }
    const last = await run(Number.POSITIVE_INFINITY)
    expect(last).toMatchObject({ code: 0, err: '' })
    const summary = JSON.parse(last.out) as DownloadSummary
    const failing = 9 * (count / 200)
    expect(summary).toMatchObject({ objects: count, failed: failing, duplicates: 0 })
    expect(summary.downloaded + summary.kept).toBe(count - failing)

    const { rowCount, columns } = await downloadTable(folder)
    const column = (name: string): readonly string[] => columns.get(name)!.values as readonly string[]
    expect(rowCount).toBe(count)
    const ids = column('id')
    expect(new Set(ids).size).toBe(count)
    const listed: string[] = []
    for (const [row, id] of ids.entries()) {
      const i = Number(id.replace('object ', ''))
      const { fault, forever } = faultOf(i)
      const fate = `${id}: ${column('outcome')[row]} ${column('reason')[row]}`
      if (fault !== undefined && forever) expect(fate).toBe(`${id}: failed ${reasonOf[fault]}`)
      else {
        expect(fate).toBe(`${id}: done `)
        const bytes = await readFile(join(folder, column('file')[row]!))
        expect(bytes.equals(contentOf(i))).toBe(true)
        listed.push(column('file')[row]!)
      }
    }
    expect(await checkCutout(contentOf(12))).toEqual({ extension: 'fits' })
    expect((await filesBelow(folder)).sort()).toEqual([...listed, 'downloads.jsonl'].sort())

    const done = new Map<string, number>()
    for await (const { id, outcome } of readDownloadJournal(folder)) {
      if (outcome === 'done') done.set(id, (done.get(id) ?? 0) + 1)
    }
    expect(Math.max(...done.values())).toBe(1)
    // A file is sent again only when the kill came between its arrival and its line in the journal.
    const twice = service.sent.reduce((sum, times) => sum + Math.max(0, times - 1), 0)
    expect(twice).toBeLessThanOrEqual(3 * 4 * concurrency)
  })

  it('asks for nothing when it is run again, but for what may have become well', async () => {
    const before = service.sent.reduce((sum, times) => sum + times, 0)
    const again = await run(Number.POSITIVE_INFINITY)
    expect(again).toMatchObject({ code: 0, err: '' })
    expect(JSON.parse(again.out)).toMatchObject({ downloaded: 0, kept: count - 450, failed: 450 })
    expect(service.sent.reduce((sum, times) => sum + times, 0)).toBe(before)
  })
})

describe.skipIf(process.platform === 'win32')('a download whose journal cannot be written any more', () => {
  it('stops with the system’s error, has lost nothing, and goes on once there is room', async () => {
    const small = await serveFaults(600, false)
    const target = join(folder, 'small')
    try {
      const task: ChildTask = { folder: target, url: small.url, count: 600, concurrency: 16 }
      const command = [process.execPath, script, JSON.stringify(task)]
      // Files of at most 64 blocks of 512 bytes: room for a hundred lines, and for each picture.
      const full = await watch(['sh', '-c', 'ulimit -f 64; exec "$@"', 'sh', ...command], () => false)
      expect(full.code).toBe(1)
      expect(full.err).toContain('EFBIG')
      let listed = 0
      for await (const { file } of readDownloadJournal(target)) {
        if (file !== undefined)
          expect(await checkCutout(await readFile(join(target, file)))).toEqual({ extension: 'fits' })
        listed++
      }
      expect(listed).toBeGreaterThan(50)
      expect(await readdir(target)).not.toContain('downloads.lock')
      const last = await watch(command, () => false)
      expect(last).toMatchObject({ code: 0, err: '' })
      expect(JSON.parse(last.out)).toMatchObject({ objects: 600, failed: 21 })
    } finally {
      await small.close()
    }
  })
})
