// npm run astronomaly -- <subcommand> …: the command line from the sources. Relative paths start where the user stood.
import { join } from 'node:path'
import { build, install } from './prepare.mjs'
import { execute, main, root, userFolder } from './run-step.mjs'

/** Runs the built command and returns its exit code. */
export async function astronomaly(args) {
  await install()
  await build({ types: false })
  const command = join(root, 'packages', 'cli', 'dist', 'bin.js')
  const { code } = await execute(process.execPath, [command, ...args], {
    cwd: userFolder,
    env: { ASTRONOMALY_COMMAND: 'npm run astronomaly --' },
  })
  return code
}

if (process.argv[1] === import.meta.filename) await main(() => astronomaly(process.argv.slice(2)))
