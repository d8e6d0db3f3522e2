import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const packages = fileURLToPath(new URL('../packages', import.meta.url))

/** The floors of the house: a package imports lower floors only, never its own. */
const floors: readonly (readonly string[])[] = [
  ['core'],
  ['fits', 'features', 'iforest', 'active-learning'],
  ['io'],
  ['survey', 'simulate'],
  ['pipeline'],
  ['cli'],
]

/** Packages that work in a browser: all but those that put the others together. */
const libraries = floors.slice(0, 4).flat()

/** Packages that a build puts inside ours, so that no one installs them. */
const bundled: Readonly<Record<string, readonly string[]>> = {
  features: [
    '@tensorflow/tfjs-backend-wasm',
    '@tensorflow/tfjs-converter',
    '@tensorflow/tfjs-core',
    '@tensorflow/tfjs-layers',
    'onnxruntime-web',
  ],
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? sources(path) : path.endsWith('.ts') ? [path] : []
  })
}

/** A TypeScript file without its comments. */
function codeOf(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/^\s*\/\/.*$/gm, '')
}

/** What a TypeScript file imports, statically or not; `typeof import(…)` is a type and leaves nothing behind. */
function importsOf(path: string): string[] {
  return [...codeOf(path).matchAll(/(?<!\btypeof )\b(?:from|import)\s*\(?\s*'([\w@.:/-]+)'/g)].map(
    (match) => match[1] as string,
  )
}

function ownPackage(specifier: string): string | undefined {
  return /^@astronomaly\/([^/]+)/.exec(specifier)?.[1]
}

/** Files that a root entry reaches by relative imports. */
function reachable(entry: string, seen = new Set<string>()): Set<string> {
  if (seen.has(entry)) return seen
  seen.add(entry)
  for (const specifier of importsOf(entry)) if (specifier.startsWith('.')) reachable(join(entry, '..', specifier), seen)
  return seen
}

/** The source files of a package's public entries that browsers may load. */
function browserEntries(name: string): string[] {
  const { exports } = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'))
  return Object.entries(exports as Record<string, Record<string, string> | string>).flatMap(([path, target]) =>
    typeof target === 'string' || /^\.\/(node|testing)$/.test(path)
      ? []
      : [join(packages, name, target['@astronomaly/source'] as string)],
  )
}

describe('the arrows between packages', () => {
  it('cover every package', () => {
    expect(readdirSync(packages).sort()).toEqual(floors.flat().sort())
  })

  const storeys = floors.flatMap((floor, height) => floor.map((name) => ({ name, height })))
  for (const { name, height } of storeys) {
    it(`of ${name} lead to floors below ${height}`, () => {
      const allowed = floors.slice(0, height).flat()
      const manifest = JSON.parse(readFileSync(join(packages, name, 'package.json'), 'utf8'))
      const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
      const inside = bundled[name] ?? []
      expect(inside.filter((dependency) => dependencies.includes(dependency))).toEqual([])
      expect(Object.keys(manifest.devDependencies ?? {})).toEqual(expect.arrayContaining([...inside]))
      expect(dependencies.map(ownPackage).filter((own) => own !== undefined && !allowed.includes(own))).toEqual([])
      for (const file of sources(join(packages, name, 'src'))) {
        for (const specifier of importsOf(file)) {
          const own = ownPackage(specifier)
          if (own !== undefined && own !== name) expect(allowed, `${file} imports ${specifier}`).toContain(own)
          else if (!specifier.startsWith('.') && !specifier.startsWith('node:')) {
            const dependency = specifier
              .split('/')
              .slice(0, specifier.startsWith('@') ? 2 : 1)
              .join('/')
            const known = [manifest.name, ...dependencies, ...inside].includes(dependency)
            expect(known, `${file} imports ${specifier}, which package.json does not name`).toBe(true)
          }
        }
      }
    })
  }

  for (const name of libraries) {
    it(`keep Node out of every entry of ${name} but ./node and ./testing, so that it works in a browser`, () => {
      const found = browserEntries(name)
        .flatMap((entry) => [...reachable(entry)])
        .flatMap((file) =>
          importsOf(file)
            .filter((specifier) => specifier.startsWith('node:') || ['sharp', 'onnxruntime-node'].includes(specifier))
            .map((specifier) => `${file} imports ${specifier}`),
        )
      expect(found).toEqual([])
    })
  }

  for (const [name, inside] of Object.entries(bundled)) {
    it(`bring the packages inside ${name} in with its engines alone, so that nothing else grows by them`, () => {
      const loose = new RegExp(`^import (?!type ).*'(${inside.join('|')})|import\\('(${inside.join('|')})`, 'm')
      const files = sources(join(packages, name, 'src')).filter((file) => loose.test(codeOf(file)))
      const folder = join(packages, name, 'src', 'encoders', 'node', 'engines')
      expect(files.map((file) => join(file, '..'))).toEqual(files.map(() => folder))
      expect(files.length).toBeGreaterThan(0)
    })
  }

  it('between files never lead back, types included', () => {
    const circles: string[] = []
    const done = new Set<string>()
    const visit = (file: string, path: readonly string[]): void => {
      const at = path.indexOf(file)
      if (at >= 0) circles.push([...path.slice(at), file].map((own) => own.slice(packages.length + 1)).join(' -> '))
      if (at >= 0 || done.has(file)) return
      for (const specifier of importsOf(file))
        if (specifier.startsWith('.')) visit(join(file, '..', specifier), [...path, file])
      done.add(file)
    }
    for (const name of floors.flat()) for (const file of sources(join(packages, name, 'src'))) visit(file, [])
    expect(circles).toEqual([])
  })

  it('leave no randomness without a seed, no console and no untyped error in a library', () => {
    const quiet = floors.flat().filter((name) => name !== 'cli')
    const found = quiet.flatMap((name) =>
      sources(join(packages, name, 'src')).filter(
        (file) => !file.includes('/testing/') && /Math\.random|console\.|throw new Error\(/.test(codeOf(file)),
      ),
    )
    expect(found).toEqual([])
  })

  for (const name of ['core', 'iforest']) {
    it(`use no function of Math in ${name} whose last bit is the engine's choice`, () => {
      const loose =
        /Math\.(log|log2|log10|log1p|exp|expm1|pow|cbrt|hypot|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh)\(/
      const files = sources(join(packages, name, 'src'))
      expect(files.filter((file) => !file.includes('/testing/') && loose.test(codeOf(file)))).toEqual([])
    })
  }
})
