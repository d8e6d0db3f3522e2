import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { makeFolder, writeFileAtomic } from '../src/node.ts'

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
