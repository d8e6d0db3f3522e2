import type { FitsCard, FitsValue } from './fits-card.ts'

/** A card, and whether its string goes on in a following CONTINUE card. */
export interface ParsedCard {
  readonly card: FitsCard
  readonly continues: boolean
}

const commentaryKeywords = new Set(['COMMENT', 'HISTORY', ''])
const integer = /^[+-]?\d+$/
const real = /^[+-]?(\d+\.?\d*|\.\d+)([EDed][+-]?\d+)?$/

interface ParsedValue {
  readonly value?: FitsValue | null
  readonly comment?: string
  readonly problem?: string
  readonly continues?: boolean
}

/** Parses the 80 characters of one card, printable ASCII. Never throws: what it cannot understand becomes `problem`. */
export function parseCard(text: string): ParsedCard {
  const keyword = text.slice(0, 8).trimEnd()
  if (commentaryKeywords.has(keyword)) return commentary(keyword, text)
  if (keyword === 'HIERARCH') {
    const equals = text.indexOf('=', 8)
    if (equals > 8) {
      const name = text.slice(8, equals).trim().split(/\s+/).join(' ').toUpperCase()
      return valueCard(name, text.slice(equals + 1))
    }
  }
  if (keyword === 'CONTINUE') return valueCard(keyword, text.slice(8))
  if (text.startsWith('= ', 8)) return valueCard(keyword.toUpperCase(), text.slice(10))
  return commentary(keyword, text)
}

function commentary(keyword: string, text: string): ParsedCard {
  return { card: { keyword, comment: text.slice(8).trimEnd() }, continues: false }
}

function valueCard(keyword: string, text: string): ParsedCard {
  const { continues = false, ...rest } = parseValue(text)
  return { card: { keyword, ...rest }, continues }
}

function parseValue(text: string): ParsedValue {
  const start = text.search(/\S/)
  if (start < 0) return { value: null }
  if (text[start] === "'") return parseString(text, start)
  const slash = text.indexOf('/')
  const token = (slash < 0 ? text : text.slice(0, slash)).trim()
  const comment = slash < 0 ? {} : { comment: text.slice(slash + 1).trim() }
  if (token === '') return { value: null, ...comment }
  if (token === 'T' || token === 'F') return { value: token === 'T', ...comment }
  if (integer.test(token)) {
    const value = Number(token)
    return {
      value: BigInt(value) === BigInt(token.replace('+', '')) ? value : BigInt(token.replace('+', '')),
      ...comment,
    }
  }
  if (real.test(token)) {
    const value = Number(token.replace(/[Dd]/, 'E'))
    if (Number.isFinite(value)) return { value, ...comment }
    return { problem: `must be a finite number. Received ${token}`, ...comment }
  }
  const complex = /^\(([^,()]*),([^,()]*)\)$/.exec(token)
  if (complex && real.test(complex[1]!.trim()) && real.test(complex[2]!.trim())) return { value: token, ...comment }
  return { problem: `must have a value of the FITS standard. Received ${JSON.stringify(token)}`, ...comment }
}

function parseString(text: string, start: number): ParsedValue {
  let value = ''
  let at = start + 1
  for (;;) {
    const quote = text.indexOf("'", at)
    if (quote < 0) return { problem: `must close its string with a quote. Received ${JSON.stringify(text.trim())}` }
    value += text.slice(at, quote)
    at = quote + 1
    if (text[at] !== "'") break
    value += "'"
    at++
  }
  const rest = text.slice(at).trimStart()
  if (rest !== '' && !rest.startsWith('/')) {
    return { problem: `must have nothing but a comment after its string. Received ${JSON.stringify(rest.trim())}` }
  }
  const trimmed = value.trimEnd()
  const said = { value: trimmed, continues: trimmed.endsWith('&') }
  return rest === '' ? said : { ...said, comment: rest.slice(1).trim() }
}
