// npm run astronomaly -- <subcommand> …: the command line from the sources. Relative paths start where the user stood.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build, install } from './prepare.mjs'
import { execute, main, root, userFolder } from './run-step.mjs'

/** The folder of the package.json that npm finds from where the user stood. */
function nearestPackage(folder = userFolder) {
  return existsSync(join(folder, 'package.json')) || dirname(folder) === folder
    ? folder
    : nearestPackage(dirname(folder))
}

const windows = process.platform === 'win32'
const quoted = /^[\w./+@:=,\\-]+$/.test(root) ? root : windows ? `"${root}"` : `'${root.replaceAll("'", "'\\''")}'`

/** npm as it finds the scripts of this folder from where the user stood. */
export const npm = nearestPackage() === root ? 'npm' : `npm --prefix ${quoted}`

/**
 * Runs the built command and returns its exit code.
 *
 * @param typed - What the user typed, as `NpmCall` of the command line without `env`: there the options are looked for that npm has taken.
 */
export async function astronomaly(args, typed) {
  await install()
  await build({ types: false })
  const command = join(root, 'packages', 'cli', 'dist', 'bin.js')
  const { code } = await execute(process.execPath, [command, ...args], {
    cwd: userFolder,
    env: { ASTRONOMALY_COMMAND: `${npm} run astronomaly --`, ASTRONOMALY_TYPED: JSON.stringify(typed) },
  })
  return code
}

if (process.argv[1] === import.meta.filename) {
  const [command = '', ...words] = process.argv.slice(2)
  const call = `${npm} run astronomaly -- ${command}`
  await main(() => astronomaly(process.argv.slice(2), { command, call, words }))
}
