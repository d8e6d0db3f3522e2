import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { compile } from './compile.mjs'
import { build, install } from './prepare.mjs'
import { main, node, root, seconds } from './run-step.mjs'

/** Runs the examples, each in an empty folder of its own; an example fails by throwing. `names` choose some. */
export async function runExamples(names = []) {
  const folder = join(root, 'examples')
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.ts') && (names.length === 0 || names.includes(basename(name, '.ts'))))
    .map((name) => join(folder, name))
  for (const script of await compile(folder, files)) {
    const cwd = mkdtempSync(join(tmpdir(), 'astronomaly-example-'))
    const start = performance.now()
    try {
      console.log(`\n${basename(script, '.mjs')}`)
      await node(script, [], { cwd })
      console.log(`in ${seconds(start)}`)
    } finally {
      rmSync(cwd, { recursive: true, force: true })
    }
  }
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    await install()
    await build({ types: false })
    await runExamples(process.argv.slice(2))
  })
}
