import { FormatError } from '@astronomaly/core'
import { FitsHeader } from './fits-header.ts'
import { cardSize, joinCards } from './join-cards.ts'

/** Bytes of a FITS block; headers and data are padded to it. */
export const blockSize = 2880

/** Where in which bytes a header is. */
export interface ParseFitsHeaderOptions {
  /** Names the file in errors. */
  readonly source?: string | undefined
  /**
   * Byte of the file at which `bytes` begin: all offsets are those in the file.
   * @defaultValue 0
   */
  readonly offset?: number | undefined
}

/** A header and where its data begin. */
export interface ParsedFitsHeader {
  readonly header: FitsHeader
  /** Byte of the file after the header's last block. */
  readonly dataOffset: number
}

/**
 * Parses one header: fixed and free format, long strings (CONTINUE), HIERARCH, D exponents, undefined values,
 * complex numbers as text, commentary kept, each card with the text that it was read from.
 *
 * @param bytes - The header, and whatever follows it.
 * @returns A value that cannot be understood is an error when it is asked for, not before.
 * @throws FormatError when END is missing or a keyword holds bytes that are not printable ASCII.
 * @remarks O(header). Unprintable bytes in a value or comment become `?`, but stay in the card's `raw`.
 * @see https://fits.gsfc.nasa.gov/fits_standard.html, version 4.0, section 4
 */
export function parseFitsHeader(bytes: Uint8Array, options: ParseFitsHeaderOptions = {}): ParsedFitsHeader {
  const { source, offset = 0 } = options
  const lines: string[] = []
  for (let at = 0; ; at += cardSize) {
    if (at + cardSize > bytes.length) {
      throw new FormatError(
        `FITS header: must close with END. There is none in the ${Math.floor(at / cardSize)} cards from byte ${offset} on.`,
        {
          keyword: 'END',
          offset: offset + at,
          source,
        },
      )
    }
    if (isEnd(bytes, at)) {
      return {
        header: new FitsHeader(joinCards(lines, offset), source),
        dataOffset: offset + Math.ceil((at + cardSize) / blockSize) * blockSize,
      }
    }
    lines.push(cardText(bytes, at, offset, source))
  }
}

/** Whether a card is END: nothing else stands in its keyword. Some writers pad with NUL, where the standard wants blanks. */
function isEnd(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x45 || bytes[at + 1] !== 0x4e || bytes[at + 2] !== 0x44) return false
  for (let i = 3; i < 8; i++) if (bytes[at + i] !== 0x20 && bytes[at + i] !== 0) return false
  return true
}

/** Whether the bytes hold a header's END, or what no header may hold, so that more of them would not help to parse it. */
export function holdsHeaderEnd(bytes: Uint8Array): boolean {
  for (let at = 0; at + cardSize <= bytes.length; at += cardSize) {
    if (isEnd(bytes, at)) return true
    if (bytes[at]! < 0x20 || bytes[at]! > 0x7e) return true
  }
  return false
}

/** One character a byte. */
function cardText(bytes: Uint8Array, at: number, offset: number, source: string | undefined): string {
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i]!
    if (byte < 0x20 || byte > 0x7e) {
      throw new FormatError(`FITS header: keywords must be printable ASCII. Received byte 0x${byte.toString(16)}.`, {
        offset: offset + at + i,
        source,
      })
    }
  }
  return String.fromCharCode(...bytes.subarray(at, at + cardSize))
}
