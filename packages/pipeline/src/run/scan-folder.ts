import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { NotFoundError, ParameterError } from '@astronomaly/core'
import { unpackedName } from '@astronomaly/fits/bytes'
import { objectIdOf } from '@astronomaly/io/node'
import { isAcquisitionFile } from '../acquire/acquisition-files.ts'

/** One object to be ranked and the file or files that show it. Its files are what it is; the id is a name for it. */
export interface SourceObject {
  /** Unique in the folder: the file's name without its ending, with the folders before it where several files have that name. */
  readonly id: string
  /** Paths relative to the folder, with `/`; one, or one for each band in the order of `bands`. */
  readonly files: readonly string[]
  /** Sizes in bytes and times of change of `files`, the identity of their content in cache keys. */
  readonly stamp: string
}

/** A file, object or label that the run goes on without, and why. */
export interface Rejection {
  readonly id: string
  readonly file: string
  /** Where it was found out. */
  readonly stage: 'scan' | 'features' | 'labels'
  readonly reason: string
}

/** What a folder holds. */
export interface FolderScan {
  /** Sorted by id (code units). */
  readonly objects: readonly SourceObject[]
  readonly rejected: readonly Rejection[]
}

/** How to scan a folder. */
export interface ScanOptions {
  /**
   * File name of one band's picture, with `{id}` and `{band}`, such as `'{id}_{band}.fits'`.
   * @defaultValue one file holds all bands
   */
  readonly bandPattern?: string | undefined
  /** Names that `{band}` takes, in channel order, such as `['g', 'r', 'z']`. */
  readonly bands?: readonly string[] | undefined
  /** Absolute paths that are not part of the data, such as the run directory and the catalogue. */
  readonly exclude?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
}

/** What the name of a picture ends in, but for how it is packed. */
const imageName = /\.(png|jpe?g|tiff?|webp|fits?|fts)$/i

/** Whether a name ends as pictures do, also packed ones. */
export function isPictureName(name: string): boolean {
  return imageName.test(unpackedName(name))
}

/**
 * The object's name that a file gives it: the file's name without folder, extension and white space around it. Where `objectFileName` wrote
 * a character as `%XX`, it is that character again.
 */
export function idOfFile(file: string): string {
  const name = unpackedName(basename(file))
    .replace(/\.[^.]+$/, '')
    .trim()
  return objectIdOf(name)?.trim() ?? name
}

function compileBandPattern(pattern: string, bands: readonly string[] | undefined): RegExp {
  const parts = pattern.split(/(\{id\}|\{band\})/)
  if (parts.filter((p) => p === '{id}').length !== 1 || parts.filter((p) => p === '{band}').length !== 1) {
    throw new ParameterError(`rank: bandPattern must hold {id} and {band} once each. Received '${pattern}'.`)
  }
  if (!bands?.length) throw new ParameterError(`rank: bandPattern needs bands, such as g,r,z. Received none.`)
  if (new Set(bands).size < bands.length)
    throw new ParameterError(`rank: bands must differ. Received ${bands.join(', ')}.`)
  const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const source = parts
    .map((p) => (p === '{id}' ? '(?<id>.+)' : p === '{band}' ? `(?<band>${bands.map(literal).join('|')})` : literal(p)))
    .join('')
  return new RegExp(`^${source}$`)
}

/** A file of the folder, or something that is not looked at, and why. */
interface FoundFile {
  /** Relative to the folder, with `/`. */
  readonly file: string
  readonly reason?: string
}

