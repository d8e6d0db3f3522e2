import { basename, dirname, relative, resolve, sep } from 'node:path'
import { idOfFile, isPictureName } from './scan-folder.ts'

/** What has an id and files: an object. Its path is what it is; the id is a name for it. */
export interface NamedObject {
  readonly id: string
  /** Paths relative to the ranked folder, with `/`. */
  readonly files: readonly string[]
}

/** The object that a name means, or why there is none. */
export type FoundObject<T extends NamedObject> =
  | { readonly object: T }
  | {
      readonly object?: undefined
      readonly reason: string
      /** Nothing has that name; else several have it. */
      readonly isUnknown: boolean
    }

/** Names of columns that hold files and nothing else. */
export const sureFileColumnNames: readonly string[] = ['file', 'filename', 'file_name']

/** Names of columns that hold files where nothing else names the objects. */
export const fileColumnNames: readonly string[] = [...sureFileColumnNames, 'path', 'image', 'picture_file']

/** Where the paths of a table may start, beside the ranked folder. */
export interface ObjectFinderOptions {
  /** The ranked folder, absolute. */
  readonly folder: string
  /** The table that the names stand in: its paths may be relative to its own folder. */
  readonly table?: string | undefined
  /** All names that will be looked up: where their paths start is decided once for the table, never name by name. */
  readonly names: Iterable<string>
}

/** Finds objects by the names that tables give them. */
export interface ObjectFinder<T extends NamedObject> {
  /** By path, or by a file's full name. A name with folders never means a file of another folder. */
  byFile(name: string): FoundObject<T>
  /** By file as {@link ObjectFinder.byFile}, else by the file's name without its ending, else by id. */
  byName(name: string): FoundObject<T>
  /** By id, else as {@link ObjectFinder.byName}. */
  byId(id: string): FoundObject<T>
}

/** Several objects of one name: the name alone does not tell which is meant. */
class Ambiguous<T extends NamedObject> {
  readonly objects: T[] = []
}

type Index<T extends NamedObject> = Map<string, T | Ambiguous<T>>

function add<T extends NamedObject>(index: Index<T>, name: string, object: T): void {
  const known = index.get(name)
  if (known === undefined || known === object) index.set(name, object)
  else if (known instanceof Ambiguous) known.objects.push(object)
  else {
    const both = new Ambiguous<T>()
    both.objects.push(known, object)
    index.set(name, both)
  }
}

/** With `/` between its parts and without `./`: also a path that Windows wrote. */
function plain(name: string): string {
  const slashed = name.includes('/') ? name : name.replaceAll('\\', '/')
  return slashed.replace(/^(\.\/+)+/, '').replace(/\/{2,}/g, '/')
}

/** Ancestors of all paths: of `a/b/c.png` and `a/b/d/e.png` `a/b/` and `a/`, the longest first. */
function ancestors(paths: readonly string[]): string[] {
  let common = paths[0]?.split('/').slice(0, -1) ?? []
  for (const path of paths) {
    const parts = path.split('/')
    let same = 0
    while (same < common.length && same < parts.length - 1 && common[same] === parts[same]) same++
    common = common.slice(0, same)
  }
  return Array.from({ length: common.length }, (_, i) => `${common.slice(0, common.length - i).join('/')}/`)
}

/** How the paths of a table become paths of the ranked folder: the first way that finds the most of them, for all alike. */
function pathReader(files: ReadonlySet<string>, options: ObjectFinderOptions): (path: string) => string | undefined {
  const paths = [...new Set(Array.from(options.names, plain).filter((name) => name.includes('/')))]
  if (paths.length === 0) return (path) => path
  const from = (base: string) => (path: string) => relative(options.folder, resolve(base, path)).split(sep).join('/')
  // A survey that was moved: below its old root the paths are the same. Where the folder has no folders of its own, only its name can tell the root.
  const isRoot = (start: string): boolean => {
    if (basename(start) === basename(options.folder)) return true
    const below = paths.filter((path) => path.startsWith(start)).map((path) => path.slice(start.length))
    return below.some((path) => path.includes('/') && files.has(path))
  }
  const ways: ((path: string) => string | undefined)[] = [
    (path) => path,
    from(options.folder),
    ...(options.table === undefined ? [] : [from(dirname(resolve(options.table)))]),
    ...ancestors(paths)
      .filter(isRoot)
      .map((start) => (path: string) => (path.startsWith(start) ? path.slice(start.length) : undefined)),
  ]
  const hits = ways.map((way) => paths.filter((path) => files.has(way(path) ?? '')).length)
  return ways[hits.indexOf(Math.max(...hits))]!
}

/**
 * A finder for the objects of a folder.
 *
 * @remarks O(objects + names) memory.
 */
export function objectFinder<T extends NamedObject>(
  objects: readonly T[],
  options: ObjectFinderOptions,
): ObjectFinder<T> {
  const byPath = new Map<string, T>()
  const byBase: Index<T> = new Map()
  const byStem: Index<T> = new Map()
  const byOwnId: Index<T> = new Map()
  for (const object of objects) {
    add(byOwnId, object.id, object)
    for (const file of object.files) {
      byPath.set(file, object)
      add(byBase, file.slice(file.lastIndexOf('/') + 1), object)
      add(byStem, idOfFile(file), object)
    }
  }
  const pathOf = pathReader(new Set(byPath.keys()), options)
  const meant = (name: string, found: T | Ambiguous<T> | undefined): FoundObject<T> | undefined => {
    if (found instanceof Ambiguous) {
      const [a, b] = found.objects
      const more = found.objects.length > 2 ? ` and ${found.objects.length - 2} more` : ''
      const reason = `'${name}' means ${a?.files[0]} as well as ${b?.files[0]}${more}: give the path`
      return { reason, isUnknown: false }
    }
    return found && { object: found }
  }
  const asFile = (given: string): FoundObject<T> | undefined => {
    const name = plain(given)
    const exact = byPath.get(name)
    if (exact) return { object: exact }
    if (!name.includes('/')) return meant(name, byBase.get(name))
    const object = byPath.get(pathOf(name) ?? '')
    return object ? { object } : undefined
  }
  const asName = (given: string): FoundObject<T> | undefined => {
    const file = asFile(given)
    if (file || plain(given).includes('/')) return file ?? meant(given, byOwnId.get(given))
    // Only the ending of a picture is cut off: what stands behind a point in an id is part of it.
    const stem = isPictureName(given) ? idOfFile(given) : given
    return meant(given, byOwnId.get(given)) ?? meant(given, byStem.get(given)) ?? meant(given, byStem.get(stem))
  }
  const orNone = (name: string, found: FoundObject<T> | undefined): FoundObject<T> =>
    found ?? {
      reason: plain(name).includes('/')
        ? `no picture of the path '${name}' in the folder`
        : `no picture in the folder for '${name}'`,
      isUnknown: true,
    }
  return {
    byFile: (name) => orNone(name, asFile(name)),
    byName: (name) => orNone(name, asName(name)),
    byId: (id) => orNone(id, meant(id, byOwnId.get(id)) ?? asName(id)),
  }
}
