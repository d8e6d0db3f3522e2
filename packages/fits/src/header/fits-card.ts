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
  /**
   * The card's lines as they stand in the file, 80 characters each, one a byte. A card that still says what they say is written as they are.
   */
  readonly raw?: string
  /** Why the value could not be understood; asking for it is then an error. */
  readonly problem?: string
}
