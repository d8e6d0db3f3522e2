import { FormatError } from '@astronomaly/core'
import { notXml, parseAttributes, unescapeXml } from './xml-text.ts'

/** What an XML document is told to, piece by piece, in its order. */
export interface XmlHandler {
  /** An element begins. @param name - Without its namespace prefix. */
  start(name: string, attributes: ReadonlyMap<string, string>): void
  /** Characters of the innermost open element, entities resolved; long text comes in several pieces. */
  text(text: string): void
  /** The innermost open element ends. */
  end(name: string): void
}

/** Longest tag with its attributes, in characters. */
const longestTag = 2 ** 20
/** Most elements inside one another. */
const deepest = 64
/** Longest that a character reference may be. */
const longestReference = 12
/** Names of tags without attributes that are remembered, so that they need not be looked at again. */
const mostKnownTags = 8

const noAttributes: ReadonlyMap<string, string> = new Map()
const tagName = /^[A-Za-z_:\u0080-\uFFFF][\w:.\-\u0080-\uFFFF]*$/

/** A tag without attributes, and its name without prefix. */
interface KnownTag {
  readonly name: string
  readonly local: string
}

const closers = { comment: '-->', instruction: '?>', cdata: ']]>' } as const

/**
 * Reads XML 1.0 as it comes, in pieces of any size.
 *
 * @remarks Resolves the five predefined entities and character references and nothing else: a document type that declares
 * anything is an error, so that no entity can expand and nothing outside the document is ever asked for. A document type that
 * only names one is passed over. Comments and instructions are passed over, namespace prefixes are dropped. Checked are
 * nesting, one root, quoting, characters and bounds (depth 64, tags of 2^20 characters, 256 attributes); names are not checked
 * against any schema. O(characters); memory holds one piece and one tag.
 * @see https://www.w3.org/TR/xml/
 */
export class XmlReader {
  private readonly handler: XmlHandler
  private readonly source: string
  private readonly measure: (text: string) => number
  private readonly open: string[] = []
  private readonly knownTags: KnownTag[] = []
  private buffer = ''
  private at = 0
  private end = 0
  private inside: 'markup' | keyof typeof closers = 'markup'
  private hasRoot = false

  /**
   * @param source - Named in errors.
   * @param measure - Units of offsets that some text takes: bytes of the document, or characters.
   */
  constructor(handler: XmlHandler, source: string, measure: (text: string) => number) {
    this.handler = handler
    this.source = source
    this.measure = measure
  }

  /** Where the reader is in the document, 0-based. O(piece). */
  get offset(): number {
    return this.end - this.measure(this.buffer.slice(this.at))
  }

  /** The element that is open, for messages. */
  get element(): string {
    return this.open.at(-1) ?? ''
  }

  /** @throws FormatError at the present offset, with the name of the open element unless another is given. */
  fail(rule: string, keyword: string = this.element, cause?: unknown): never {
    throw new FormatError(`votable: ${rule}`, {
      source: this.source,
      offset: this.offset,
      keyword: keyword || undefined,
      cause,
    })
  }

  /**
   * Reads on.
   *
   * @param end - Where the document's part that has been given ends, in units of offsets.
   * @throws FormatError as soon as a rule is broken.
   */
  write(text: string, end: number): void {
    this.buffer = this.at < this.buffer.length ? this.buffer.slice(this.at) + text : text
    this.at = 0
    this.end = end
    const bad = notXml.exec(text)
    if (bad) {
      this.end -= this.measure(text.slice(bad.index))
      this.buffer = this.buffer.slice(0, this.buffer.length - text.length + bad.index)
    }
    while (this.at < this.buffer.length && this.step());
    if (!bad) return
    this.at = this.buffer.length
    this.fail(`text must be of XML's characters. Received U+${hexOf(bad[0])}`)
  }

  /** @throws FormatError unless the document is complete. */
  finish(): void {
    const rest = this.buffer.slice(this.at)
    if (this.open.length > 0 || this.inside !== 'markup' || rest.trim() !== '') {
      const what = this.element === '' ? 'document must be complete' : `element ${this.element} must be closed`
      this.at = this.buffer.length
      this.fail(`${what}. Received the end of the document`)
    }
    if (!this.hasRoot) this.fail('document must have an element. Received an empty document')
  }

  /** Whether there was enough for one more item. */
  private step(): boolean {
    const { buffer } = this
    if (this.inside !== 'markup') return this.passOver(this.inside)
    const tag = buffer.indexOf('<', this.at)
    if (tag !== this.at) return this.readText(tag)
    const next = buffer.charCodeAt(tag + 1)
    if (next === 0x21) return this.readDeclaration()
    if (next === 0x3f) {
      this.inside = 'instruction'
      this.at += 2
      return true
    }
    return this.readTag()
  }

  private readText(tag: number): boolean {
    const { buffer } = this
    let end = tag < 0 ? buffer.length : tag
    if (tag < 0) {
      const reference = buffer.lastIndexOf('&')
      const isPart = reference >= this.at && !buffer.includes(';', reference)
      if (isPart && buffer.length - reference <= longestReference) end = reference
      else if (buffer.endsWith('\r')) end--
    }
    if (end === this.at) return false
    this.emit(buffer.slice(this.at, end), true)
    this.at = end
    return tag >= 0
  }

  private emit(text: string, hasReferences: boolean): void {
    const lines = text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text
    if (this.open.length === 0) {
      if (lines.trim() !== '' && lines !== '\uFEFF') this.fail('text must stand inside the root element')
      return
    }
    const isPlain = !hasReferences || !lines.includes('&')
    this.handler.text(isPlain ? lines : unescapeXml(lines, (rule) => this.fail(rule)))
  }

