import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the repository. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Where the user stood when npm was called; npm itself changes to the root. */
export const userFolder = process.env.INIT_CWD ?? process.cwd()

const windows = process.platform === 'win32'
const packageManager = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager

/**
 * Runs a command to its end and returns its exit code; 128 + n when signal n ended it. The command shares the terminal, gets no
 * input, and sees Ctrl-C itself, so that it can stop cleanly. With `capture` its output is returned too.
 */
export function execute(command, args, { cwd = root, env = {}, capture = false } = {}) {
  return new Promise((resolve, reject) => {
    const output = capture ? 'pipe' : 'inherit'
    const options = { cwd, env: { ...process.env, ...env }, stdio: ['ignore', output, output] }
    const child = spawn(command, args, windows ? { ...options, shell: command === 'npx' } : options)
    let text = ''
    child.stdout?.on('data', (chunk) => (text += chunk))
    child.stderr?.on('data', (chunk) => (text += chunk))
    const wait = () => {}
    const pass = (signal) => child.kill(signal)
    process.on('SIGINT', wait)
    process.on('SIGTERM', pass)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      process.off('SIGINT', wait)
      process.off('SIGTERM', pass)
      resolve({ code: code ?? 128 + (signal === 'SIGINT' ? 2 : signal === 'SIGTERM' ? 15 : 9), output: text })
    })
  })
}

/** Runs a command that must succeed; with `capture`, its output is shown only when it fails. */
export async function run(command, args, options = {}) {
  const { code, output } = await execute(command, args, options)
  if (code === 0) return output
  if (output) process.stderr.write(output)
  throw new CommandFailed(`${[command, ...args].join(' ')} ended with exit code ${code}`)
}

/** A command that was run ended with an exit code other than 0. */
export class CommandFailed extends Error {}

/** Runs pnpm in the version that package.json names, without installing it anywhere. */
export function pnpm(args, options) {
  return run('npx', ['--yes', packageManager, ...args], options)
}

/** Runs a JavaScript file with this Node. */
export function node(file, args = [], options = {}) {
  return run(process.execPath, [file, ...args], options)
}

/** Seconds since `start` (a `performance.now()`), for people. */
export function seconds(start) {
  return `${((performance.now() - start) / 1000).toFixed(1)} s`
}

/** Runs the main function of a script; a failed command ends it with one line, anything else with its stack. */
export async function main(body) {
  try {
    process.exitCode = (await body()) ?? 0
  } catch (error) {
    console.error(error instanceof CommandFailed ? error.message : error)
    process.exitCode = 1
  }
}
