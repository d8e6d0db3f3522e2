// npm run fuzz -- [target …] [--seconds N | --runs N] [--seed S]: coverage-guided fuzzing of the readers of test/fuzz.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { install } from './prepare.mjs'
import { main, node, root } from './run-step.mjs'

const folder = join(root, 'test', 'fuzz')

/** Runs the fuzzer. @throws when a target does not hold. */
export async function fuzz(args) {
  const { build } = await import('esbuild')
  const outdir = join(folder, '.cache')
  rmSync(outdir, { recursive: true, force: true })
  // Each in one file with all sources, so that the coverage of one script is the coverage of the readers.
  await build({
    entryPoints: ['fuzz.ts', 'fuzz-worker.ts'].map((name) => join(folder, name)),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    conditions: ['@astronomaly/source'],
    external: ['sharp', 'hyparquet', 'hyparquet-compressors', 'hyparquet-writer'],
    // What a CommonJS package asks for.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)" },
    logLevel: 'warning',
  })
  const env = { ASTRONOMALY_FUZZ_FOLDER: folder, ASTRONOMALY_FUZZ_WORKER: join(outdir, 'fuzz-worker.mjs') }
  await node(join(outdir, 'fuzz.mjs'), args, { env })
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    await install()
    await fuzz(process.argv.slice(2))
  })
}
