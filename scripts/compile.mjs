import { rmSync } from 'node:fs'
import { basename, join } from 'node:path'

/** Bundles TypeScript files of one folder's package for Node; what they import from packages stays outside. Returns the new files. */
export async function compile(packageFolder, files) {
  const { build } = await import('esbuild')
  const outdir = join(packageFolder, '.cache')
  rmSync(outdir, { recursive: true, force: true })
  await build({
    entryPoints: files,
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    packages: 'external',
    logLevel: 'warning',
  })
  return files.map((file) => join(outdir, basename(file).replace(/\.ts$/, '.mjs')))
}
