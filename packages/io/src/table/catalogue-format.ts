import { isFits } from '@astronomaly/fits'
import { xmlEncoding } from './votable/xml-text.ts'

/** Bytes that are enough to tell a format. */
export const formatBytes = 4096

/** The format of a catalogue, by its first bytes; text when it is nothing else. */
export function catalogueFormat(bytes: Uint8Array, source: string): 'fits' | 'parquet' | 'votable' | 'text' {
  if (isFits(bytes)) return 'fits'
  const begin = new TextDecoder('latin1').decode(bytes.subarray(0, 4))
  if (begin === 'PAR1' || begin === 'PARE') return 'parquet'
  return isMarkup(bytes.subarray(0, formatBytes), source) ? 'votable' : 'text'
}

/** Whether bytes begin as an XML document does, or a web page in its place. */
function isMarkup(bytes: Uint8Array, source: string): boolean {
  // Most tables have no such character in their first bytes, whatever their encoding.
  if (!bytes.subarray(0, 1024).includes(0x3c)) return false
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff) || bytes[0] === 0
  const label = isWide || bytes[1] === 0 ? xmlEncoding(bytes, source).label : 'utf-8'
  const text = new TextDecoder(label).decode(bytes)
  return /^\s*<(?:\?xml\s|!DOCTYPE\s|!--|(?:[\w.-]+:)?VOTABLE[\s>]|html[\s>])/i.test(text)
}
