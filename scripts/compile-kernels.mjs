// Compiles the AssemblyScript kernels of packages/core/assembly into packages/core/src/kernels/<name>-wasm.ts, which are committed, so
// that nobody needs the compiler to use or test a package; parts/ holds what they import. A test makes sure that they are what the
// compiler makes of the sources.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main as compile, createMemoryStream } from 'assemblyscript/asc'
import { CommandFailed, main, root } from './run-step.mjs'

const sources = join(root, 'packages', 'core', 'assembly')
const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory']

/** The kernels: for each its name, the file that holds it and what that file should be. */
export async function compileKernels() {
  const kernels = []
  for (const source of readdirSync(sources).filter((name) => name.endsWith('.ts'))) {
    let binary = new Uint8Array()
    const stderr = createMemoryStream()
    const { error } = await compile([source, ...options, '--outFile', 'kernel'], {
      readFile: (name) => (existsSync(join(sources, name)) ? readFileSync(join(sources, name), 'utf8') : null),
      writeFile: (_, content) => {
        binary = content
      },
      listFiles: () => [],
      stderr,
    })
    if (error) throw new CommandFailed(`${source}: ${stderr}`)
    const name = source.replace(/\.ts$/, '')
    const lines = Buffer.from(binary)
      .toString('base64')
      .match(/.{1,110}/g)
    const constant = `${name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}Wasm`
    kernels.push({
      file: join(root, 'packages', 'core', 'src', 'kernels', `${name}-wasm.ts`),
      content:
        `/** What the compiler makes of \`assembly/${source}\` (npm run kernels): a WebAssembly module in base64. */\n` +
        `export const ${constant}: string =\n${lines.map((line) => `  '${line}'`).join(' +\n')}\n`,
    })
  }
  return kernels
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    for (const { file, content } of await compileKernels()) writeFileSync(file, content)
  })
}
