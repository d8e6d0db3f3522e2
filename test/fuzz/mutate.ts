import type { Random } from '../../packages/core/src/index.ts'

/** Numbers at the edges of what readers compute with. */
const numbers = [
  '0',
  '1',
  '-1',
  '2',
  '7',
  '8',
  '16',
  '32',
  '64',
  '-32',
  '-64',
  '80',
  '255',
  '256',
  '999',
  '1000',
  '2880',
  '32767',
  '65535',
  '65536',
  '999999999',
  '2147483647',
  '2147483648',
  '-2147483648',
  '4294967296',
  '9007199254740991',
  '9007199254740993',
  '9223372036854775807',
  '1E308',
  '1D400',
  '.5',
  '-.0',
  'NaN',
]

/** Words that formats know. */
const words = [
  'SIMPLE  =',
  'XTENSION=',
  'END     ',
  'NAXIS   =',
  'NAXIS1  =',
  'NAXIS2  =',
  'BITPIX  =',
  'PCOUNT  =',
  'GCOUNT  =',
  'TFIELDS =',
  'TFORM1  =',
  'TDIM1   =',
  'TNULL1  =',
  'THEAP   =',
  'ZIMAGE  =',
  'ZTABLE  =',
  'ZCMPTYPE=',
  'ZTILE1  =',
  'ZNAXIS1 =',
  'ZBITPIX =',
  'CONTINUE  ',
  'HIERARCH ',
  'COMMENT ',
  "'BINTABLE'",
  "'TABLE   '",
  "'IMAGE   '",
  "'RICE_1  '",
  "'GZIP_1  '",
  "'GZIP_2  '",
  "'PLIO_1  '",
  "'HCOMPRESS_1'",
  "'NOCOMPRESS'",
  "'1PJ(5)  '",
  "'1QB(9)  '",
  "'PE      '",
  "'32X     '",
  "'9A      '",
  "'2M      '",
  "'L       '",
  '<VOTABLE>',
  '<TABLE>',
  '<FIELD name="a" datatype="',
  'arraysize="',
  '<TABLEDATA>',
  '<TR>',
  '<TD>',
  '</TD>',
  '</TR>',
  '<BINARY>',
  '<BINARY2>',
  '<STREAM encoding="base64">',
  '<![CDATA[',
  ']]>',
  '<!--',
  '-->',
  '<!DOCTYPE a [<!ENTITY b "c">]>',
  '&b;',
  '&#x10FFFF;',
  '&amp;',
  '<?xml version="1.0" encoding="',
  '"',
  '""',
  "'",
  ',',
  ';',
  '\t',
  '\r\n',
  '\n',
  '\0',
  '\ufeff',
]

const longest = 1 << 16

/**
 * Another input, made from one and sometimes a second by one to eight changes.
 *
 * @param other - What pieces are taken from.
 * @returns At most 64 KiB.
 */
export function mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes: Uint8Array = input.slice()
  const changes = 1 + random.integer(random.integer(8) + 1)
  for (let i = 0; i < changes; i++) bytes = change(bytes, other, random)
  return bytes.length > longest ? bytes.slice(0, longest) : bytes
}

function change(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const pick = <T>(from: readonly T[]): T => from[random.integer(from.length)] as T
  const at = random.integer(bytes.length + 1)
  const card = 80 * random.integer(Math.ceil(bytes.length / 80) + 1)
  switch (random.integer(14)) {
    case 0:
    case 1:
      return patch(bytes, at, Uint8Array.of((bytes[at] ?? 0) ^ (1 << random.integer(8))))
    case 2:
      return patch(bytes, at, Uint8Array.of(pick([0, 1, 0x20, 0x7f, 0x80, 0xff, random.integer(256)])))
    case 3:
      return patch(bytes, at, integerBytes(random))
    case 4:
      return splice(bytes, at, random.integer(64), new Uint8Array(0))
    case 5:
      return splice(bytes, at, 0, bytes.slice(at, at + random.integer(256)))
    case 6:
      return patch(bytes, at, new TextEncoder().encode(pick(words)))
    case 7:
      return splice(bytes, at, 0, new TextEncoder().encode(pick(words)))
    case 8:
      return splice(bytes, card, 80, new Uint8Array(0))
    case 9:
      return splice(bytes, card, random.integer(2) * 80, other.slice(card, card + 80))
    case 10:
      // The value of a card, right-justified as the fixed format has it.
      return patch(bytes, card + 10, new TextEncoder().encode(pick(numbers).padStart(20)))
    case 11:
      return replaceNumber(bytes, at, pick(numbers))
    case 12:
      return bytes.slice(0, random.integer(2) ? at : 2880 * Math.floor(at / 2880))
    default: {
      const from = 2880 * random.integer(Math.ceil(other.length / 2880) + 1)
      return splice(bytes, 2880 * Math.floor(at / 2880), random.integer(2) * 2880, other.slice(from, from + 2880 * 3))
    }
  }
}

function integerBytes(random: Random): Uint8Array {
  const out = new Uint8Array([1, 2, 4, 8][random.integer(4)] as number)
  const edge = [0, 1, 0x7f, 0x80, 0xff][random.integer(5)] as number
  out.fill(edge === 0x80 || edge === 1 ? 0 : 0xff)
  if (edge === 0) out.fill(0)
  out[random.integer(2) ? 0 : out.length - 1] = edge
  return out
}

/** Writes a number over the digits that stand at or after a place. */
function replaceNumber(bytes: Uint8Array, from: number, text: string): Uint8Array {
  let start = from
  while (start < bytes.length && !isDigit(bytes[start]!)) start++
  let end = start
  while (end < bytes.length && isDigit(bytes[end]!)) end++
  return splice(bytes, start, end - start, new TextEncoder().encode(text))
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

function patch(bytes: Uint8Array, at: number, piece: Uint8Array): Uint8Array {
  bytes.set(piece.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length))
  return bytes
}

function splice(bytes: Uint8Array, at: number, removed: number, piece: Uint8Array): Uint8Array<ArrayBuffer> {
  const start = Math.min(at, bytes.length)
  const rest = bytes.subarray(Math.min(bytes.length, start + removed))
  const out = new Uint8Array(start + piece.length + rest.length)
  out.set(bytes.subarray(0, start))
  out.set(piece, start)
  out.set(rest, start + piece.length)
  return out
}
