/** A decimal number as people and programs write it: a sign and leading zeros are allowed. */
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
/** Of these, what a number gives back as it was written. */
const unharmed = /^-?(?:0(?!\d)|[1-9.])/
const wholeNumber = /^[+-]?\d+$/
const infinity = /^([+-]?)inf(?:inity)?$/i
const missingWord = /^(?:[+-]?nan|null|none|n\/?a|#n\/a|<na>|-+)?$/i
/** Longer than any integer of 64 bits: reading digits takes the square of their number. */
const longestInteger = 40

const idWords = new Set(['id', 'ids', 'file', 'files', 'filename', 'name', 'designation'])
const idWord = /(?:obj|object|source|src|target|brick|galaxy|star|spec|asset|image|field|cat|thing)ids?$/

/**
 * Whether a column of this name holds identifiers, which stay text however much they look like numbers.
 *
 * @remarks True when a word of the name is `id`, `file`, `filename`, `name` or `designation`, or ends in `objid`, `sourceid`,
 * `targetid` and their like, and when the whole name is `picture`. Words are runs of letters and digits, also within camel case (`objectId`).
 */
export function isIdentifierName(name: string): boolean {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  return words.some((word) => idWords.has(word) || idWord.test(word)) || name.trim().toLowerCase() === 'picture'
}

/**
 * Whether a cell says that a value is missing, where it would be a number or a truth value: empty, `nan`, `null`, `none`, `NA`, `N/A`, `#N/A`,
 * `<NA>`, in any case, or dashes alone. Among words and identifiers only an empty cell is missing.
 */
export function isMissingWord(cell: string): boolean {
  return missingWord.test(cell.trim())
}

/**
 * The number that a cell says where numbers are declared or asked for, rounded to the nearest float64; `+41.2` and `010.6` are numbers.
 *
 * @returns NaN when it is missing, undefined when it is no number.
 */
export function numberOf(cell: string): number | undefined {
  const text = cell.trim()
  if (decimal.test(text)) return Number(text)
  if (missingWord.test(text)) return Number.NaN
  const sign = infinity.exec(text)?.[1]
  if (sign === undefined) return undefined
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

/**
 * The number that a cell says where nobody has said that there are numbers: {@link numberOf} unless it would lose what is written: leading zeros, a plus sign,
 * the last digits of integers beyond ±(2^53 - 1), all of those beyond float64.
 */
export function plainNumberOf(cell: string): number | undefined {
  const text = cell.trim()
  if (!decimal.test(text)) return numberOf(text)
  const value = Number(text)
  const isHeld = Number.isSafeInteger(value) || (Number.isFinite(value) && !wholeNumber.test(text))
  return isHeld && unharmed.test(text) ? value : undefined
}

/**
 * The integer of 64 bits that a cell says, signed or not; of other notations (`12.0`, `1e3`) those that are whole.
 *
 * @returns A bigint beyond ±(2^53 - 1); NaN when it is missing, undefined when it is no such integer.
 */
export function integerOf(cell: string): number | bigint | undefined {
  const value = numberOf(cell)
  if (value === undefined || Number.isNaN(value)) return value
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  const text = cell.trim()
  if (!wholeNumber.test(text) || text.length > longestInteger) return undefined
  const long = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return long >= -(2n ** 63n) && long < 2n ** 64n ? long : undefined
}

/** The truth value that a cell says as 1 or 0: `true`, `T`, `1` and their opposites in any case; NaN when it is missing or `?`, undefined for others. */
export function booleanOf(cell: string): number | undefined {
  const text = cell.trim()
  if (/^(?:t|true|1)$/i.test(text)) return 1
  if (/^(?:f|false|0)$/i.test(text)) return 0
  return text === '?' || missingWord.test(text) ? Number.NaN : undefined
}
