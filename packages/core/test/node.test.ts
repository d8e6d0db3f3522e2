import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { createPool, makeFolder, writeFileAtomic } from '../src/node.ts'

const folder = await mkdtemp(join(tmpdir(), 'astronomaly-core-'))
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('writeFileAtomic', () => {
  it('makes folders, replaces the old content and leaves nothing else', async () => {
    const path = join(folder, 'a', 'b.txt')
    await writeFileAtomic(path, 'one')
    await writeFileAtomic(path, Uint8Array.of(116, 119, 111))
    expect(await readFile(path, 'utf8')).toBe('two')
    expect(await readdir(join(folder, 'a'))).toEqual(['b.txt'])
  })

  it('keeps the old content when the new one cannot be written', async () => {
    const path = join(folder, 'c')
    await writeFileAtomic(join(path, 'inside'), 'x')
    await expect(writeFileAtomic(path, 'file where a folder is')).rejects.toThrow()
    expect(await readFile(join(path, 'inside'), 'utf8')).toBe('x')
    expect((await readdir(folder)).filter((name) => name.endsWith('.tmp'))).toEqual([])
    await chmod(path, 0o755)
  })
})

describe('makeFolder', () => {
  it('makes what is missing, once', async () => {
    const path = join(folder, 'd', 'e', 'f')
    await makeFolder(path)
    await makeFolder(path)
    expect(await readdir(join(folder, 'd', 'e'))).toEqual(['f'])
  })

  it('fails below a file, and returns where a system folder refuses', { timeout: 5000 }, async () => {
    await writeFileAtomic(join(folder, 'file'), 'x')
    await expect(makeFolder(join(folder, 'file', 'g'))).rejects.toMatchObject({ code: 'ENOTDIR' })
    if (process.platform === 'linux') await expect(makeFolder('/proc/astronomaly/x')).rejects.toHaveProperty('code')
  })
})

describe('createPool', () => {
  it('runs tasks in threads, passes failures on and ends', async () => {
    const file = join(folder, 'task.mjs')
    await writeFile(file, 'export function square(x) { if (x < 0) throw new RangeError("negative"); return x * x }')
    const pool = createPool({ workers: 2, filename: pathToFileURL(file).href, exportName: 'square' })
    expect(await Promise.all([1, 2, 3, 4].map((x) => pool.run<number, number>(x)))).toEqual([1, 4, 9, 16])
    await expect(pool.run(-1)).rejects.toThrow('negative')
    await pool.close()
  })
})
