import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { NotFoundError, ParameterError } from '@astronomaly/core'
import { fileByteSource } from '../bytes/file-byte-source.ts'
import type { MosaicInput } from './mosaic-image.ts'
import { type Mosaics, type OpenMosaicsOptions, openMosaics } from './mosaics.ts'

/** A mosaic on disk. */
export interface MosaicFile extends Pick<MosaicInput, 'hdu' | 'band'> {
  readonly path: string
}

/** How to open mosaics on disk. */
export interface OpenMosaicFilesOptions extends OpenMosaicsOptions {
  /**
   * Which files of a folder are mosaics: their paths below it, with `/` between parts, match this.
   * @defaultValue names that end in .fits, .fit, .fits.fz, .fits.gz
   */
  readonly match?: RegExp
}

/**
 * Opens mosaics on disk.
 *
 * @param files - A folder, which is searched to its depths in the order of names, or files.
 * @throws NotFoundError when a path does not exist; ParameterError for a folder without mosaics; what `openMosaics` throws.
 * @remarks Headers are read once, one file after another; later a file is opened when an object lies in it.
 */
export async function openMosaicFiles(
  files: string | readonly (string | MosaicFile)[],
  options: OpenMosaicFilesOptions = {},
): Promise<Mosaics> {
  const { match = /\.(fits?|fits\.(fz|gz))$/i, ...rest } = options
  if (!(match instanceof RegExp)) {
    throw new ParameterError(`openMosaicFiles: match must be a regular expression. Received ${String(match)}.`)
  }
  const listed = typeof files === 'string' ? await listFolder(files, match) : files
  const sources = new Map<string, MosaicInput['source']>()
  const inputs = listed.map((file): MosaicInput => {
    const { path, hdu, band } = typeof file === 'string' ? { path: file, hdu: undefined, band: undefined } : file
    if (!sources.has(path)) sources.set(path, () => fileByteSource(path))
    return {
      name: path,
      source: sources.get(path) as MosaicInput['source'],
      ...(hdu === undefined ? {} : { hdu }),
      ...(band === undefined ? {} : { band }),
    }
  })
  return openMosaics(inputs, rest)
}

async function listFolder(folder: string, match: RegExp): Promise<string[]> {
  const kind = await stat(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause
    throw new NotFoundError(`openMosaicFiles: folder must exist. Received ${folder}.`, { cause })
  })
  if (!kind.isDirectory()) return [folder]
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/')).sort()
  // A global expression would remember where it matched last.
  const own = new RegExp(match.source, match.flags.replace(/[gy]/g, ''))
  const found = names.filter((name) => own.test(name))
  if (found.length === 0) {
    throw new ParameterError(`openMosaicFiles: folder must hold files that match ${match}. Received ${folder}.`)
  }
  return found.map((name) => join(folder, name))
}
