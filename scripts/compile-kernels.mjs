// Compiles the AssemblyScript kernels of packages/*/assembly, each into the file <name>-wasm.ts of its package's sources, which are
// committed, so that nobody needs the compiler to use or test a package; parts/ holds what they import. A test makes sure that they
// are what the compiler makes of the sources.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { main as compile, createMemoryStream } from 'assemblyscript/asc'
import { packageFolders } from './prepare.mjs'
import { CommandFailed, main } from './run-step.mjs'

const options = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--importMemory']

/** The kernels: for each its name, the file that holds it and what that file should be. */
export async function compileKernels() {
  const kernels = []
  for (const folder of packageFolders()) {
    const sources = join(folder, 'assembly')
    if (!existsSync(sources)) continue
    for (const source of readdirSync(sources).filter((name) => name.endsWith('.ts'))) {
      const name = source.replace(/\.ts$/, '')
      const content = sourceOf(name, await compileOne(sources, source))
      const held = readdirSync(join(folder, 'src'), { recursive: true }).filter((path) =>
        path.endsWith(`/${name}-wasm.ts`),
      )
      if (held.length !== 1)
        throw new CommandFailed(`${source}: one file ${name}-wasm.ts must hold it. Found ${held.length}.`)
      kernels.push({ file: join(folder, 'src', held[0]), content })
    }
  }
  return kernels
}

async function compileOne(sources, source) {
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
  return binary
}

function sourceOf(name, binary) {
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,110}/g)
  const constant = `${name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}Wasm`
  return (
    `/** What the compiler makes of \`assembly/${name}.ts\` (npm run kernels): a WebAssembly module in base64. */\n` +
    `export const ${constant}: string =\n${lines.map((line) => `  '${line}'`).join(' +\n')}\n`
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    for (const { file, content } of await compileKernels()) writeFileSync(file, content)
  })
}
