import { hash } from 'node:crypto'

/** How files are spread over folders: 4096 of them by the id's hash, or none. */
export type DownloadLayout = 'sharded' | 'flat'

/** Longest file name without its extension, in bytes: with an extension it stays below the 255 of common file systems. */
const longestName = 200

/**
 * The file name of an object, without an extension: one that every common file system takes, and that names no other folder.
 *
 * @returns The id itself where it has only letters, digits and `_`, `+`, `-`, `.`; else with its other UTF-8 bytes as `%XX`. So is a first
 * dot, and the first letter of names that Windows reserves. Undefined when the id is empty, not well-formed Unicode, or its name
 * would be longer than 200 bytes.
 * @remarks Different ids have different names. Names that differ in nothing but upper and lower case are one file to some systems.
 */
export function objectFileName(id: string): string | undefined {
  if (id === '' || id.length > longestName || !id.isWellFormed()) return undefined
  let name = encodeURIComponent(id)
    .replace(/[!'()*~]/g, (character) => percent(character))
    .replaceAll('%2B', '+')
    .replace(/^\./, '%2E')
  if (/^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\.|$)/i.test(name)) name = percent(name[0]!) + name.slice(1)
  return name.length > longestName ? undefined : name
}

/** The id of a file name that {@link objectFileName} gave; undefined when it gave no such name. */
export function objectIdOf(name: string): string | undefined {
  try {
    const id = decodeURIComponent(name)
    return objectFileName(id) === name ? id : undefined
  } catch {
    return undefined
  }
}

/**
 * The path of an object below the download's folder, without extension, with `/` between its parts; undefined when it has none.
 *
 * @remarks Sharded: the first three hexadecimal digits of the id's SHA-256 (UTF-8) name the folder, so four million objects make 4096
 * folders of a thousand.
 */
export function objectPath(id: string, layout: DownloadLayout): string | undefined {
  const name = objectFileName(id)
  return name === undefined || layout === 'flat' ? name : `${hash('sha256', id, 'hex').slice(0, 3)}/${name}`
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
