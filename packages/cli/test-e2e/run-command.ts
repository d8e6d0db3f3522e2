import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
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

/** Runs the built command to its end; `killAfter` ends it with SIGKILL after that many milliseconds. */
export function astronomaly(
  args: readonly string[],
  killAfter?: number,
  signal: NodeJS.Signals = 'SIGKILL',
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let err = ''
    child.stdout.on('data', (chunk) => (out += chunk))
    child.stderr.on('data', (chunk) => (err += chunk))
    const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill(signal), killAfter)
    child.on('error', reject)
    child.on('close', (code, ended) => {
      clearTimeout(timer)
      resolve({ code, signal: ended, out, err })
    })
  })
}

/** SHA-256 of all score files of a run, in order. */
export async function hashScores(run: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(join(run, 'scores'))).sort())
    hash.update(name).update(await readFile(join(run, 'scores', name)))
  return hash.digest('hex')
}
