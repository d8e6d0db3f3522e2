// The entries of worker threads, packages/*/src/**/*-worker.ts: each becomes one module that stands by itself, beside the file that names
// it as new URL('./x-worker.js', import.meta.url). In the build that is in dist (tsup.preset.ts); for tests, which run the sources on a
// Node that knows no TypeScript, beside the source (a global setup of vitest, ignored by git).
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

/**
 * What is ours is taken from its sources, but for the engines of networks, which are loaded when asked for. What is installed stays outside.
 *
 * @param located - Whether it is named by its file: a package of another folder could not be found by its name.
 */
function oursOnly(located) {
  const isSeen = Symbol('seen')
  return {
    name: 'ours-only',
    setup(context) {
      context.onResolve({ filter: /\/engines\/\w+\.ts$/ }, ({ path }) => ({ path, external: true }))
      context.onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind === 'entry-point' || pluginData === isSeen || path.startsWith('@astronomaly/')) return undefined
        if (!located || path.startsWith('node:')) return { path, external: true }
        const found = await context.resolve(path, { kind, importer, resolveDir, pluginData: isSeen })
        // What is optional may not be there.
        return { path: found.errors.length > 0 ? path : pathToFileURL(found.path).href, external: true }
      })
    },
  }
}

async function bundleWorker(source, output, located) {
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'node20',
    platform: 'neutral',
    conditions: ['@astronomaly/source'],
    plugins: [oursOnly(located)],
    logLevel: 'warning',
  })
  const [{ text }] = outputFiles
  // Whoever looks for sources newer than what was built of them finds only true changes.
  if (!existsSync(output) || readFileSync(output, 'utf8') !== text) writeFileSync(output, text)
}

function filesBelow(folder, ending) {
  return readdirSync(folder, { recursive: true })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path))
}

/** Bundles the workers of a package beside the built files that name them, where the build itself has not made them. */
export async function bundleWorkersInto(dist, src) {
  const sources = filesBelow(src, '-worker.ts')
  for (const file of filesBelow(dist, '.js')) {
    for (const [, name] of readFileSync(file, 'utf8').matchAll(
      /new URL\("\.\/([\w-]+-worker)\.js", import\.meta\.url\)/g,
    )) {
      const output = join(dirname(file), `${name}.js`)
      const source = sources.find((path) => basename(path) === `${name}.ts`)
      if (!source) throw new Error(`${file}: ${name}.ts must be among the sources.`)
      if (!existsSync(output)) await bundleWorker(source, output, false)
    }
  }
}

/** What vitest calls before the tests: bundles all workers, those of tests too, beside their sources. */
export async function setup() {
  const packages = join(import.meta.dirname, '..', 'packages')
  const folders = readdirSync(packages).flatMap((name) => ['src', 'test'].map((part) => join(packages, name, part)))
  const sources = folders.filter(existsSync).flatMap((folder) => filesBelow(folder, '-worker.ts'))
  await Promise.all(sources.map((source) => bundleWorker(source, source.replace(/\.ts$/, '.js'), true)))
}
