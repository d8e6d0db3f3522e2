import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describeValue, NotFoundError, ParameterError } from '@astronomaly/core'

/** What a mosaic's name ends in unless told otherwise. */
const usual = /\.(fits?|fits\.(fz|gz))$/i

/**
 * The files of paths of which some are folders, which are searched to their depths.
 *
 * @param match - Paths below a folder, with `/`, that are mosaics; files that are named are in any case.
 * @throws NotFoundError for a path that does not exist; ParameterError for a folder without mosaics, and for no path.
 */
export async function listMosaics(subject: string, paths: readonly string[], match: RegExp = usual): Promise<string[]> {
  if (!Array.isArray(paths) || paths.length === 0 || paths.some((path) => typeof path !== 'string' || path === '')) {
    throw new ParameterError(`${subject}: mosaics must be paths. Received ${describeValue(paths)}.`)
  }
  // A global expression would remember where it matched last.
  const own = new RegExp(match.source, match.flags.replace(/[gy]/g, ''))
  const files = new Set<string>()
  for (const path of paths) {
    const kind = await stat(path).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause
      throw new NotFoundError(`${subject}: mosaic must exist. Received ${path}.`, { cause })
    })
    if (!kind.isDirectory()) {
      files.add(path)
      continue
    }
    const names = (await readdir(path, { recursive: true })).map((name) => name.replaceAll('\\', '/')).sort()
    const found = names.filter((name) => own.test(name))
    if (found.length === 0) {
      throw new ParameterError(`${subject}: folder must hold files that match ${own}. Received ${path}.`)
    }
    for (const name of found) files.add(join(path, name))
  }
  return [...files]
}
