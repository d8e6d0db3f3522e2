// What a browser downloads of each public root, other people's packages left out.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

const common = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'node20',
  tsconfigRaw: {},
  logLevel: 'silent',
}

/** Leads each specifier of `files` to its file, and every other bare one out of the bundle. */
function leading(files) {
  return {
    name: 'leading',
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === 'entry-point') return undefined
        return files.get(path) ?? { path, external: true, sideEffects: false }
      })
    },
  }
}

/** Builds each package as it is published, modules joined to an entry a root; returns the built file of each root. */
async function buildRoots(house, folder) {
  const built = new Map()
  for (const { short, roots, sideEffects } of house.packages.filter((own) => own.roots.length > 0)) {
    const outdir = join(folder, short)
    const entries = roots.map(({ specifier, file }, at) => ({ specifier, in: file, out: `root-${at}` }))
    await build({
      ...common,
      entryPoints: entries.map(({ in: file, out }) => ({ in: file, out })),
      outdir,
      splitting: true,
      plugins: [leading(new Map())],
    })
    writeFileSync(join(outdir, 'package.json'), JSON.stringify({ sideEffects }))
    for (const { specifier, out } of entries) {
      built.set(specifier, { path: join(outdir, `${out}.js`), sideEffects: sideEffects !== false })
    }
  }
  return built
}

async function sizeOf(built, contents) {
  const { outputFiles, metafile } = await build({
    ...common,
    stdin: { contents, resolveDir: tmpdir() },
    minify: true,
    write: false,
    metafile: true,
    plugins: [leading(built)],
  })
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports.map(({ path }) => path))
  const { contents: bytes } = outputFiles[0]
  return { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, external: [...new Set(imports)].sort() }
}

/** Bytes of a minified bundle of each root, and of one small name of core. */
export async function bundleSizes(house) {
  const folder = mkdtempSync(join(tmpdir(), 'astronomaly-house-'))
  try {
    const built = await buildRoots(house, folder)
    const sizes = {}
    for (const specifier of built.keys()) sizes[specifier] = await sizeOf(built, `export * from '${specifier}'`)
    const small = 'export { ParameterError } from'
    sizes['ParameterError alone'] = await sizeOf(built, `${small} '@astronomaly/core'`)
    return sizes
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
