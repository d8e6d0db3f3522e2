import { UnsupportedError } from '@astronomaly/core'

/** Most attributes of an element. */
const mostAttributes = 256

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * Resolves the predefined entities and character references.
 *
 * @param fail - Throws; called for a reference to anything else.
 */
export function unescapeXml(text: string, fail: (rule: string) => never): string {
  return text.replace(/&([^;&]{0,10};?)/g, (_, body: string) => {
    const name = body.endsWith(';') ? body.slice(0, -1) : undefined
    const known = name === undefined ? undefined : entities[name]
    if (known !== undefined && Object.hasOwn(entities, name ?? '')) return known
    const digits = /^#(?:x([0-9a-fA-F]+)|(\d+))$/.exec(name ?? '')
    const code = digits?.[1] ? Number.parseInt(digits[1], 16) : Number(digits?.[2] ?? Number.NaN)
    if (isCharacter(code)) return String.fromCodePoint(code)
    return fail(`references must be to lt, gt, amp, quot, apos or a character. Received ${JSON.stringify(`&${body}`)}`)
  })
}

function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 9 || code === 10 || code === 13
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
}

/**
 * The attributes of a tag by their names without prefix; declarations of namespaces are left out.
 *
 * @param text - What stands between the element's name and the end of the tag.
 * @param fail - Throws.
 */
export function parseAttributes(text: string, fail: (rule: string) => never): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>()
  const pattern = /\s+([A-Za-z_:\u0080-\uFFFF][\w:.\-\u0080-\uFFFF]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')|\s*$/y
  const seen = new Set<string>()
  while (pattern.lastIndex < text.length) {
    const from = pattern.lastIndex
    const found = pattern.exec(text)
    if (!found) return fail(`attributes must be name="value". Received ${JSON.stringify(text.slice(from, from + 40))}`)
    const [, name, double, single] = found
    if (name === undefined) break
    if (seen.has(name)) return fail(`attributes must differ. Received ${name} twice`)
    if (seen.size === mostAttributes)
      return fail(`element must have at most ${mostAttributes} attributes. Received more`)
    seen.add(name)
    if (/^xmlns(?::|$)/.test(name)) continue
    const raw = (double ?? single ?? '').replace(/[\t\r\n]/g, ' ')
    attributes.set(name.slice(name.indexOf(':') + 1), raw.includes('&') ? unescapeXml(raw, fail) : raw)
  }
  return attributes
}

/** What XML 1.0 does not allow in a document, also not by reference: most control characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
export const notXml: RegExp = /[\0-\x08\x0B\x0C\x0E-\x1F\uFFFE\uFFFF]/

/** Escapes text for an element's content or an attribute in double quotes. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"\t\r\n]/g, (character) => escapes[character] as string)
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\r': '&#13;',
  '\n': '&#10;',
}

/** How the characters of a document are stored. */
export interface XmlEncoding {
  /** As TextDecoder names it. */
  readonly label: string
  /** Bytes that some text takes. */
  readonly measure: (text: string) => number
}

const encodings: Readonly<Record<string, string>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
}

/**
 * The encoding of a document: by its byte order mark, by NULs that two-byte characters have, by its declaration, else UTF-8.
 *
 * @param bytes - The first 200 bytes or more, or all.
 * @throws UnsupportedError for other encodings than UTF-8, UTF-16, US-ASCII, ISO-8859-1 and windows-1252.
 */
export function xmlEncoding(bytes: Uint8Array, source: string): XmlEncoding {
  const [a, b] = bytes
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return { label: 'utf-16le', measure: twoBytes }
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return { label: 'utf-16be', measure: twoBytes }
  const begin = new TextDecoder('latin1').decode(bytes.subarray(0, 200))
  const declared = /^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(begin)?.[1]
  const label = encodings[(declared ?? 'utf-8').toLowerCase()]
  if (label === undefined || (declared && !Object.hasOwn(encodings, declared.toLowerCase()))) {
    throw new UnsupportedError(
      `votable: encoding must be UTF-8, UTF-16 with a byte order mark, US-ASCII or ISO-8859-1. Received ${declared} (${source}).`,
    )
  }
  return { label, measure: label === 'utf-8' ? utf8Length : oneByte }
}

const oneByte = (text: string): number => text.length
const twoBytes = (text: string): number => 2 * text.length

function utf8Length(text: string): number {
  let length = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Each half of a surrogate pair stands for two of its four bytes.
    length += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3
  }
  return length
}
