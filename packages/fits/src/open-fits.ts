import {
  FormatError,
  NotFoundError,
  numberOption,
  type OptionRules,
  passedOption,
  resolveOptions,
  runRules,
  UnsupportedError,
  type Warning,
} from '@astronomaly/core'
import { type ByteInput, type ByteSource, type ReadBytesOptions, toByteSource } from './bytes/byte-source.ts'
import { packingOf } from './bytes/packing.ts'
import { UnpackedByteSource } from './bytes/unpacked-byte-source.ts'
import { describeHdu, type FitsHdu } from './describe-hdu.ts'
import { blockSize, holdsHeaderEnd, type ParsedFitsHeader, parseFitsHeader } from './header/parse-header.ts'
import { isFits } from './is-fits.ts'

/** How to open a FITS file. */
export interface OpenFitsOptions {
  /** Names the file in errors. */
  readonly source?: string | undefined
  /**
   * Most bytes of all headers together, which are kept. A camera's with 62 detectors have 2 MB.
   * @defaultValue 2^25
   */
  readonly maxHeaderBytes?: number | undefined
  /**
   * Most bytes that a packed file may unpack to.
   * @defaultValue 2^30 + 2^20
   */
  readonly maxBytes?: number | undefined
  /** Told of bytes behind the last member of a packed file, which are ignored. */
  readonly onWarning?: ((warning: Warning) => void) | undefined
  /** Looked at before each read. */
  readonly signal?: AbortSignal | undefined
}

const openRules = {
  source: passedOption<string>(),
  maxHeaderBytes: numberOption(2 ** 25, { integer: true, min: blockSize }),
  maxBytes: numberOption(2 ** 30 + 2 ** 20, { integer: true, min: 1 }),
  onWarning: runRules.onWarning,
  signal: runRules.signal,
} satisfies OptionRules<OpenFitsOptions>

/** A FITS file that is open: headers are read when they are asked for, once; data by those who want them. */
export interface FitsFile {
  /** The bytes; of a packed file the unpacked ones, unpacked as far as they are read. */
  readonly source: ByteSource
  /**
   * The HDUs one by one, so that what stands behind the wanted one need not be sound.
   *
   * @throws FormatError when a header has no END or contradicts the standard, or sizes overflow.
   * @remarks Bytes after the last HDU that do not begin an extension are passed over, as the standard allows.
   */
  hdus(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<FitsHdu>
  /**
   * One HDU by its number, 0 the primary one, or its EXTNAME in either case, also with its EXTVER, such as `'SCI,2'`.
   *
   * @throws NotFoundError when there is none.
   */
  hdu(which: number | string, options?: { readonly signal?: AbortSignal | undefined }): Promise<FitsHdu>
}

/** What FITS can be read from: bytes, or a file that is already open and whose headers need not be read again. */
export type FitsInput = ByteInput | FitsFile

/** How the header of an extension begins. */
const extensionWord = 'XTENSION'

/** Most headers hold no more: one read is enough. */
const firstRead = 4 * blockSize

/**
 * Opens a FITS file: reads its first bytes and no more.
 *
 * @param input - Bytes, a Blob or a source; also in gzip or bzip2, which is unpacked in memory as far as it is read.
 * @throws FormatError when it is no FITS file, UnsupportedError when it is packed otherwise.
 */
export async function openFits(input: ByteInput, options: OpenFitsOptions = {}): Promise<FitsFile> {
  const { source: name, maxHeaderBytes, maxBytes, onWarning, signal } = resolveOptions('openFits', options, openRules)
  let source = toByteSource(input, name)
  let begin = await source.slice(0, Math.min(firstRead, source.byteLength), { signal })
  const packing = packingOf(begin)
  if (packing === 'gzip' || packing === 'bzip2') {
    source = new UnpackedByteSource(source, packing, maxBytes, onWarning)
    begin = await source.slice(0, firstRead, { signal })
  }
  assertFits(begin, source.name)
  return new LazyFitsFile(source, begin, maxHeaderBytes)
}

/** The file itself, or the bytes as a file. */
export async function toFitsFile(input: FitsInput, options: OpenFitsOptions = {}): Promise<FitsFile> {
  return typeof input === 'object' && input !== null && 'hdus' in input ? input : openFits(input, options)
}

/**
 * All HDUs of a file with their headers; no data are read.
 *
 * @throws FormatError when it is no FITS file, a header has no END or contradicts the standard, or sizes overflow.
 */
export async function listHdus(input: FitsInput, options: OpenFitsOptions = {}): Promise<FitsHdu[]> {
  const file = await toFitsFile(input, options)
  const hdus: FitsHdu[] = []
  for await (const hdu of file.hdus({ signal: options.signal })) hdus.push(hdu)
  return hdus
}

class LazyFitsFile implements FitsFile {
  readonly source: ByteSource
  readonly #begin: Uint8Array
  readonly #maxHeaderBytes: number
  /** Of the headers read so far. */
  #headerBytes = 0
  /** Those read so far; the last is undefined where the file ends. */
  readonly #found: Promise<FitsHdu | undefined>[] = []

  constructor(source: ByteSource, begin: Uint8Array, maxHeaderBytes: number) {
    this.source = source
    this.#begin = begin
    this.#maxHeaderBytes = maxHeaderBytes
  }

  async *hdus(options: { readonly signal?: AbortSignal | undefined } = {}): AsyncGenerator<FitsHdu> {
    let last: FitsHdu | undefined
    for (let index = 0; ; index++) {
      const found = await this.#read(index, last, options.signal)
      if (!found) return
      yield found
      last = found
    }
  }

