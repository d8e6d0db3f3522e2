import { isInexact, type ValueKind } from '@astronomaly/core/table'
import { booleanOf, integerOf, isMissingWord, numberOf } from '../text-values.ts'
import type { VoDatatype, VoField } from './vo-field.ts'

/** What the values of each datatype become, where none is missing. */
export const voKinds: Readonly<Record<VoDatatype, ValueKind>> = {
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

const hexadecimal = /^0[xX][0-9a-fA-F]{1,40}$/

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
  switch (datatype) {
    case 'boolean':
      return token === '' ? undefined : (booleanOf(token) ?? { rule: 'T, F or ?' })
    case 'float':
    case 'double':
    case 'floatComplex':
    case 'doubleComplex':
      return token === '' ? undefined : (numberOf(token) ?? { rule: 'a number' })
    default:
      return isMissingWord(token) ? undefined : wholeOf(token, datatype)
  }
}

function wholeOf(token: string, datatype: VoDatatype): number | bigint | { readonly rule: string } {
  const value = hexadecimal.test(token) ? longOf(BigInt(token)) : integerOf(token)
  if (datatype === 'long') {
    return value === undefined || value >= 2n ** 63n ? { rule: 'an integer of 64 bits' } : value
  }
  const [least, most] = ranges[datatype as keyof typeof ranges]
  if (value === undefined) return { rule: 'an integer' }
  return typeof value === 'number' && value >= least && value <= most ? value : { rule: `from ${least} to ${most}` }
}

/** The integer of 64 bits that these bits are. */
function longOf(bits: bigint): number | bigint | undefined {
  if (BigInt.asUintN(64, bits) !== bits) return undefined
  const long = BigInt.asIntN(64, bits)
  return isInexact(long) ? long : Number(long)
}

/** The number that stands for a missing value; undefined when there is none, or it is no number. */
export function nullOf(field: VoField): number | bigint | undefined {
  const text = field.null?.trim() ?? ''
  const value = hexadecimal.test(text) ? BigInt(text) : (integerOf(text) ?? numberOf(text))
  return Number.isNaN(value) ? undefined : value
}
