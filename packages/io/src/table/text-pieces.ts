import { concatArrays, FormatError } from '@astronomaly/core'

/** Encodings of text files; `'auto'` is UTF-16 by its byte order mark, else UTF-8. */
export const textEncodings = ['auto', 'utf-8', 'utf-16le', 'utf-16be', 'latin1'] as const

/** One of `textEncodings`. */
export type TextEncoding = (typeof textEncodings)[number]

/** Bytes that come one after another: each call begins anew. */
export type ByteStream = (signal?: AbortSignal) => AsyncIterable<Uint8Array>

/** Decodes the bytes of a text file as they come. */
export class TextPieces {
  private readonly source: string
  private readonly encoding: TextEncoding
  private decoder: TextDecoder | undefined
  private label = ''
  private read = 0
  private lines = 1
  private first: Uint8Array | undefined

  /** @param source - Named in errors. */
  constructor(source: string, encoding: TextEncoding) {
    this.source = source
    this.encoding = encoding
  }

  /** @throws FormatError, with the byte, for bytes that are not text of the encoding. */
  decode(bytes: Uint8Array, isLast = false): string {
    let piece = bytes
    if (!this.decoder) {
      // A byte order mark may come in two pieces.
      if (this.first) piece = concatArrays(Uint8Array, [this.first, bytes])
      this.first = undefined
      if (piece.length < 2 && !isLast) {
        this.first = piece.slice()
        return ''
      }
      this.label = labelOf(this.encoding, piece)
      this.decoder = new TextDecoder(this.label, { fatal: true })
    }
    try {
      const text = this.decoder.decode(piece, { stream: !isLast })
      this.read += piece.length
      this.lines += linesOf(text)
      return text
    } catch (cause) {
      throw this.fault(piece, cause)
    }
  }

  private fault(piece: Uint8Array, cause: unknown): FormatError {
    const bad = this.label === 'utf-8' ? firstBadByte(piece) : 0
    const line = this.lines + linesOf(new TextDecoder().decode(piece.subarray(0, bad)))
    const wanted = this.label === 'utf-8' ? "UTF-8; other text needs the option 'encoding'" : this.label.toUpperCase()
    return new FormatError(
      `catalogue: file must be FITS, Parquet, VOTable or text in ${wanted}. Received other bytes on line ${line}`,
      {
        source: this.source,
        offset: this.read + bad,
        cause,
      },
    )
  }
}

function labelOf(encoding: TextEncoding, bytes: Uint8Array): string {
  if (encoding === 'latin1') return 'windows-1252'
  if (encoding !== 'auto') return encoding
  const [a, b] = bytes
  if (a === 0xff && b === 0xfe) return 'utf-16le'
  return a === 0xfe && b === 0xff ? 'utf-16be' : 'utf-8'
}

function linesOf(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines++
  return lines
}

/** The byte where a piece ceases to be UTF-8; 0 when it begins within a character. */
function firstBadByte(bytes: Uint8Array): number {
  let low = 0
  let high = bytes.length
  // The decoder accepts every prefix up to the bad byte when more may follow.
  while (low < high) {
    const middle = (low + high) >> 1
    let good = true
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, middle + 1), { stream: true })
    } catch {
      good = false
    }
    if (good) low = middle + 1
    else high = middle
  }
  const bad = Math.min(low, Math.max(0, bytes.length - 1))
  // What shows there may be that the character before it is not complete.
  for (let back = 1; back <= 3 && back <= bad; back++) {
    const byte = bytes[bad - back]!
    if (byte < 0x80) break
    if (byte >= 0xc0) return back < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? bad - back : bad
  }
  return bad
}
