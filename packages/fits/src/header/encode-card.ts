import { ParameterError } from '@astronomaly/core'
import type { FitsCard, FitsValue } from './fits-card.ts'
import { cardSize, joinCards } from './join-cards.ts'

const printable = /^[\x20-\x7e]*$/
const standardKeyword = /^[A-Z0-9_-]{1,8}$/
const continueCard = 'CONTINUE  '
const commentary = new Set(['COMMENT', 'HISTORY', ''])

/**
 * One card as lines of 80 characters: those that it was read from while it says the same, else fixed format where it fits, HIERARCH for keywords that are longer than 8 characters or
 * several words, CONTINUE for long strings, as many lines as commentary needs.
 *
 * @throws ParameterError when keyword, value or comment cannot be written.
 */
export function encodeCard(card: FitsCard): string[] {
  const kept = keptLines(card)
  if (kept) return kept
  const keyword = card.keyword.toUpperCase()
  const fault = (rule: string): ParameterError => new ParameterError(`FITS card ${card.keyword}: ${rule}.`)
  const comment = card.comment ?? ''
  if (!printable.test(comment)) throw fault(`comment must be printable ASCII. Received ${JSON.stringify(comment)}`)
  if (commentary.has(keyword)) {
    if (card.value !== undefined) throw fault('commentary must have no value but a comment')
    const lines: string[] = []
    for (let at = 0; at === 0 || at < comment.length; at += 72) {
      lines.push(`${keyword.padEnd(8)}${comment.slice(at, at + 72)}`.padEnd(80))
    }
    return lines
  }
  if (keyword === 'END') throw fault('keyword must not be END, which closes a header')
  const hierarch = !standardKeyword.test(keyword)
  if (hierarch && !/^[A-Z0-9_.-]+( [A-Z0-9_.-]+)*$/.test(keyword)) {
    throw fault('keyword must be letters, digits, - and _, or several such words')
  }
  if (card.value === undefined) throw fault('must have a value')
  const start = hierarch ? `HIERARCH ${keyword} = ` : `${keyword.padEnd(8)}= `
  const { value } = card
  if (typeof value === 'string') {
    if (!printable.test(value)) throw fault(`value must be printable ASCII. Received ${JSON.stringify(value)}`)
    return encodeString(start, value, comment, fault)
  }
  const text = value === null ? '' : encodeScalar(value, fault)
  const line = `${start}${hierarch ? text : text.padStart(20)}${comment && ` / ${comment}`}`
  if (line.length > 80) throw fault(`must fit 80 characters with its comment. Received ${line.length}`)
  return [line.padEnd(80)]
}

/** The lines of `raw`, when they are one card that says what this one does. */
function keptLines({ raw, keyword, value, comment, problem }: FitsCard): string[] | undefined {
  const whole = raw !== undefined && raw.length > 0 && raw.length % cardSize === 0
  if (!whole || keyword === 'END' || /[^\0-\xff]/.test(raw)) return undefined
  const lines = Array.from({ length: raw.length / cardSize }, (_, i) => raw.slice(i * cardSize, (i + 1) * cardSize))
  const read = joinCards(lines)
  const [own] = read
  const same =
    read.length === 1 &&
    own!.keyword === keyword &&
    Object.is(own!.value, value) &&
    own!.comment === comment &&
    own!.problem === problem
  return same ? lines : undefined
}

function encodeScalar(value: Exclude<FitsValue, string>, fault: (rule: string) => ParameterError): string {
  if (typeof value === 'boolean') return value ? 'T' : 'F'
  if (typeof value === 'bigint') return String(value)
  if (!Number.isFinite(value)) throw fault(`value must be finite. Received ${value}`)
  if (Object.is(value, -0)) return '-0.0'
  if (Number.isSafeInteger(value)) return String(value)
  const text = String(value).replace('e+', 'E').replace('e', 'E')
  return text.includes('.') ? text : text.replace(/E|$/, (end) => `.0${end}`)
}

function encodeString(
  start: string,
  value: string,
  comment: string,
  fault: (rule: string) => ParameterError,
): string[] {
  const escaped = value.replaceAll("'", "''")
  const line = `${start}${`'${escaped.padEnd(8)}'`.padEnd(20)}${comment && ` / ${comment}`}`
  // A single string that ends in & would read as one that goes on.
  if (line.length <= 80 && !value.endsWith('&')) return [line.padEnd(80)]
  if (comment.length > 64)
    throw fault(`comment of a long string must be at most 64 characters. Received ${comment.length}`)
  const lines: string[] = []
  let head = start
  let piece = ''
  for (const unit of value) {
    const own = unit === "'" ? "''" : unit
    const room = 80 - head.length - 3
    if (room < 2) throw fault('keyword must leave room for a value')
    if (piece.length + own.length > room) {
      lines.push(`${head}'${piece}&'`.padEnd(80))
      head = continueCard
      piece = ''
    }
    piece += own
  }
  if (!comment && !value.endsWith('&')) return [...lines, `${head}'${piece}'`.padEnd(80)]
  lines.push(`${head}'${piece}&'`.padEnd(80))
  lines.push(`${continueCard}''${comment && ` / ${comment}`}`.padEnd(80))
  return lines
}
