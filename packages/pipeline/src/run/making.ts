import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

/** What made something, and when. */
export interface Making {
  /** Version of `@astronomaly/pipeline`. */
  readonly version: string
  /** Commit of the sources that it was built from, with `+` where they had been changed; null when unknown. */
  readonly commit: string | null
  /** ISO 8601, UTC. */
  readonly date: string
  /** Version of Node. */
  readonly node: string
}

const require = createRequire(import.meta.url)

/** Packages whose versions a run remembers. */
const packages = ['core', 'fits', 'io', 'features', 'iforest', 'active-learning', 'pipeline'] as const

function versionOf(name: (typeof packages)[number]): string {
  return (require(`@astronomaly/${name}/package.json`) as { version: string }).version
}

/** Written beside the built code; absent where the sources run as they are. */
function builtFrom(): string | null {
  const path = new URL('./commit.json', import.meta.url)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as { commit: string | null }).commit : null
}

/** The present code, here and now. */
export function making(): Making {
  const date = new Date().toISOString()
  return { version: versionOf('pipeline'), commit: builtFrom(), date, node: process.versions.node }
}

/** The versions of the packages that make a run. */
export function packageVersions(): Readonly<Record<(typeof packages)[number], string>> {
  return Object.fromEntries(packages.map((name) => [name, versionOf(name)])) as never
}

/** The papers to cite for a ranking. */
export const citation =
  'Etsebeth et al. 2024, MNRAS 529, 732, doi:10.1093/mnras/stae496; Lochner & Bassett 2021, Astron. Comput. 36, 100481, doi:10.1016/j.ascom.2021.100481'
