import { encodeCard } from './encode-card.ts'
import type { FitsCard } from './fits-card.ts'
import type { FitsHeader } from './fits-header.ts'
import { blockSize } from './parse-header.ts'

/**
 * A header as the bytes of its blocks, with END: cards that were read and not changed as they stood, in their order.
 *
 * @throws ParameterError for cards that cannot be written.
 */
export function encodeFitsHeader(header: FitsHeader | readonly FitsCard[]): Uint8Array<ArrayBuffer> {
  const cards = 'cards' in header ? header.cards : header
  return encodeLines(cards.flatMap(encodeCard))
}

/** Lines of 80 characters as blocks, END behind them. */
export function encodeLines(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const text = `${lines.join('')}${'END'.padEnd(80)}`
  const out = new Uint8Array(Math.ceil(text.length / blockSize) * blockSize).fill(0x20)
  for (let i = 0; i < text.length; i++) out[i] = text.charCodeAt(i)
  return out
}