async function listFiles(folder: string, exclude: ReadonlySet<string>, signal?: AbortSignal): Promise<FoundFile[]> {
  const files: FoundFile[] = []
  const pending = [folder]
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    signal?.throwIfAborted()
    const named = (path: string): string => relative(folder, path).split(sep).join('/')
    const entries = await readdir(current, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (current === folder) throw error
      files.push({ file: named(current as string), reason: `folder cannot be read (${error.code ?? error.message})` })
      return []
    })
    for (const entry of entries) {
      const path = join(current, entry.name)
      if (exclude.has(path) || isAcquisitionFile(entry.name)) continue
      if (entry.isDirectory()) pending.push(path)
      else if (entry.isSymbolicLink() && (await stat(path).catch(() => undefined))?.isDirectory()) {
        files.push({ file: named(path), reason: 'a link to a folder: such links are not followed' })
      } else files.push({ file: named(path) })
    }
  }
  return files.sort((a, b) => byCodeUnits(a.file, b.file))
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** A path's folder with a `/` at its end; empty for the ranked folder itself. */
function folderOf(file: string): string {
  return file.slice(0, file.lastIndexOf('/') + 1)
}

/** A folder without its part that names the band, such as `g` or `decam_g`; undefined where none does. */
function withoutBand(folder: string, band: string): string | undefined {
  const words = (part: string): readonly string[] => part.toLowerCase().split(/[^a-z0-9]+/)
  const parts = folder.split('/')
  const at = parts.findIndex((part) => words(part).includes(band.toLowerCase()))
  return at < 0 ? undefined : parts.filter((_, i) => i !== at).join('/')
}

/** Objects before their files were looked at. */
type NamedFiles = { readonly id: string; readonly files: readonly string[] }[]

/**
 * One object a file: its path tells it from all others, and its id is the file's name, with the folders before it where another
 * folder has a file of that name. Of one name in one folder the FITS file counts; a rendering that lies beside its original is none.
 */
function nameFiles(pictures: readonly string[], reject: (file: string, reason: string) => void): NamedFiles {
  const originals = new Map(pictures.map((file) => [unpackedName(file), file]))
  const owners = new Map<string, string>()
  const stems = new Map<string, string[]>()
  const isFits = (file: string): boolean => /\.f(its?|ts)\b/i.test(file)
  for (const file of [...pictures].sort((a, b) => Number(isFits(b)) - Number(isFits(a)) || byCodeUnits(a, b))) {
    const original = file.replace(/\.[^.]+$/, '')
    const stem = idOfFile(file)
    const place = JSON.stringify([folderOf(file), stem])
    const owner = owners.get(place)
    const rendered = unpackedName(file) === file ? originals.get(unpackedName(original)) : undefined
    if (rendered !== undefined) reject(file, `a rendering of ${rendered}, which lies beside it`)
    else if (owner !== undefined) reject(file, `duplicate id '${stem}': ${owner} has it already`)
    else {
      owners.set(place, file)
      const same = stems.get(stem)
      if (same) same.push(file)
      else stems.set(stem, [file])
    }
  }
  const ids = [...stems].flatMap(([stem, files]) =>
    files.map((file) => [file, files.length === 1 ? stem : folderOf(file) + stem] as const),
  )
  // A name such as a%2Fb stands for a/b, which can be the path of another.
  const taken = new Map<string, string>()
  for (const [file, id] of ids.sort((a, b) => byCodeUnits(a[0], b[0]))) taken.set(taken.has(id) ? file : id, file)
  return [...taken].map(([id, file]) => ({ id, files: [file] }))
}

/**
 * One object an id, its files in the order of the bands, wherever they lie. Where any id has two files of one band, folders tell objects apart:
 * those of the files, without the part of a folder's path that names its band where each folder holds one.
 */
