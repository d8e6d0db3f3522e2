import type { VoDatatype, VoField } from './vo-field.ts'

/** What values become. */
export type VoKind = 'boolean' | 'uint8' | 'int16' | 'int32' | 'int64' | 'text' | 'float32' | 'float64'

/** What the values of each datatype become, where none is missing. */
export const voKinds: Readonly<Record<VoDatatype, VoKind>> = {
  boolean: 'boolean',
  bit: 'uint8',
  unsignedByte: 'uint8',
  short: 'int16',
  int: 'int32',
  long: 'int64',
  char: 'text',
  unicodeChar: 'text',
  float: 'float32',
  double: 'float64',
  floatComplex: 'float32',
  doubleComplex: 'float64',
}

const ranges = {
  bit: [0, 1],
  unsignedByte: [0, 255],
  short: [-(2 ** 15), 2 ** 15 - 1],
  int: [-(2 ** 31), 2 ** 31 - 1],
} as const

const wholeNumber = /^[+-]?\d+$/
const hexadecimal = /^0[xX][0-9a-fA-F]+$/
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/
const infinity = /^([+-]?)inf(?:inity)?$/i
/** Longer than any integer of 64 bits: reading digits takes the square of their number. */
const longestInteger = 40

/**
 * A number as TABLEDATA writes it, but not text.
 *
 * @param token - Without white space around it.
 * @returns undefined when it is missing; NaN for an unknown boolean; a bigint beyond ±(2^53 - 1); the rule that is broken, when one is.
 */
export function parseVoToken(
  token: string,
  datatype: VoDatatype,
): number | bigint | undefined | { readonly rule: string } {
  if (token === '') return undefined
  switch (datatype) {
    case 'boolean':
      return booleanOf(token) ?? { rule: 'T, F or ?' }
    case 'float':
    case 'double':
    case 'floatComplex':
    case 'doubleComplex':
      return realOf(token) ?? { rule: 'a number' }
    default:
      return integerOf(token, datatype)
  }
}

function integerOf(token: string, datatype: VoDatatype): number | bigint | { readonly rule: string } {
  const isHex = hexadecimal.test(token)
  if (!isHex && !wholeNumber.test(token)) return { rule: 'an integer' }
  const value = Number(token)
  if (datatype !== 'long') {
    const [least, most] = ranges[datatype as keyof typeof ranges]
    if (value >= least && value <= most) return value === 0 ? 0 : value
    return { rule: `from ${least} to ${most}` }
  }
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value
  if (token.length > longestInteger) return { rule: 'of 64 bits' }
  const long = BigInt(token.startsWith('+') ? token.slice(1) : token)
  const own = BigInt.asIntN(64, long)
  return own === long || (isHex && BigInt.asUintN(64, long) === long) ? own : { rule: 'of 64 bits' }
}

/** The number that stands for a missing value; undefined when there is none, or it is no number. */
export function nullOf(field: VoField): number | bigint | undefined {
  const text = field.null?.trim() ?? ''
  if (text.length > longestInteger) return undefined
  if (wholeNumber.test(text)) return BigInt(text.startsWith('+') ? text.slice(1) : text)
  return hexadecimal.test(text) || decimal.test(text) ? Number(text) : undefined
}

function booleanOf(token: string): number | undefined {
  if (/^(?:t|true|1)$/i.test(token)) return 1
  if (/^(?:f|false|0)$/i.test(token)) return 0
  return token === '?' ? Number.NaN : undefined
}

function realOf(token: string): number | undefined {
  if (decimal.test(token)) return Number(token)
  if (/^[+-]?nan$/i.test(token)) return Number.NaN
  const sign = infinity.exec(token)?.[1]
  if (sign === undefined) return undefined
  return sign === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}
