import { randomUUID } from 'node:crypto'
import { constants, copyFile, link, open, opendir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ParameterError } from './errors.ts'

/** How often a holder shows that it lives, in milliseconds. */
const beat = 5_000
/** How long without a sign of life until a lock counts as left behind, in milliseconds. */
const patience = 60_000

interface LockContent {
  readonly pid: number
  readonly host: string
  readonly token: string
}

/**
 * Runs `body` while no other process, and no other call in this one, holds the lock of a folder.
 *
 * @param path - The lock file, in the folder; a lock whose holder was killed is taken over, and what others that were killed have left beside it is removed.
 * @param subject - Begins the message.
 * @throws ParameterError when somebody else holds it.
 * @remarks A holder on this machine is asked for by its process number; one elsewhere, or a process that got a dead one's number, counts as
 * gone after a minute without a sign of life.
 */
export async function withFolderLock<T>(path: string, subject: string, body: () => Promise<T>): Promise<T> {
  const token = randomUUID()
  await take(path, subject, token)
  const timer = setInterval(() => {
    const now = new Date()
    utimes(path, now, now).catch(() => {})
  }, beat)
  timer.unref()
  try {
    await removeLeftovers(path)
    return await body()
  } finally {
    clearInterval(timer)
    // Somebody else's by now, when this process has been asleep for long.
    const held = await contentOf(path).catch(() => undefined)
    if (held?.token === token) await rm(path, { force: true })
  }
}

async function take(path: string, subject: string, token: string): Promise<void> {
  const own = `${path}.${token}`
  try {
    const file = await open(own, 'wx')
    try {
      await file.writeFile(JSON.stringify({ pid: process.pid, host: hostname(), token } satisfies LockContent))
    } finally {
      await file.close()
    }
    for (let attempt = 0; ; attempt++) {
      try {
        // A link is made whole or not at all, so nobody ever reads half a lock.
        await link(own, path).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') throw error
          // Some file systems have no links.
          return copyFile(own, path, constants.COPYFILE_EXCL)
        })
        return
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = await holderOf(path)
      if (holder === undefined) continue
      if (holder.alive || attempt > 50) {
        throw new ParameterError(
          `${subject}: folder must not be in use. ${path} is held by process ${holder.pid} on ${holder.host}.`,
        )
      }
      if (!(await removeStale(path))) await wait(20)
    }
  } finally {
    await rm(own, { force: true })
  }
}

/**
 * Removes a lock that was left behind; false when somebody else is about to.
 *
 * @remarks A second lock serialises it, and under that one the first is looked at again: so what is removed is surely what was left behind, and
 * never the lock of somebody who took it over meanwhile.
 */
async function removeStale(path: string): Promise<boolean> {
  const turn = `${path}.takeover`
  try {
    await (await open(turn, 'wx')).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    const age = await stat(turn).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > patience) await rm(turn, { force: true })
    return false
  }
  try {
    if ((await holderOf(path))?.alive === false) await rm(path, { force: true })
    return true
  } finally {
    await rm(turn, { force: true })
  }
}

async function holderOf(path: string): Promise<(LockContent & { readonly alive: boolean }) | undefined> {
  try {
    const age = Date.now() - (await stat(path)).mtimeMs
    const content = await contentOf(path)
    return { ...content, alive: age <= patience && (content.host !== hostname() || isAlive(content.pid)) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function contentOf(path: string): Promise<LockContent> {
  const text = await readFile(path, 'utf8')
  try {
    const { pid, host, token } = JSON.parse(text) as Partial<Record<string, unknown>>
    return { pid: Number(pid), host: String(host), token: String(token) }
  } catch {
    // Not written by this program as it is: it counts as held until it has been silent for long.
    return { pid: 0, host: 'an unknown machine', token: '' }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Removes what processes that were killed while they took the lock have left beside it. */
async function removeLeftovers(path: string): Promise<void> {
  const folder = dirname(path)
  for await (const { name } of await opendir(folder)) {
    if (!name.startsWith(`${basename(path)}.`)) continue
    const left = join(folder, name)
    const age = await stat(left).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    )
    if (age > patience) await rm(left, { force: true })
  }
}
