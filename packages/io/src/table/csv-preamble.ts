import { plainNumberOf } from './text-values.ts'

/** The lines that begin with `#` before a table, and the table. */
export interface SplitText {
  /** Without the `#`. */
  readonly preamble: readonly string[]
  readonly body: string
  /** Number of the first line of `body`, 1-based. */
  readonly firstLine: number
}

/** Splits comments and blank lines from the table that follows. */
export function splitPreamble(text: string): SplitText {
  const preamble: string[] = []
  let start = 0
  let lines = 0
  while (start < text.length) {
    const line = firstLineOf(text, start)
    if (line.startsWith('#')) preamble.push(line.slice(1))
    else if (line.trim() !== '') break
    const end = start + line.length
    start = end + (text.startsWith('\r\n', end) ? 2 : 1)
    lines++
  }
  return { preamble, body: text.slice(start), firstLine: lines + 1 }
}

/** The line of `text` that begins at `start`, without its end. */
export function firstLineOf(text: string, start = 0): string {
  const end = /[\r\n]/g
  end.lastIndex = start
  return text.slice(start, end.exec(text)?.index ?? text.length)
}

/** Far more than a header has: where a delimiter is looked for. */
export const headerReach: number = 2 ** 16

/** Tab when the header has one outside quotes, else the one of comma and semicolon that it has more of; comma when equal. */
export function guessDelimiter(body: string): string {
  const bare = firstLineOf(body.slice(0, headerReach).replace(/"[^"]*"/g, ''))
  if (bare.includes('\t')) return '\t'
  return bare.split(';').length > bare.split(',').length ? ';' : ','
}

/** The header that stands in the last comment, when the line after it has numbers and as many cells; else undefined. */
export function commentedHeader(preamble: readonly string[], body: string, separator: string): string[] | undefined {
  const names = preamble.at(-1)?.trim().split(separator)
  const cells = firstLineOf(body).split(separator)
  const isData = cells.some((cell) => !Number.isNaN(plainNumberOf(cell) ?? Number.NaN))
  return names && names.length > 1 && names.length === cells.length && isData ? names : undefined
}