  /** Comments, instructions and character data, which may be longer than memory should hold. */
  private passOver(inside: keyof typeof closers): boolean {
    const closer = closers[inside]
    const found = this.buffer.indexOf(closer, this.at)
    let end = found < 0 ? Math.max(this.at, this.buffer.length - closer.length + 1) : found
    if (found < 0 && inside === 'cdata' && this.buffer.charCodeAt(end - 1) === 0x0d) end = Math.max(this.at, end - 1)
    if (inside === 'cdata' && end > this.at) this.emit(this.buffer.slice(this.at, end), false)
    this.at = end
    if (found < 0) return false
    this.at += closer.length
    this.inside = 'markup'
    return true
  }

  private readDeclaration(): boolean {
    const begin = this.buffer.slice(this.at, this.at + 9)
    if (begin.startsWith('<!--')) {
      this.inside = 'comment'
      this.at += 4
      return true
    }
    if (begin === '<![CDATA[') {
      if (this.open.length === 0) this.fail('character data must stand inside the root element')
      this.inside = 'cdata'
      this.at += 9
      return true
    }
    if (begin === '<!DOCTYPE') {
      const end = this.tagEnd()
      const type = this.buffer.slice(this.at, end < 0 ? undefined : end)
      if (type.includes('[')) {
        this.fail('document type must not declare anything, such as entities. Received an internal subset', 'DOCTYPE')
      }
      if (end < 0) return false
      if (this.hasRoot) this.fail('document type must come before the root element', 'DOCTYPE')
      this.at = end + 1
      return true
    }
    if (begin.length < 9 && ['<!--', '<![CDATA[', '<!DOCTYPE'].some((known) => known.startsWith(begin))) return false
    return this.fail(`markup must be an element, a comment or character data. Received ${JSON.stringify(begin)}`)
  }

  /** Where the tag that begins here ends, beyond quoted values; -1 when that is not known yet. */
  private tagEnd(): number {
    const { buffer } = this
    const beyond = Math.min(buffer.length, this.at + longestTag)
    let quote = 0
    for (let i = this.at; i < beyond; i++) {
      const character = buffer.charCodeAt(i)
      if (quote !== 0) {
        if (character === quote) quote = 0
      } else if (character === 0x3e) return i
      else if (character === 0x22 || character === 0x27) quote = character
    }
    if (buffer.length >= this.at + longestTag)
      this.fail(`tag must have at most ${longestTag} characters. Received more`)
    return -1
  }

  private readTag(): boolean {
    const { buffer } = this
    if (buffer.charCodeAt(this.at + 1) === 0x2f) return this.readEndTag()
    const known = this.knownTag()
    if (known) {
      this.begin(known.name, known.local, noAttributes)
      this.at += known.name.length + 2
      return true
    }
    const end = this.tagEnd()
    if (end < 0) return false
    const isEmpty = buffer.charCodeAt(end - 1) === 0x2f
    const tag = buffer.slice(this.at + 1, isEmpty ? end - 1 : end)
    const space = /[\s"'=<&]/.exec(tag)?.index ?? tag.length
    const name = tag.slice(0, space)
    if (!tagName.test(name)) this.fail(`element must have a name. Received ${JSON.stringify(tag.slice(0, 40))}`)
    const rest = tag.slice(space)
    const attributes = rest.trim() === '' ? noAttributes : parseAttributes(rest, (rule) => this.fail(rule, name))
    const local = localName(name)
    if (attributes === noAttributes && !isEmpty && rest === '' && this.knownTags.length < mostKnownTags) {
      this.knownTags.push({ name, local })
    }
    this.begin(name, local, attributes)
    if (isEmpty) this.finishElement(name)
    this.at = end + 1
    return true
  }

  private readEndTag(): boolean {
    const { buffer } = this
    const name = this.element
    if (name !== '' && buffer.startsWith(name, this.at + 2) && buffer.charCodeAt(this.at + 2 + name.length) === 0x3e) {
      this.finishElement(name)
      this.at += name.length + 3
      return true
    }
    const end = this.tagEnd()
    if (end < 0) return false
    this.finishElement(buffer.slice(this.at + 2, end).trimEnd())
    this.at = end + 1
    return true
  }

  /** The tag without attributes that stands here and has been met before. */
  private knownTag(): KnownTag | undefined {
    const { buffer, knownTags } = this
    for (let i = 0; i < knownTags.length; i++) {
      const known = knownTags[i] as KnownTag
      const { name } = known
      if (buffer.charCodeAt(this.at + 1 + name.length) !== 0x3e || !buffer.startsWith(name, this.at + 1)) continue
      if (i > 0) {
        // Frequent ones come to the front.
        knownTags[i] = knownTags[i - 1] as KnownTag
        knownTags[i - 1] = known
      }
      return known
    }
    return undefined
  }

  private begin(name: string, local: string, attributes: ReadonlyMap<string, string>): void {
    if (this.open.length === 0 && this.hasRoot) this.fail('document must have one root element. Received another', name)
    this.hasRoot = true
    if (this.open.length >= deepest) this.fail(`elements must be at most ${deepest} deep`, name)
    this.open.push(name)
    this.handler.start(local, attributes)
  }

  private finishElement(name: string): void {
    const wanted = this.element
    if (name !== wanted) {
      this.fail(
        `element ${wanted || 'that is open'} must be closed. Received ${JSON.stringify(`</${name.slice(0, 40)}>`)}`,
      )
    }
    this.handler.end(name.includes(':') ? localName(name) : name)
    this.open.pop()
  }
}

function localName(name: string): string {
  return name.slice(name.lastIndexOf(':') + 1)
}

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
}
