import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ParameterError } from '../src/errors.ts'
import { withFolderLock } from '../src/folder-lock.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'core-lock-'))
  path = join(folder, 'downloads.lock')
})
afterEach(() => rm(folder, { recursive: true }))

const free = () => withFolderLock(path, 'test', async () => 'mine')
/** The number of a process that has ended. */
const dead = (): number => spawnSync(process.execPath, ['-e', '']).pid
const hold = (content: object | string, ageMs = 0) =>
  writeFile(path, typeof content === 'string' ? content : JSON.stringify(content)).then(() => {
    const then = new Date(Date.now() - ageMs)
    return utimes(path, then, then)
  })

describe('withFolderLock', () => {
  it('lets one in at a time and leaves nothing behind', async () => {
    await withFolderLock(path, 'test', async () => {
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() })
      await expect(free()).rejects.toBeInstanceOf(ParameterError)
      expect(await readdir(folder)).toEqual(['downloads.lock'])
    })
    expect(await free()).toBe('mine')
    await expect(withFolderLock(path, 'test', () => Promise.reject(new Error('x')))).rejects.toThrow('x')
    expect(await readdir(folder)).toEqual([])
  })

  it('takes over from a process that is gone, and from one that is silent', async () => {
    await hold({ pid: dead(), host: hostname(), token: 'a' })
    expect(await free()).toBe('mine')
    await hold({ pid: 1, host: 'elsewhere.example', token: 'a' }, 61_000)
    expect(await free()).toBe('mine')
    await hold('', 61_000)
    expect(await free()).toBe('mine')
    expect(await readdir(folder)).toEqual([])
  })

  it('keeps off from a process that lives, here or elsewhere', async () => {
    for (const holder of [
      { pid: process.pid, host: hostname(), token: 'a' },
      { pid: dead(), host: 'elsewhere.example', token: 'a' },
      'half a lo',
    ]) {
      await hold(holder)
      await expect(free()).rejects.toThrow('must not be in use')
      await rm(path)
    }
  })

  it('gives a lock that was left behind to one of many', async () => {
    await hold({ pid: dead(), host: hostname(), token: 'a' })
    let inside = 0
    let most = 0
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        withFolderLock(path, 'test', async () => {
          most = Math.max(most, ++inside)
          await readdir(folder)
          await readFile(path)
          inside--
        }),
      ),
    )
    expect(most).toBe(1)
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true)
  })

  it('sweeps up what was left by whoever was killed while taking it', async () => {
    await writeFile(`${path}.old-token`, '{}')
    await writeFile(join(folder, 'mine'), '')
    await free()
    expect(await readdir(folder)).toEqual(['downloads.lock.old-token', 'mine'])
    const then = new Date(Date.now() - 61_000)
    await utimes(`${path}.old-token`, then, then)
    await free()
    expect(await readdir(folder)).toEqual(['mine'])
  })
})
