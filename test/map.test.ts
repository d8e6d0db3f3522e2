import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`)
const readmes = packages.map((folder) => `${folder}/README.md`)
const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', ...docs.map((name) => `docs/${name}`), ...readmes]

const textOf = (page: string): string => readFileSync(join(root, page), 'utf8')

/** Files and folders of this repository that a page links to, from its root. */
function linksOf(page: string): string[] {
  const targets = [...textOf(page).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)/gm)].map(
    ([, inline, named]) => inline ?? named,
  )
  return targets
    .filter((target): target is string => target !== undefined && !/^(\w+:|#)/.test(target))
    .map((target) => join(dirname(page), target.replace(/#.*$/, '')))
}

/** The folders below `folder` that hold sources, with itself. */
function sourceFolders(folder: string): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  const below = entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => sourceFolders(join(folder, name)))
  return entries.some(({ name }) => name.endsWith('.ts')) ? [folder, ...below] : below
}

/** The names that the code on a page imports from our packages and that they do not make public. */
function strangeImports(page: string): string[] {
  const imports = textOf(page).matchAll(/import (?:type )?\{([^}]+)\} from '@astronomaly\/([^']+)'/g)
  return [...imports].flatMap(([, names = '', entry = '']) => {
    const kept = join(root, 'test', 'public-names', `${entry.replace('/', '.')}.txt`)
    const known = existsSync(kept) ? readFileSync(kept, 'utf8').split('\n') : []
    const asked = names.split(',').map((name) => name.trim().replace(/^type /, ''))
    return asked.filter((name) => name !== '' && !known.includes(name)).map((name) => `${name} of ${entry}`)
  })
}

function filesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(root, join(parentPath, name)))
}

describe('the map of the house', () => {
  it('names every folder of sources', () => {
    const named = new Set(linksOf('docs/architecture.md'))
    const folders = packages.flatMap((folder) => sourceFolders(`${folder}/src`))
    expect(folders.filter((folder) => !named.has(folder))).toEqual([])
  })

  for (const page of ['README.md', 'docs/architecture.md']) {
    it(`names every package in ${page}`, () => {
      expect(linksOf(page)).toEqual(expect.arrayContaining(packages))
    })
  }

  it('names no source file that is gone', () => {
    const sources = packages.flatMap((folder) => filesIn(`${folder}/src`))
    const named = ['docs/architecture.md', 'docs/conventions.md'].flatMap((page) =>
      [...textOf(page).matchAll(/`([\w-]+\/[\w/-]+\.ts)`/g)].map(([, path]) => path as string),
    )
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((path) => !sources.some((source) => source.endsWith(`/${path}`)))).toEqual([])
  })

  for (const page of pages) {
    it(`leads from ${page} to what is there`, () => {
      expect(linksOf(page).filter((target) => !existsSync(join(root, target)))).toEqual([])
    })

    it(`shows code in ${page} that imports public names`, () => {
      expect(strangeImports(page)).toEqual([])
    })
  }

  for (const readme of readmes) {
    it(`can be reached from ${readme}`, () => {
      expect(linksOf(readme)).toEqual(expect.arrayContaining(['docs/architecture.md', 'docs/conventions.md']))
    })
  }
})
