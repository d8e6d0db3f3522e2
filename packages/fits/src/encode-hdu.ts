import { encodeChecksum, onesComplementSum } from './checksum.ts'
import { encodeCard } from './header/encode-card.ts'
import { encodeLines } from './header/encode-header.ts'
import type { FitsCard } from './header/fits-card.ts'
import { blockSize } from './header/parse-header.ts'

/**
 * One HDU as bytes: cards, DATASUM, CHECKSUM, END and data, both padded with the byte that the standard asks for.
 *
 * @param data - Already big-endian.
 */
export function encodeHdu(cards: readonly FitsCard[], data: Uint8Array): Uint8Array<ArrayBuffer> {
  const header = encodeHduHeader(cards, onesComplementSum(data))
  const out = new Uint8Array(header.length + Math.ceil(data.length / blockSize) * blockSize)
  out.set(header)
  out.set(data, header.length)
  return out
}

/**
 * The header of an HDU: cards, DATASUM, CHECKSUM and END.
 *
 * @param dataSum - The ones'-complement sum of the data, which does not change the header's length.
 */
export function encodeHduHeader(cards: readonly FitsCard[], dataSum: number): Uint8Array<ArrayBuffer> {
  const lines = [
    ...cards.flatMap(encodeCard),
    ...encodeCard({ keyword: 'DATASUM', value: String(dataSum), comment: 'data unit checksum' }),
  ]
  const place = lines.length * 80 + 11
  lines.push(...encodeCard({ keyword: 'CHECKSUM', value: '0'.repeat(16), comment: 'HDU checksum' }))
  const header = encodeLines(lines)
  const checksum = encodeChecksum(onesComplementSum(header, dataSum))
  for (let i = 0; i < checksum.length; i++) header[place + i] = checksum.charCodeAt(i)
  return header
}
