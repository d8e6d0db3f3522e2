import { isAbsolute, relative } from 'node:path'

/** A word of a command line, quoted where the shell would read more into it: a POSIX shell, or on Windows cmd and PowerShell. */
export function shellWord(text: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return /^[\w./\\+@:=,-]+$/.test(text) ? text : `"${text.replaceAll('"', '""')}"`
  return /^[\w./+@:=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** A path as a word of a command that is given in the folder `from`: relative to it where it lies inside. */
export function pathWord(path: string, from?: string): string {
  if (from === undefined) return shellWord(path)
  const inside = relative(from, path)
  if (inside === '') return '.'
  if (inside.startsWith('..') || isAbsolute(inside)) return shellWord(path)
  return shellWord(inside.startsWith('-') ? `./${inside}` : inside)
}
