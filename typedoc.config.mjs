import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openHouse } from './scripts/house/public-names.mjs'

const root = fileURLToPath(new URL('.', import.meta.url))

export default {
  name: 'Astronomaly for TypeScript',
  // What the packages export.
  entryPoints: openHouse(root).packages.flatMap(({ roots }) => roots.map(({ file }) => relative(root, file))),
  tsconfig: 'tsconfig.json',
  out: 'docs/api',
  readme: 'README.md',
  excludePrivate: true,
  excludeInternal: true,
  skipErrorChecking: true,
  validation: { notExported: true, invalidLink: true, invalidPath: false },
}
