import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { definedOnly, describeValue, NotFoundError, ParameterError } from '@astronomaly/core'
import { packedEnding } from '@astronomaly/fits/bytes'
import { fileByteSource } from '@astronomaly/fits/node'
import type { MosaicInput } from './mosaic-image.ts'
import { type Mosaics, type OpenMosaicsOptions, openMosaics } from './mosaics.ts'

const mosaicName = new RegExp(`\\.fits?(${packedEnding.source}|$)`, 'i')

/** A mosaic on disk. */
export interface MosaicFile extends Pick<MosaicInput, 'hdu' | 'band'> {
  readonly path: string
}

/** Which files are mosaics. */
export interface ListMosaicFilesOptions {
  /**
   * Which files of a folder are mosaics: their paths below it, with `/` between parts, match this. What a group named `band` matches, such as
   * in `/_(?<band>[grz])\.fits$/`, is the file's band, in place of its header's; so it is of files that are named.
   * @defaultValue names that end in .fits or .fit, also with .fz, .gz or .bz2 behind
   */
  readonly match?: RegExp | undefined
}

/** How to open mosaics on disk. */
export interface OpenMosaicFilesOptions extends OpenMosaicsOptions, ListMosaicFilesOptions {}

/**
 * Opens mosaics on disk.
 *
 * @param files - Files, and folders, which are searched to their depths in the order of names.
 * @throws What `listMosaicFiles` and `openMosaics` throw.
 * @remarks Headers are read once, one file after another; later a file is opened when an object lies in it.
 */
export async function openMosaicFiles(
  files: string | readonly (string | MosaicFile)[],
  options: OpenMosaicFilesOptions = {},
): Promise<Mosaics> {
  const { match, ...rest } = options
  const listed = await listMosaicFiles(files, { match })
  const sources = new Map<string, MosaicInput['source']>()
  const inputs = listed.map(({ path, hdu, band }): MosaicInput => {
    if (!sources.has(path)) sources.set(path, () => fileByteSource(path))
    return { name: path, source: sources.get(path) as MosaicInput['source'], hdu, band }
  })
  return openMosaics(inputs, rest)
}

/**
 * The mosaics among files and in folders; none is opened.
 *
 * @throws NotFoundError when a path does not exist; ParameterError for a folder without mosaics, for no path, and for what is none.
 */
export async function listMosaicFiles(
  files: string | readonly (string | MosaicFile)[],
  options: ListMosaicFilesOptions = {},
): Promise<MosaicFile[]> {
  const { match = mosaicName } = options
  if (!(match instanceof RegExp)) {
    throw new ParameterError(`mosaics: match must be a regular expression. Received ${String(match)}.`)
  }
  const paths = typeof files === 'string' ? [files] : files
  if (!Array.isArray(paths) || paths.length === 0) {
    throw new ParameterError(`mosaics: must be paths, at least one. Received ${describeValue(files)}.`)
  }
  // A global expression would remember where it matched last.
  const own = new RegExp(match.source, match.flags.replace(/[gy]/g, ''))
  const found: MosaicFile[] = []
  for (const file of paths as readonly (string | MosaicFile)[]) {
    const named: MosaicFile = typeof file === 'string' ? { path: file } : file
    if (typeof named?.path !== 'string' || named.path === '') {
      throw new ParameterError(`mosaics: must be paths. Received ${describeValue(file)}.`)
    }
    if (await isFolder(named.path)) for (const one of await listFolder(named.path, own)) found.push(one)
    else found.push({ ...bandOf(own, named.path), ...definedOnly(named) })
  }
  return found
}

async function isFolder(path: string): Promise<boolean> {
  const kind = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause
    throw new NotFoundError(`mosaics: file or folder must exist. Received ${path}.`, { cause })
  })
  return kind.isDirectory()
}

async function listFolder(folder: string, match: RegExp): Promise<MosaicFile[]> {
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/')).sort()
  const found = names.filter((name) => match.test(name))
  if (found.length === 0) {
    throw new ParameterError(`mosaics: folder must hold files that match ${match}. Received ${folder}.`)
  }
  return found.map((name) => ({ path: join(folder, name), ...bandOf(match, name) }))
}

function bandOf(match: RegExp, name: string): { readonly band?: string } {
  const band = match.exec(name.replaceAll('\\', '/'))?.groups?.band
  return band ? { band } : {}
}
