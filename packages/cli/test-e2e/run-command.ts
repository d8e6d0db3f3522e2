import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built command. */
export const bin: string = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

/** How a command ended. */
export interface CommandResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** When to end a command before it ends by itself. */
export interface Interruption {
  /** The instant: once this returns true. Asked every few milliseconds, so that it hangs on what the command has done, not on time. */
  readonly when: () => boolean
  /** Milliseconds to wait from that instant on. */
  readonly delay?: number
  /** @defaultValue 'SIGKILL' */
  readonly signal?: NodeJS.Signals
}

/** Runs the built command to its end, or to an interruption. */
export function astronomaly(args: readonly string[], interruption?: Interruption): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    let timer: NodeJS.Timeout | undefined
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (err += chunk))
    if (interruption) {
      const { when, delay = 0, signal = 'SIGKILL' } = interruption
      timer = setInterval(() => {
        if (!when()) return
        clearInterval(timer)
        timer = setTimeout(() => child.kill(signal), delay)
      }, 5)
    }
    child.on('error', reject)
    child.on('close', (code, ended) => {
      clearTimeout(timer)
      resolve({ code, signal: ended, out, err })
    })
  })
}

/** Number of finished files of a stage's folder; 0 before it exists. */
export function countFiles(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.npy')).length : 0
}

/** SHA-256 of all score files of a run, in order. */
export async function hashScores(run: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(join(run, 'scores'))).sort())
    hash.update(name).update(await readFile(join(run, 'scores', name)))
  return hash.digest('hex')
}
