import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Bytes of all files in a folder but those of other packages. */
function bytesIn(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.name !== 'node_modules' && !entry.isSymbolicLink())
    .map((entry) => join(folder, entry.name))
    .reduce((sum, path) => sum + (statSync(path).isDirectory() ? bytesIn(path) : statSync(path).size), 0)
}

/** Where `name` is for the package in `from`, as Node searches; undefined when it is not installed. */
function findPackage(name, from) {
  for (let folder = from; folder !== dirname(folder); folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name)
    if (existsSync(found)) return realpathSync(found)
  }
  return undefined
}

/** Bytes on disk of the package `name` and of all that it brings, by package; optional peers are not brought. */
export function installedSizes(name, from) {
  const sizes = new Map()
  const visit = (folder) => {
    const { name, version, dependencies, optionalDependencies } = JSON.parse(readFileSync(join(folder, 'package.json')))
    const key = `${name}@${version}`
    if (sizes.has(key)) return
    sizes.set(key, bytesIn(folder))
    for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const found = findPackage(dependency, folder)
      if (found !== undefined) visit(found)
    }
  }
  visit(findPackage(name, from))
  return sizes
}
