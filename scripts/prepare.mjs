import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pnpm, root, seconds } from './run-step.mjs'

const stamp = join(root, 'node_modules', '.astronomaly-installed')

/** The folders of the packages that are published. */
export function packageFolders() {
  const folder = join(root, 'packages')
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => existsSync(join(path, 'package.json')))
}

/** The package.json of a folder. */
export function manifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function dependencyHash() {
  const hash = createHash('sha256')
  const folders = [root, join(root, 'examples'), join(root, 'benchmarks'), ...packageFolders()]
  for (const folder of folders) hash.update(readFileSync(join(folder, 'package.json')))
  for (const name of ['pnpm-lock.yaml', 'pnpm-workspace.yaml']) hash.update(readFileSync(join(root, name)))
  return hash.digest('hex')
}

/** Installs what the lock file names; does nothing when that is there already. */
export async function install({ always = false } = {}) {
  const hash = dependencyHash()
  if (!always && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  const start = performance.now()
  console.log('installing dependencies')
  await pnpm(['install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'], { capture: true })
  mkdirSync(join(root, 'node_modules'), { recursive: true })
  writeFileSync(stamp, hash)
  console.log(`installed in ${seconds(start)}`)
}

function newest(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/** The files that a package's package.json promises; declarations only when `types`. */
function outputs(folder, types) {
  const { exports, bin } = manifest(folder)
  const files = [...Object.values(bin ?? {})]
  for (const entry of Object.values(exports)) {
    if (typeof entry === 'string') continue
    files.push(entry.default)
    if (types) files.push(entry.types)
  }
  return files.map((file) => join(folder, file))
}

function isStale(folder, types) {
  const inputs = [join(folder, 'src'), join(folder, 'package.json'), join(folder, 'tsup.config.ts')]
  const changed = Math.max(...[...inputs, join(root, 'tsup.preset.ts')].map(newest))
  return outputs(folder, types).some((file) => newest(file) < changed)
}

/** Writes beside the built pipeline which commit it was built from, for the provenance of runs; null outside a git clone. */
function stampCommit() {
  const git = (...args) => spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' })
  const head = git('rev-parse', '--short=12', 'HEAD')
  const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'packages').stdout?.trim() ? '+' : ''
  // A copy without history inside another repository has that one's commit.
  const own = head.status === 0 && git('rev-parse', '--show-prefix').stdout.trim() === ''
  const commit = own ? head.stdout.trim() + changed : null
  const file = join(root, 'packages', 'pipeline', 'dist', 'commit.json')
  const text = `${JSON.stringify({ commit })}\n`
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
}

/** Builds the packages whose sources are newer than what was built of them. Without `types`, no declarations: much faster. */
export async function build({ types = true, always = false } = {}) {
  const stale = packageFolders().filter((folder) => always || isStale(folder, types))
  if (stale.length === 0) return stampCommit()
  const start = performance.now()
  const names = stale.map((folder) => manifest(folder).name)
  console.log(`building ${names.join(', ')}`)
  const filters = names.flatMap((name) => ['--filter', name])
  const env = types ? {} : { ASTRONOMALY_BUILD: 'js' }
  await pnpm(['--workspace-concurrency=2', ...filters, 'run', 'build'], { capture: true, env })
  stampCommit()
  console.log(`built in ${seconds(start)}`)
}
