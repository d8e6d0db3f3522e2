// npm run bench -- <name> [--rows N] [--json FILE]: one benchmark, on packages built from the sources.
import { join } from 'node:path'
import { compile } from './compile.mjs'
import { build, install } from './prepare.mjs'
import { execute, main, root, userFolder } from './run-step.mjs'

await main(async () => {
  await install()
  await build({ types: false })
  const folder = join(root, 'benchmarks')
  const [script] = await compile(folder, [join(folder, 'src', 'bench.ts')])
  const env = {
    ASTRONOMALY_ROOT: root,
    ASTRONOMALY_USER_FOLDER: userFolder,
    ASTRONOMALY_SHARED: process.env.ASTRONOMALY_SHARED ?? join(root, '..', 'shared'),
  }
  const { code } = await execute(process.execPath, [script, ...process.argv.slice(2)], { env })
  return code
})