function groupBands(
  pictures: readonly string[],
  pattern: RegExp,
  text: string,
  bands: readonly string[],
  reject: (file: string, reason: string) => void,
): NamedFiles {
  const parts: { readonly file: string; readonly id: string; readonly band: string }[] = []
  for (const file of pictures) {
    const groups = pattern.exec(basename(file))?.groups
    if (groups) parts.push({ file, id: groups.id as string, band: groups.band as string })
    else reject(file, `name does not follow the band pattern ${text}`)
  }
  const bandOf = new Map<string, string>()
  const oneBandEach = parts.every(({ file, band }) => {
    const folder = folderOf(file)
    const known = bandOf.get(folder) ?? band
    bandOf.set(folder, known)
    return known === band
  })
  const isUnique = new Set(parts.map(({ id, band }) => JSON.stringify([id, band]))).size === parts.length
  const groups = new Map<string, { readonly id: string; readonly folder: string; readonly files: string[] }>()
  for (const { file, id, band } of parts) {
    const own = folderOf(file)
    const folder = isUnique ? '' : oneBandEach ? (withoutBand(own, band) ?? own.replace(/[^/]+\/$/, '')) : own
    const place = JSON.stringify([folder, id])
    const group = groups.get(place) ?? { id, folder, files: new Array<string>(bands.length).fill('') }
    groups.set(place, group)
    const index = bands.indexOf(band)
    if (group.files[index]) reject(file, `duplicate band ${band} of '${id}': ${group.files[index]} has it already`)
    else group.files[index] = file
  }
  const uses = new Map<string, number>()
  for (const { id } of groups.values()) uses.set(id, (uses.get(id) ?? 0) + 1)
  return [...groups.values()].map(({ id, folder, files }) => ({ id: uses.get(id) === 1 ? id : folder + id, files }))
}

/** @throws NotFoundError when the folder does not exist or is no folder. */
export async function checkFolder(folder: string): Promise<void> {
  const kind = await stat(folder).catch((cause) => {
    throw new NotFoundError(`rank: folder must exist. Received ${folder}.`, { cause })
  })
  if (!kind.isDirectory()) throw new NotFoundError(`rank: folder must be a folder. Received ${folder}.`)
}

/**
 * Lists the objects that a folder and its subfolders show.
 *
 * @returns Every file is either part of an object or rejected with its reason: nothing is passed over but the journals and locks that
 * `downloadPictures` and `cutPictures` keep beside their pictures.
 * @throws NotFoundError when the folder does not exist or is no folder.
 * @remarks Reads no file's content. O(files) memory.
 */
export async function scanFolder(folder: string, options: ScanOptions = {}): Promise<FolderScan> {
  const root = resolve(folder)
  await checkFolder(folder)
  if (options.bands && options.bandPattern === undefined) {
    throw new ParameterError(
      `rank: bands need a bandPattern that says where they stand. Received ${options.bands.join(', ')}.`,
    )
  }
  const pattern = options.bandPattern === undefined ? undefined : compileBandPattern(options.bandPattern, options.bands)
  const files = await listFiles(root, new Set(options.exclude?.map((path) => resolve(path))), options.signal)
  const rejected: Rejection[] = []
  const reject = (file: string, reason: string): void => {
    rejected.push({ id: idOfFile(file), file, stage: 'scan', reason })
  }
  const pictures: string[] = []
  for (const { file, reason } of files) {
    if (reason !== undefined) reject(file, reason)
    else if (!isPictureName(file)) {
      reject(file, 'not an image: name must end in .fits (.gz, .bz2, .fz), .png, .jpg, .jpeg, .tif or .webp')
    } else if (idOfFile(file) === '') reject(file, 'name must be more than an ending')
    else pictures.push(file)
  }
  const found = pattern
    ? groupBands(pictures, pattern, options.bandPattern as string, options.bands ?? [], reject)
    : nameFiles(pictures, reject)
  const objects: SourceObject[] = []
  for (const { id, files: own } of found.sort((a, b) => byCodeUnits(a.id, b.id))) {
    options.signal?.throwIfAborted()
    const missing = options.bands?.filter((_, i) => pattern && !own[i]) ?? []
    if (pattern && missing.length > 0) {
      for (const file of own.filter(Boolean))
        rejected.push({ id, file, stage: 'scan', reason: `lacks band ${missing.join(', ')}` })
      continue
    }
    const stats = await Promise.all(own.map((file) => stat(join(root, file)).catch(() => undefined)))
    const gone = stats.findIndex((s) => !s?.isFile())
    if (gone >= 0) {
      rejected.push({ id, file: own[gone] as string, stage: 'scan', reason: 'not a readable file' })
      continue
    }
    objects.push({ id, files: own, stamp: stats.map((s) => `${s?.size}:${s?.mtimeMs}`).join(',') })
  }
  return { objects, rejected }
}
