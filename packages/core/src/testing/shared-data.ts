import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

function findShared(): string | undefined {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    const candidate = resolve(folder, '..', 'shared')
    if (existsSync(join(candidate, 'golden', 'README.md'))) return candidate
    if (dirname(folder) === folder) return undefined
  }
}

const folder = findShared()

/** Whether the shared data stand beside the project. Always true to tests when `CI` is set, so that they fail and do not skip. */
export const hasShared: boolean = folder !== undefined || Boolean(process.env.CI)

/** Absolute path of a file or folder under the shared data. @throws Error when they are missing. */
export function sharedFile(path: string): string {
  if (!folder) throw new Error(`shared data not found beside the project: needs ../shared/${path}`)
  return join(folder, path)
}
