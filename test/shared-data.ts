import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

function findShared(): string | undefined {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, '..', 'shared')
    if (existsSync(join(candidate, 'golden', 'README.md'))) return candidate
    if (dirname(folder) === folder) return undefined
  }
}

const folder = findShared()

/** Whether the shared data stand beside the project. Always true when `CI` is set, so that tests fail there and do not skip. */
export const hasShared: boolean = folder !== undefined || Boolean(process.env.CI)

/** Absolute path of a file or folder under the shared data. @throws Error when they are missing. */
export function sharedFile(path: string): string {
  if (!folder) throw new Error(`shared data not found beside the project: needs ../shared/${path}`)
  return join(folder, path)
}
