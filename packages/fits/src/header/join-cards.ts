import { definedOnly } from '@astronomaly/core'
import type { FitsCard } from './fits-card.ts'
import { parseCard } from './parse-card.ts'

/** Characters of a line. */
export const cardSize = 80

/**
 * The cards that lines stand for, long strings joined with their CONTINUE lines.
 *
 * @param lines - Of 80 characters, one a byte; what is not printable ASCII becomes `?` in values and comments, and stays in `raw`.
 * @param offset - Byte of the file at which the first line begins.
 */
export function joinCards(lines: readonly string[], offset?: number): FitsCard[] {
  const cards: FitsCard[] = []
  /** Whether the last card's string goes on. */
  let open = false
  for (const [number, raw] of lines.entries()) {
    const text = raw.replace(/[^\x20-\x7e]/g, '?')
    const { card, continues } = parseCard(text)
    const place = offset === undefined ? { raw } : { raw, offset: offset + number * cardSize }
    const before = cards.at(-1)
    if (open && card.keyword === 'CONTINUE' && typeof card.value === 'string') {
      const comment = [before!.comment, card.comment].filter(Boolean).join(' ')
      cards[cards.length - 1] = definedOnly({
        ...before!,
        value: (before!.value as string).slice(0, -1) + card.value,
        comment: comment || before!.comment,
        raw: before!.raw + raw,
      })
      open = continues
      continue
    }
    open = continues && card.keyword !== 'CONTINUE'
    cards.push(
      card.keyword === 'CONTINUE'
        ? { keyword: 'CONTINUE', comment: text.slice(8).trimEnd(), ...place }
        : { ...card, ...place },
    )
  }
  return cards
}