  async hdu(which: number | string, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<FitsHdu> {
    const name = typeof which === 'string' ? which.toUpperCase() : undefined
    for await (const hdu of this.hdus(options)) {
      const own = [hdu.name, nameAndVersion(hdu)].map((text) => text.toUpperCase())
      if (hdu.index === which || (name !== undefined && own.includes(name))) return hdu
    }
    throw new NotFoundError(
      `FITS: HDU must exist. Received ${JSON.stringify(which)}${this.source.name === undefined ? '' : ` (${this.source.name})`}.`,
    )
  }

  /** The HDU behind `last`, kept unless reading it failed. */
  #read(index: number, last: FitsHdu | undefined, signal: AbortSignal | undefined): Promise<FitsHdu | undefined> {
    const kept = this.#found[index]
    // Who asked for it may have given up; who waits for it has not.
    if (kept) return kept.catch(() => this.#read(index, last, signal))
    const reading = this.#readHdu(index, last, signal)
    this.#found[index] = reading
    reading.catch(() => {
      if (this.#found[index] === reading) delete this.#found[index]
    })
    return reading
  }

  async #readHdu(
    index: number,
    last: FitsHdu | undefined,
    signal: AbortSignal | undefined,
  ): Promise<FitsHdu | undefined> {
    const offset = last ? last.dataOffset + Math.ceil(last.dataLength / blockSize) * blockSize : 0
    const parsed = await this.#readHeader(offset, index > 0, signal)
    if (!parsed) return undefined
    const hdu = describeHdu(parsed.header, index, offset, parsed.dataOffset)
    this.#headerBytes += parsed.dataOffset - offset
    return hdu
  }

  /** The header at a byte; undefined when no extension begins there. */
  async #readHeader(
    offset: number,
    extension: boolean,
    signal: AbortSignal | undefined,
  ): Promise<ParsedFitsHeader | undefined> {
    const { source } = this
    const read = signal ? { signal } : {}
    const room = this.#maxHeaderBytes - this.#headerBytes
    const end = Math.min(source.byteLength, offset + room)
    if (extension && offset + extensionWord.length > source.byteLength) return undefined
    // Also without room it is to be known whether there is another extension.
    const first = Math.max(offset + extensionWord.length, Math.min(end, offset + firstRead))
    let bytes = offset === 0 ? this.#begin : await source.slice(offset, first, read)
    if (extension && !startsExtension(bytes)) return undefined
    while (offset + bytes.length < end && !holdsHeaderEnd(bytes)) {
      signal?.throwIfAborted()
      // Twice as much each time, so that the time is linear in the header's length.
      const longer = await source.slice(offset, Math.min(end, offset + 2 * bytes.length), read)
      if (longer.length <= bytes.length) break
      bytes = longer
    }
    if (bytes.length >= room && !holdsHeaderEnd(bytes)) {
      throw new FormatError(
        `FITS: headers must have at most ${this.#maxHeaderBytes} bytes. They go on beyond, or have no END.`,
        { offset, keyword: 'END', source: source.name },
      )
    }
    return parseFitsHeader(bytes, { offset, source: source.name })
  }
}

function nameAndVersion({ name, header }: FitsHdu): string {
  return `${name},${header.cards.find(({ keyword }) => keyword === 'EXTVER')?.value ?? 1}`
}

function assertFits(bytes: Uint8Array, source: string | undefined): void {
  if (isFits(bytes)) return
  const place = source === undefined ? {} : { source }
  const packing = packingOf(bytes)
  if (packing) {
    throw new UnsupportedError(
      `FITS: bytes must be unpacked first. Received ${packing} data${source === undefined ? '' : ` (${source})`}.`,
    )
  }
  if (bytes.length === 0)
    throw new FormatError('FITS: file must not be empty. Received 0 bytes.', { ...place, offset: 0 })
  throw new FormatError("FITS: file must begin with 'SIMPLE  ='.", { ...place, offset: 0, keyword: 'SIMPLE' })
}

function startsExtension(bytes: Uint8Array): boolean {
  if (bytes.length < extensionWord.length) return false
  for (let i = 0; i < extensionWord.length; i++) if (bytes[i] !== extensionWord.charCodeAt(i)) return false
  return true
}

/**
 * @throws FormatError when the file ends before an HDU's data do.
 * @remarks How long a packed file is shows only when it is unpacked: until then, only what the packed bytes cannot stand for is an error.
 */
export function assertWholeData(file: FitsFile, hdu: FitsHdu): void {
  if (hdu.dataOffset + hdu.dataLength > file.source.byteLength) throw truncated(file, hdu, file.source.byteLength)
}

/**
 * Makes sure that an HDU's data are there, before memory is taken for them: a packed file is unpacked up to their end.
 *
 * @param length - Bytes of the data that are wanted.
 * @throws FormatError when the file ends before.
 */
export async function assertDataAtHand(
  file: FitsFile,
  hdu: FitsHdu,
  options: ReadBytesOptions = {},
  length: number = hdu.dataLength,
): Promise<void> {
  assertWholeData(file, hdu)
  if (!(file.source instanceof UnpackedByteSource) || length === 0) return
  const end = hdu.dataOffset + length
  await file.source.slice(end - 1, end, options)
  assertWholeData(file, hdu)
}

/** The error about data that end at byte `end` of the file. */
export function truncated(file: FitsFile, hdu: FitsHdu, end: number): FormatError {
  const missing = Math.min(hdu.dataOffset + hdu.dataLength - end, hdu.dataLength)
  return new FormatError(
    `FITS: data of HDU ${hdu.index} must have ${hdu.dataLength} bytes. The file is truncated: ${missing} bytes are missing.`,
    { offset: end, source: file.source.name },
  )
}
