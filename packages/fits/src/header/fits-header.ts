import { definedOnly, FormatError } from '@astronomaly/core'
import { encodeCard } from './encode-card.ts'
import type { FitsCard, FitsValue } from './fits-card.ts'

/** Keywords that say how an HDU is stored: they follow from what is written, and not from what was read. */
const structural =
  /^(SIMPLE|XTENSION|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|GROUPS|END|CHECKSUM|DATASUM|CONTINUE|BSCALE|BZERO|BLANK|TFIELDS|THEAP|T(TYPE|FORM|UNIT|DIM|NULL|SCAL|ZERO|DISP|BCOL|COMM|UCD)\d+|Z(IMAGE|TABLE|TENSION|SIMPLE|BITPIX|NAXIS\d*|EXTEND|PCOUNT|GCOUNT|CMPTYPE|TILE(\d+|LEN)|NAME\d+|VAL\d+|MASKCMP|QUANTIZ|DITHER0|SCALE|ZERO|BLANK|BLOCKED|THEAP|FORM\d+|CTYP\d+|HECKSUM|DATASUM))$/

/** The cards of one HDU, without `END`. Where a keyword occurs twice, its first card counts; keywords are alike in upper and lower case. */
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
      const keyword = card.keyword.toUpperCase()
      if ((card.value !== undefined || card.problem) && !first.has(keyword)) first.set(keyword, card)
    }
    this.#first = first
  }

  /** Whether the keyword has a card with a value, defined or not. */
  has(keyword: string): boolean {
    return this.#first.has(keyword.toUpperCase())
  }

  /**
   * The value of a keyword.
   *
   * @returns `null` when it is undefined in the file, `undefined` when there is no such card.
   * @throws FormatError when the card's value cannot be understood.
   */
  get(keyword: string): FitsValue | null | undefined {
    const card = this.#first.get(keyword.toUpperCase())
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

  /** A complex value as real and imaginary part; `undefined` when absent or undefined. @throws FormatError when it is something else. */
  complex(keyword: string): readonly [re: number, im: number] | undefined {
    const value = this.get(keyword)
    if (value === undefined || value === null) return undefined
    const parts = typeof value === 'string' ? /^\(([^,()]*),([^,()]*)\)$/.exec(value) : null
    const [re, im] = [parts?.[1], parts?.[2]].map((part) => Number((part || 'none').replace(/[Dd]/, 'E')))
    if (!Number.isFinite(re) || !Number.isFinite(im)) {
      throw this.fault(keyword, `must be a complex number. Received ${JSON.stringify(value)}`)
    }
    return [re!, im!]
  }

  /** All cards of a keyword, in order. */
  all(keyword: string): FitsCard[] {
    const name = keyword.toUpperCase()
    return this.cards.filter((card) => card.keyword.toUpperCase() === name)
  }

  /**
   * This header with another value.
   *
   * @param keyword - Its first card is changed where it stands; when there is none, a card is appended.
   * @param comment - Left out: the comment stays.
   * @throws ParameterError when no card can hold it.
   */
  with(keyword: string, value: FitsValue | null, comment?: string): FitsHeader {
    const name = keyword.toUpperCase()
    const before = this.#first.get(name)
    const text = comment ?? before?.comment
    const card: FitsCard = definedOnly({ keyword: name, value, comment: text })
    encodeCard(card)
    return new FitsHeader(
      before ? this.cards.map((own) => (own === before ? card : own)) : [...this.cards, card],
      this.source,
    )
  }

  /** This header without any card of the keyword. */
  without(keyword: string): FitsHeader {
    const name = keyword.toUpperCase()
    return new FitsHeader(
      this.cards.filter((card) => card.keyword.toUpperCase() !== name),
      this.source,
    )
  }

  /** This header with more cards at its end, such as `{ keyword: 'HISTORY', comment: 'flat-fielded' }`. @throws ParameterError for cards that cannot be written. */
  append(...cards: readonly FitsCard[]): FitsHeader {
    for (const card of cards) encodeCard(card)
    return new FitsHeader([...this.cards, ...cards], this.source)
  }

  /**
   * The cards that tell of the object and not of how the HDU is stored: without SIMPLE, BITPIX, NAXISn, BSCALE, BZERO, BLANK, sums, and
   * those of tables' columns and of compression.
   */
  withoutStructure(): FitsHeader {
    return new FitsHeader(
      this.cards.filter((card) => !structural.test(card.keyword.toUpperCase())),
      this.source,
    )
  }

  /** The texts of all cards `COMMENT`, `HISTORY` or `''`, in order. */
  commentary(keyword: 'COMMENT' | 'HISTORY' | ''): string[] {
    return this.cards.filter((card) => card.keyword === keyword).map((card) => card.comment ?? '')
  }

  /** An error about one keyword, with file and byte offset. */
  fault(keyword: string, rule: string): FormatError {
    const offset = this.#first.get(keyword.toUpperCase())?.offset
    return new FormatError(`FITS header: ${keyword} ${rule}.`, {
      keyword,
      source: this.source,
      offset,
    })
  }
}
