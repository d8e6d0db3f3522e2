import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Runs a command to its end, with a text on its standard input, and returns what it printed. @throws when it fails. */
function run(command: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    // One thread for every numerical library: figures are per core unless a benchmark asks for more.
    const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' }
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...threads } })
    let text = ''
    child.stdout.on('data', (chunk) => (text += chunk))
    child.on('error', reject)
    child.stdin.end(input)
    child.on('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${command} ${args.join(' ')} ended with exit code ${code}`)),
    )
  })
}

/** Makes the Python environment of the peers when it is not there, and returns its interpreter. */
async function prepare(peers: string, say: (text: string) => void): Promise<string> {
  const environment = join(peers, '.venv')
  const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  const requirements = join(peers, 'requirements.txt')
  const stamp = join(environment, 'requirements.sha256')
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python
  say('making the Python environment of the peers')
  await run('python3', ['-m', 'venv', '--clear', environment])
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements])
  writeFileSync(stamp, wanted)
  return python
}

/** A function that runs one script of the folder `peers` with its arguments as JSON on standard input. */
export function pythonPeers(peers: string, say: (text: string) => void) {
  let python: Promise<string> | undefined
  return async <T>(script: string, args: Readonly<Record<string, unknown>>): Promise<T> => {
    python ??= prepare(peers, say)
    say(`peers: ${script}`)
    const printed = await run(await python, [join(peers, script)], JSON.stringify(args))
    return JSON.parse(printed.trim().split('\n').at(-1) as string) as T
  }
}
