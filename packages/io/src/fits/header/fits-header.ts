import { FormatError } from '@astronomaly/core'

/** What a card can say. An integer that a double cannot hold exactly is a `bigint`. */
export type FitsValue = string | number | bigint | boolean

/** One line of a header, long strings already joined. */
export interface FitsCard {
  /** Upper case; the words after `HIERARCH` joined by one space; `''`, `COMMENT` and `HISTORY` for commentary. */
  readonly keyword: string
  /** `null`: a value is announced but undefined. Absent: commentary. A complex number is the text `(re, im)`. */
  readonly value?: FitsValue | null
  /** The text after `/`, or of the commentary. */
  readonly comment?: string
  /** Byte offset of the card in its file, when it was read from one. */
  readonly offset?: number
  /** Why the value could not be understood; asking for it is then an error. */
  readonly problem?: string
}

/** The cards of one HDU, without `END`. Where a keyword occurs twice, its first card counts. */
export class FitsHeader {
  readonly cards: readonly FitsCard[]
  /** The file that errors name. */
  readonly source: string | undefined
  readonly #first: ReadonlyMap<string, FitsCard>

  constructor(cards: readonly FitsCard[], source?: string) {
    this.cards = cards
    this.source = source
    const first = new Map<string, FitsCard>()
    for (const card of cards) {
      if ((card.value !== undefined || card.problem) && !first.has(card.keyword)) first.set(card.keyword, card)
    }
    this.#first = first
  }

  /** Whether the keyword has a card with a value, defined or not. */
  has(keyword: string): boolean {
    return this.#first.has(keyword)
  }

  /**
   * The value of a keyword.
   *
   * @returns `null` when it is undefined in the file, `undefined` when there is no such card.
   * @throws FormatError when the card's value cannot be understood.
   */
  get(keyword: string): FitsValue | null | undefined {
    const card = this.#first.get(keyword)
    if (card?.problem) throw this.fault(keyword, card.problem)
    return card?.value
  }

  /** The value as a number; `undefined` when absent or undefined. @throws FormatError when it is something else. */
  number(keyword: string): number | undefined {
    const value = this.get(keyword)
    if (value === undefined || value === null) return undefined
    if (typeof value === 'bigint') return Number(value)
    if (typeof value !== 'number') throw this.fault(keyword, `must be a number. Received ${JSON.stringify(value)}`)
    return value
  }

  /**
   * The value as an integer that a double holds exactly.
   *
   * @throws FormatError when it is something else, or below `min` or above `max`.
   */
  integer(
    keyword: string,
    min: number = Number.MIN_SAFE_INTEGER,
    max: number = Number.MAX_SAFE_INTEGER,
  ): number | undefined {
    const value = this.number(keyword)
    if (value === undefined) return undefined
    if (!Number.isSafeInteger(value) || value < min || value > max) {
      throw this.fault(keyword, `must be an integer from ${min} to ${max}. Received ${String(this.get(keyword))}`)
    }
    return value
  }

  /** The value as text; `undefined` when absent or undefined. @throws FormatError when it is something else. */
  text(keyword: string): string | undefined {
    const value = this.get(keyword)
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'string') throw this.fault(keyword, `must be a string. Received ${String(value)}`)
    return value
  }

  /** The value as a truth value; `undefined` when absent or undefined. @throws FormatError when it is something else. */
  boolean(keyword: string): boolean | undefined {
    const value = this.get(keyword)
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'boolean') throw this.fault(keyword, `must be T or F. Received ${String(value)}`)
    return value
  }

  /** The texts of all cards `COMMENT`, `HISTORY` or `''`, in order. */
  commentary(keyword: 'COMMENT' | 'HISTORY' | ''): string[] {
    return this.cards.filter((card) => card.keyword === keyword).map((card) => card.comment ?? '')
  }

  /** An error about one keyword, with file and byte offset. */
  fault(keyword: string, rule: string): FormatError {
    const offset = this.#first.get(keyword)?.offset
    return new FormatError(`FITS header: ${keyword} ${rule}.`, {
      keyword,
      ...(this.source === undefined ? {} : { source: this.source }),
      ...(offset === undefined ? {} : { offset }),
    })
  }
}
