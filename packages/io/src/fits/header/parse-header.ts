import { FormatError } from '@astronomaly/core'
import { type FitsCard, FitsHeader } from './fits-header.ts'
import { parseCard } from './parse-card.ts'

/** Bytes of a FITS block; headers and data are padded to it. */
export const blockSize = 2880

const cardSize = 80

/** Where in which bytes a header is. */
export interface ParseFitsHeaderOptions {
  /** Names the file in errors. */
  readonly source?: string
  /**
   * Byte at which the header begins.
   * @defaultValue 0
   */
  readonly offset?: number
}

/** A header and where its data begin. */
export interface ParsedFitsHeader {
  readonly header: FitsHeader
  /** Byte after the header's last block. */
  readonly dataOffset: number
}

/**
 * Parses one header: fixed and free format, long strings (CONTINUE), HIERARCH, D exponents, undefined values,
 * complex numbers as text, commentary kept.
 *
 * @param bytes - A FITS file, or at least the whole header.
 * @returns A value that cannot be understood is an error when it is asked for, not before.
 * @throws FormatError when END is missing or a keyword holds bytes that are not printable ASCII.
 * @remarks O(header). Unprintable bytes in a value or comment become `?`.
 * @see https://fits.gsfc.nasa.gov/fits_standard.html, version 4.0, section 4
 */
export function parseFitsHeader(bytes: Uint8Array, options: ParseFitsHeaderOptions = {}): ParsedFitsHeader {
  const { source, offset = 0 } = options
  const cards: FitsCard[] = []
  /** The card whose string goes on, with the text so far. */
  let open: FitsCard | undefined
  for (let at = offset; ; at += cardSize) {
    if (at + cardSize > bytes.length) {
      throw new FormatError(
        `FITS header: must close with END. The file ends ${cards.length} cards after byte ${offset}.`,
        {
          keyword: 'END',
          offset: at,
          ...(source === undefined ? {} : { source }),
        },
      )
    }
    const text = cardText(bytes, at, source)
    if (text.startsWith('END     ')) {
      if (open) cards.push(open)
      return {
        header: new FitsHeader(cards, source),
        dataOffset: offset + Math.ceil((at + cardSize - offset) / blockSize) * blockSize,
      }
    }
    const { card, continues } = parseCard(text, at)
    if (open && card.keyword === 'CONTINUE' && typeof card.value === 'string') {
      const comment = [open.comment, card.comment].filter(Boolean).join(' ')
      const joined: FitsCard = {
        ...open,
        value: (open.value as string).slice(0, -1) + card.value,
        ...(comment ? { comment } : {}),
      }
      if (continues) open = joined
      else {
        cards.push(joined)
        open = undefined
      }
      continue
    }
    if (open) cards.push(open)
    open = undefined
    if (continues) open = card
    else if (card.keyword === 'CONTINUE')
      cards.push({ keyword: 'CONTINUE', comment: text.slice(8).trimEnd(), offset: at })
    else cards.push(card)
  }
}

function cardText(bytes: Uint8Array, at: number, source: string | undefined): string {
  let text = ''
  for (let i = 0; i < cardSize; i++) {
    const byte = bytes[at + i]!
    const printable = byte >= 0x20 && byte <= 0x7e
    if (!printable && i < 8) {
      throw new FormatError(`FITS header: keywords must be printable ASCII. Received byte 0x${byte.toString(16)}.`, {
        offset: at + i,
        ...(source === undefined ? {} : { source }),
      })
    }
    text += printable ? String.fromCharCode(byte) : '?'
  }
  return text
}
