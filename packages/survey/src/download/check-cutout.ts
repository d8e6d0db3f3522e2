import { checkOneOf, FormatError, flagOption, numberOption, resolveOptions } from '@astronomaly/core'
import { assertWholeData, isFits, onesComplementSum, openFits } from '@astronomaly/fits'
import { packingEndings, packingOf, unpack } from '@astronomaly/fits/bytes'
import { loadSharp, pictureFormat } from '@astronomaly/io/node'

/** Formats of cut-outs that are told by their content. */
export type CutoutFormat = 'fits' | 'jpeg' | 'png'

/** What a check says of a file: how to name it, or what is wrong with it. */
export type CutoutVerdict =
  | {
      /** Of its name, such as `'fits'`: letters, digits and dots. */
      readonly extension: string
    }
  | {
      /** One word for the journal's tables. */
      readonly reason: string
      /** What was received. */
      readonly message: string
      /**
       * Whether the service is at fault and not the object: a later run should try again, as this run does in any case, and it counts for
       * `giveUpAfter`.
       * @defaultValue false
       */
      readonly transient?: boolean
    }

/** What a cut-out must be. */
export interface CheckCutoutOptions {
  /** @defaultValue FITS, JPEG and PNG */
  readonly formats?: readonly CutoutFormat[] | undefined
  /**
   * Fewest bytes.
   * @defaultValue 1
   */
  readonly minBytes?: number | undefined
  /**
   * Whether a FITS file's DATASUM cards are compared with its data. Services that copy a header's cards into a cut-out leave false ones.
   * @defaultValue false
   */
  readonly checksums?: boolean | undefined
}

const known = ['fits', 'jpeg', 'png'] as const

const rules = {
  formats: (value: readonly CutoutFormat[] | undefined, subject: string): readonly CutoutFormat[] =>
    value?.map((format) => checkOneOf(subject, format, known)) ?? known,
  minBytes: numberOption(1, { min: 0 }),
  checksums: flagOption(false),
}

const maxUnpacked = 2 ** 28
const maxPixels = 2 ** 26

/**
 * Tells whether bytes are a whole and sound picture: a FITS file (also in gzip or bzip2) all of whose headers and data are there and of which one
 * HDU holds pixels, or a JPEG or PNG file that decodes without a warning and has its end marker.
 *
 * @returns Its extension, `'fits'`, `'fits.gz'`, `'fits.bz2'`, `'jpg'` or `'png'`; else a reason: `'empty'`, `'too-small'`, `'html'`, `'xml'`, `'json'` or
 * `'text'` for a message in place of a picture, `'wrong-type'`, `'truncated'`, `'corrupt'`, `'no-pixels'`.
 * @throws ParameterError for an unknown option or format; never because of the bytes.
 * @remarks A message is quoted by its first 80 characters. `transient` are `'html'`, which is what a service under maintenance sends, `'empty'`
 * and `'truncated'`; with `'xml'`, `'json'` and `'text'` services speak of the object, such as that they have no picture of it.
 */
export async function checkCutout(bytes: Uint8Array, options: CheckCutoutOptions = {}): Promise<CutoutVerdict> {
  const { formats, minBytes, checksums } = resolveOptions('checkCutout', options, rules)
  if (bytes.length === 0) return { reason: 'empty', message: '0 bytes', transient: true }
  const found = packingEnding(bytes) !== '' || isFits(bytes) ? 'fits' : pictureFormat(bytes)
  if (found === undefined) return describeMessage(bytes)
  if (!formats.includes(found as CutoutFormat)) {
    return { reason: 'wrong-type', message: `a ${found.toUpperCase()} file in place of ${formats.join(' or ')}` }
  }
  if (bytes.length < minBytes) return { reason: 'too-small', message: `${bytes.length} bytes` }
  try {
    if (found === 'fits') return await checkFits(bytes, checksums)
    return await checkPicture(bytes, found as 'jpeg' | 'png')
  } catch (error) {
    return { reason: 'corrupt', message: firstLine(error) }
  }
}

