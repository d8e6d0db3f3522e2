import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { ParameterError } from '@astronomaly/core'

/** How often a holder shows that it lives, in milliseconds. */
const beat = 5_000
/** How long without a sign of life until a lock counts as left behind, in milliseconds. */
const patience = 60_000

interface LockContent {
  readonly pid: number
  readonly host: string
  readonly token: string
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Who holds the lock; undefined when its holder is gone: killed, or silent for a minute. */
async function holderOf(path: string): Promise<string | undefined> {
  try {
    const age = Date.now() - (await stat(path)).mtimeMs
    const { pid, host } = JSON.parse(await readFile(path, 'utf8')) as LockContent
    if (age > patience || (host === hostname() && !isAlive(pid))) return undefined
    return `process ${pid} on ${host}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    // A lock without readable content was cut off while it was written.
    return Date.now() - (await stat(path)).mtimeMs > beat ? undefined : 'another process'
  }
}

/**
 * Runs `body` while no other process, and no other call in this one, writes to the same run directory.
 *
 * @param path - The lock file; a lock whose holder was killed is taken over.
 * @throws ParameterError when somebody else is at work there.
 */
export async function withRunLock<T>(path: string, body: () => Promise<T>): Promise<T> {
  const token = randomUUID()
  for (let attempt = 0; ; attempt++) {
    try {
      const file = await open(path, 'wx')
      await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname(), token } satisfies LockContent))
      await file.close()
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      const holder = await holderOf(path)
      if (holder !== undefined || attempt > 8) {
        throw new ParameterError(
          `run: directory must not be in use. ${path} is held by ${holder ?? 'another process'}.`,
        )
      }
      // Whoever moves the stale lock away goes on; for the others it is gone.
      await rename(path, `${path}.${token}.tmp`).then(
        () => rm(`${path}.${token}.tmp`, { force: true }),
        () => {},
      )
    }
  }
  const timer = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {})
  }, beat)
  timer.unref()
  try {
    return await body()
  } finally {
    clearInterval(timer)
    await rm(path, { force: true })
  }
}
