import { encodeChecksum, onesComplementSum } from './checksum.ts'
import { encodeCard } from './header/encode-card.ts'
import type { FitsCard } from './header/fits-header.ts'
import { blockSize } from './header/parse-header.ts'

/**
 * One HDU as bytes: cards, DATASUM, CHECKSUM, END and data, both padded with the byte that the standard asks for.
 *
 * @param data - Already big-endian.
 */
export function encodeHdu(cards: readonly FitsCard[], data: Uint8Array): Uint8Array<ArrayBuffer> {
  const dataLength = Math.ceil(data.length / blockSize) * blockSize
  const dataSum = onesComplementSum(padded(data, 4))
  const lines = [
    ...cards.flatMap(encodeCard),
    ...encodeCard({ keyword: 'DATASUM', value: String(dataSum), comment: 'data unit checksum' }),
  ]
  const checksumLine = lines.length
  lines.push(...encodeCard({ keyword: 'CHECKSUM', value: '0'.repeat(16), comment: 'HDU checksum' }), 'END'.padEnd(80))
  const headerLength = Math.ceil((lines.length * 80) / blockSize) * blockSize
  const out = new Uint8Array(headerLength + dataLength)
  writeAscii(out, 0, lines.join('').padEnd(headerLength))
  out.set(data, headerLength)
  const sum = onesComplementSum(out.subarray(0, headerLength), dataSum)
  writeAscii(out, checksumLine * 80 + 11, encodeChecksum(sum))
  return out
}

function padded(data: Uint8Array, to: number): Uint8Array {
  if (data.length % to === 0) return data
  const out = new Uint8Array(Math.ceil(data.length / to) * to)
  out.set(data)
  return out
}

function writeAscii(out: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i)
}