/** What a file's name ends in for being packed; nothing when it is not. */
function packingEnding(bytes: Uint8Array): string {
  const packing = packingOf(bytes)
  return packing === 'gzip' || packing === 'bzip2' ? packingEndings[packing] : ''
}

async function checkFits(bytes: Uint8Array, checksums: boolean): Promise<CutoutVerdict> {
  const whole = await unpack(bytes, { maxBytes: maxUnpacked })
  const file = await openFits(whole)
  let pixels = false
  let end = 0
  for await (const hdu of file.hdus()) {
    try {
      assertWholeData(file, hdu)
    } catch (error) {
      if (error instanceof FormatError) return { reason: 'truncated', message: firstLine(error), transient: true }
      throw error
    }
    end = hdu.dataOffset + Math.ceil(hdu.dataLength / 2880) * 2880
    pixels ||= hdu.kind === 'image' || hdu.kind === 'compressed-image'
    const announced = checksums ? hdu.header.get('DATASUM') : undefined
    if (typeof announced === 'string' && /^\d+$/.test(announced.trim()) && end <= whole.length) {
      const sum = onesComplementSum(whole.subarray(hdu.dataOffset, end))
      if (sum !== Number(announced)) {
        return { reason: 'corrupt', message: `DATASUM of HDU ${hdu.index} must be ${sum}. Received ${announced}.` }
      }
    }
  }
  const rest = new TextDecoder('latin1').decode(whole.subarray(end, end + 8))
  if (rest !== '' && 'XTENSION'.startsWith(rest)) {
    return { reason: 'truncated', message: `an extension's header at byte ${end} breaks off`, transient: true }
  }
  if (!pixels) return { reason: 'no-pixels', message: 'no HDU holds an image' }
  return { extension: `fits${packingEnding(bytes)}` }
}

async function checkPicture(bytes: Uint8Array, format: 'jpeg' | 'png'): Promise<CutoutVerdict> {
  const mark = format === 'jpeg' ? [0xff, 0xd9] : [0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]
  let end = bytes.length
  while (end > 0 && [0, 9, 10, 13, 32].includes(bytes[end - 1]!)) end--
  if (mark.some((byte, i) => bytes[end - mark.length + i] !== byte)) {
    return { reason: 'truncated', message: `a ${format.toUpperCase()} file without its end marker`, transient: true }
  }
  const sharp = await loadSharp()
  const picture = sharp(bytes, { failOn: 'warning', ignoreIcc: true, limitInputPixels: maxPixels })
  const { data } = await picture.raw().toBuffer({ resolveWithObject: true })
  if (data.length === 0) return { reason: 'no-pixels', message: 'a picture of no pixels' }
  return { extension: format === 'jpeg' ? 'jpg' : 'png' }
}

/** What bytes that begin as no picture are. */
function describeMessage(bytes: Uint8Array): CutoutVerdict {
  const head = new TextDecoder().decode(bytes.subarray(0, 400)).replace(/^\ufeff?\s+/, '')
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what tells binary data from text.
  if (/[\u0000-\u0008\u000e-\u001f\ufffd]/.test(head.slice(0, 100))) {
    const first = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    return { reason: 'wrong-type', message: `a file that begins with the bytes ${first}` }
  }
  const quoted = `a message in place of a picture: ${JSON.stringify(head.replace(/\s+/g, ' ').slice(0, 80))}`
  if (/^<!doctype html/i.test(head) || (/^</.test(head) && /<html[\s>]/i.test(head)))
    return { reason: 'html', message: quoted, transient: true }
  if (/^</.test(head)) return { reason: 'xml', message: quoted }
  return { reason: /^[[{]/.test(head) ? 'json' : 'text', message: quoted }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!.trim()
}
