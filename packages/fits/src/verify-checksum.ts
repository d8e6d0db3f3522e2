import { type OptionRules, passedOption, resolveOptions, runRules } from '@astronomaly/core'
import type { ReadBytesOptions } from './bytes/byte-source.ts'
import { onesComplementSum } from './checksum.ts'
import type { FitsHdu } from './describe-hdu.ts'
import { blockSize } from './header/parse-header.ts'
import { assertWholeData, type FitsFile, type FitsInput, toFitsFile, truncated } from './open-fits.ts'

/** What a sum in a header says of the bytes; `'absent'` also where the card's value is left empty. */
export type ChecksumVerdict = 'correct' | 'wrong' | 'absent'

/** What CHECKSUM and DATASUM say of an HDU. */
export interface FitsChecksum {
  /** Number of the HDU. */
  readonly hdu: number
  /** EXTNAME, or `''`. */
  readonly name: string
  /** Of header and data together. */
  readonly checksum: ChecksumVerdict
  /** Of the data alone. */
  readonly dataSum: ChecksumVerdict
}

/** Which sums are verified. */
export interface VerifyChecksumOptions {
  /** Names the file in errors. */
  readonly source?: string | undefined
  /**
   * Number of the HDU, or its EXTNAME.
   * @defaultValue all
   */
  readonly hdu?: number | string | undefined
  /** Looked at before each read. */
  readonly signal?: AbortSignal | undefined
}

const verifyRules = {
  source: passedOption<string>(),
  hdu: passedOption<number | string>(),
  signal: runRules.signal,
} satisfies OptionRules<VerifyChecksumOptions>

/** Bytes of a read; a multiple of 4. */
const chunkBytes = 2 ** 22

/**
 * Verifies CHECKSUM and DATASUM.
 *
 * @returns One entry for each HDU in question.
 * @throws FormatError when it is no FITS file, or ends before an HDU's data do; NotFoundError when it has no such HDU.
 * @remarks Reads an HDU once, where it has a sum at all; holds 4 MiB, and of a packed file what is unpacked.
 * @see FITS standard 4.0, section 4.4.2.7 and appendix J
 */
export async function verifyChecksum(input: FitsInput, options: VerifyChecksumOptions = {}): Promise<FitsChecksum[]> {
  const { source, hdu: wanted, signal } = resolveOptions('verifyChecksum', options, verifyRules)
  const read = { signal }
  const file = await toFitsFile(input, { source, signal })
  if (wanted !== undefined) return [await verifyHdu(file, await file.hdu(wanted, read), read)]
  const verdicts: FitsChecksum[] = []
  for await (const hdu of file.hdus(read)) verdicts.push(await verifyHdu(file, hdu, read))
  return verdicts
}

async function verifyHdu(file: FitsFile, hdu: FitsHdu, options: ReadBytesOptions): Promise<FitsChecksum> {
  const { index, name, headerOffset, dataOffset, dataLength } = hdu
  const checksum = sumText(hdu, 'CHECKSUM')
  const dataSum = sumText(hdu, 'DATASUM')
  if (checksum === undefined && dataSum === undefined) {
    return { hdu: index, name, checksum: 'absent', dataSum: 'absent' }
  }
  assertWholeData(file, hdu)
  const dataEnd = dataOffset + Math.ceil(dataLength / blockSize) * blockSize
  const ofData = await sumBytes(file, hdu, [dataOffset, dataEnd], 0, options)
  // With CHECKSUM in place everything adds up to minus zero.
  const ofAll = checksum === undefined ? 0 : await sumBytes(file, hdu, [headerOffset, dataOffset], ofData, options)
  const verdict = (text: string | undefined, right: boolean): ChecksumVerdict =>
    text === undefined ? 'absent' : right ? 'correct' : 'wrong'
  return {
    hdu: index,
    name,
    checksum: verdict(checksum, ofAll === 0xffffffff),
    dataSum: verdict(dataSum, /^\d+$/.test(dataSum ?? '') && Number(dataSum) === ofData),
  }
}

/** The value of a sum's card; undefined where there is none, or it is left empty. */
function sumText({ header }: FitsHdu, keyword: string): string | undefined {
  const value = header.cards.find((card) => card.keyword === keyword)?.value
  const text = value === undefined || value === null ? '' : String(value).trim()
  return text === '' ? undefined : text
}

async function sumBytes(
  file: FitsFile,
  hdu: FitsHdu,
  [start, end]: readonly [number, number],
  sum: number,
  options: ReadBytesOptions,
): Promise<number> {
  let out = sum
  for (let at = start; at < end; at += chunkBytes) {
    options.signal?.throwIfAborted()
    const bytes = await file.source.slice(at, Math.min(end, at + chunkBytes), options)
    const reached = at + bytes.length
    if (reached < Math.min(end, at + chunkBytes, hdu.dataOffset + hdu.dataLength)) throw truncated(file, hdu, reached)
    out = onesComplementSum(bytes, out)
    // Where the last block's padding is missing, it is as if there were zeros.
    if (reached < Math.min(end, at + chunkBytes)) break
  }
  return out
}
