import { definedOnly, UnsupportedError } from '@astronomaly/core'
import { renamedWarning, uniqueNames } from '@astronomaly/core/table'
import { Base64Reader } from './base64.ts'
import { VoBinaryRows } from './vo-binary.ts'
import { type HeldBytes, VoColumn, type VoColumnType } from './vo-column.ts'
import { fieldName, type VoField, type VoInfo, type VoParam, voField } from './vo-field.ts'
import type { XmlHandler, XmlReader } from './xml-reader.ts'

/** Longest text of one element that is kept, in characters. */
const longestText = 2 ** 24
/** Most fields, parameters and infos of each kind. */
const mostItems = 65_536

/** What to read of a document. */
export interface VoWanted {
  readonly source: string
  /** Number of the table in the document, 0-based, or its name or ID; the document's answer when absent. */
  readonly table: number | string | undefined
  /** Names of the columns whose values are wanted; all when absent. */
  readonly columns?: ReadonlySet<string>
  /** What the columns become, where that is known already. */
  readonly types?: ReadonlyMap<string, VoColumnType>
}

/** A FITS file within a document. */
export interface EmbeddedFits {
  readonly pieces: Uint8Array[]
  readonly hdu: number | undefined
}

/** A field that is still being described. */
interface Draft {
  readonly attributes: ReadonlyMap<string, string>
  readonly isParam: boolean
  null?: string
  description?: string
}

/** Gathers what a VOTable document says, as its XML is read. */
export class VoDocument implements XmlHandler {
  /** The fields of the wanted table. */
  readonly fields: VoField[] = []
  readonly params: VoParam[] = []
  readonly infos: VoInfo[] = []
  name: string | undefined
  description: string | undefined
  /** One for each field, since the data of the wanted table began. */
  columns: VoColumn[] | undefined
  fits: EmbeddedFits | undefined
  /** What to tell of fields of the wanted table that had the same name. */
  renamed: string | undefined
  /** Rows that have been read and not been taken. */
  rows = 0
  /** Tables that have begun. */
  tables = 0
  /** Number of the wanted table, when it has been met: of that which so far is the document's answer, which another may replace. */
  found: number | undefined
  /** Set right after construction: it knows the place for errors. */
  reader!: XmlReader
  private readonly wanted: VoWanted
  private readonly held: HeldBytes
  private readonly path: string[] = []
  /** The type that each open RESOURCE has, by itself or what it stands in. */
  private readonly resourceTypes: string[] = []
  /** How likely the table that was found is the document's answer, by its RESOURCE. */
  private rank = 0
  /** What there was before the table that may be replaced began. */
  private before:
    | { readonly params: number; readonly infos: number; readonly description: string | undefined }
    | undefined
  private hasData = false
  private after: { readonly params: number; readonly infos: number } | undefined
  private readonly drafts: Draft[] = []
  /** The fields' own names. */
  private readonly names: string[] = []
  private info: { name: string; value: string } | undefined
  private inTable: 'wanted' | 'other' | undefined
  private data: 'TABLEDATA' | 'BINARY' | 'BINARY2' | 'FITS' | undefined
  private cell = -1
  private captured: string | undefined
  private base64: Base64Reader | undefined
  private binary: VoBinaryRows | undefined

  constructor(wanted: VoWanted, held: HeldBytes) {
    this.wanted = wanted
    this.held = held
  }

  start(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.data === 'TABLEDATA' && this.inTable === 'wanted') this.startCell(name, attributes)
    else this.startElement(name, attributes)
    this.path.push(name)
  }

  text(text: string): void {
    if (this.captured !== undefined) {
      if (this.captured.length + text.length > longestText) {
        this.reader.fail(`text must have at most ${longestText} characters. Received more`)
      }
      this.captured = this.captured === '' ? text : this.captured + text
    } else if (this.base64) this.addBytes(this.base64.decode(text))
  }

  end(name: string): void {
    this.path.pop()
    if (this.data === 'TABLEDATA' && this.inTable === 'wanted') this.endCell(name)
    else this.endElement(name)
  }

  private startCell(name: string, attributes: ReadonlyMap<string, string>): void {
    const parent = this.path.at(-1)
    if (name === 'TD' && parent === 'TR') {
      if (attributes.size > 0 && attributes.has('encoding'))
        this.refuse('cells must not be encoded', attributes.get('encoding'))
      this.captured = ''
    } else if (name === 'TR' && parent === 'TABLEDATA') this.cell = 0
    else this.reader.fail(`TABLEDATA must hold rows of cells. Received ${name} in ${parent}`, name)
  }

  private endCell(name: string): void {
    const columns = this.columns as VoColumn[]
    if (name === 'TD') {
      const column = columns[this.cell++]
      if (!column) this.reader.fail(`row must have ${columns.length} cells as there are fields. Received more`, 'TR')
      column?.pushText(this.captured as string)
      this.captured = undefined
    } else if (name === 'TR') {
      if (this.cell !== columns.length) {
        this.reader.fail(`row must have ${columns.length} cells as there are fields. Received ${this.cell}`, 'TR')
      }
      this.rows++
    } else this.data = undefined
  }

  private startElement(name: string, attributes: ReadonlyMap<string, string>): void {
    if (this.path.length === 0 && name !== 'VOTABLE') {
      this.reader.fail(`root element must be VOTABLE. Received ${name.slice(0, 40)}`, name)
    }
    switch (name) {
      case 'RESOURCE':
        this.resourceTypes.push(attributes.get('type') ?? this.resourceTypes.at(-1) ?? '')
        break
      case 'TABLE':
        this.startTable(attributes)
        break
      case 'FIELD':
      case 'PARAM':
        if (this.inTable === 'other' || (name === 'FIELD' && this.inTable === undefined)) break
        if (this.drafts.length > 0) this.reader.fail(`${name} must not stand in another. Received it inside`, name)
        this.drafts.push({ attributes, isParam: name === 'PARAM' })
        break
      case 'VALUES': {
        const [draft] = this.drafts
        const blank = attributes.get('null')
        if (draft && blank !== undefined) draft.null = blank
        break
      }
      case 'INFO':
        if (this.inTable === 'other') break
        this.info = { name: attributes.get('name') ?? '', value: attributes.get('value') ?? '' }
        this.captured = ''
        break
      case 'DESCRIPTION':
        if (this.inTable !== 'other') this.captured = ''
        break
      case 'TABLEDATA':
      case 'BINARY':
      case 'BINARY2':
      case 'FITS':
        if (this.inTable === 'wanted') this.startData(name, attributes)
        break
      case 'STREAM':
        if (this.inTable === 'wanted' && this.data) this.startStream(attributes)
    }
  }

  private endElement(name: string): void {
    switch (name) {
      case 'TABLE':
        if (this.inTable === 'wanted') this.endTable()
        this.inTable = undefined
        break
      case 'RESOURCE':
        this.resourceTypes.pop()
        break
      case 'FIELD':
      case 'PARAM':
        this.addField()
        break
      case 'INFO':
        if (this.info) this.add(this.infos, { ...this.info, text: this.takeText() })
        this.info = undefined
        break
      case 'DESCRIPTION':
        if (this.captured !== undefined) this.addDescription(this.takeText())
        break
      case 'STREAM':
        this.base64?.finish()
        this.binary?.finish()
        this.base64 = undefined
        this.binary = undefined
        break
      case 'BINARY':
      case 'BINARY2':
      case 'FITS':
        this.data = undefined
    }
  }

  private startTable(attributes: ReadonlyMap<string, string>): void {
    if (this.inTable) this.reader.fail('TABLE must not stand in another. Received it inside', 'TABLE')
    const number = this.tables++
    this.inTable = this.isWanted(number, attributes) ? 'wanted' : 'other'
    if (this.inTable === 'other') return
    if (this.found !== undefined) this.forget()
    this.found = number
    this.before = { params: this.params.length, infos: this.infos.length, description: this.description }
    this.name = attributes.get('name') ?? attributes.get('ID')
    if (attributes.has('ref')) this.refuse('table must have its own fields', `ref="${attributes.get('ref')}"`)
  }

  /** Whether a table is the wanted one, as far as is known: of the document's answer, one of its results, else one that is not metadata; of these the first that has data, else the last. */
  private isWanted(number: number, attributes: ReadonlyMap<string, string>): boolean {
    const { table } = this.wanted
    if (table !== undefined) {
      if (this.found !== undefined) return false
      return typeof table === 'number'
        ? table === number
        : attributes.get('name') === table || attributes.get('ID') === table
    }
    const type = this.resourceTypes.at(-1)
    const rank = type === 'results' ? 2 : type === 'meta' ? 0 : 1
    const isBetter = this.found === undefined || rank > this.rank || (rank === this.rank && !this.hasData)
    if (isBetter) this.rank = rank
    return isBetter
  }

  private endTable(): void {
    this.hasData = this.columns !== undefined
    this.columns ??= this.makeColumns()
    this.after = { params: this.params.length, infos: this.infos.length }
  }

  /** Forgets the table that was the answer so far. */
  private forget(): void {
    const { before, after } = this
    if (before && after) {
      this.params.splice(before.params, after.params - before.params)
      this.infos.splice(before.infos, after.infos - before.infos)
      this.description = before.description
    }
    this.fields.length = 0
    this.names.length = 0
    this.columns = undefined
    this.fits = undefined
    this.rows = 0
    this.held.bytes = 0
  }

  private startData(name: 'TABLEDATA' | 'BINARY' | 'BINARY2' | 'FITS', attributes: ReadonlyMap<string, string>): void {
    if (this.columns) this.reader.fail('TABLE must have one DATA. Received another', name)
    if (this.fields.length === 0) this.reader.fail('TABLE must have a FIELD before its DATA. Received none', name)
    this.columns = this.makeColumns()
    this.data = name
    if (name !== 'FITS') return
    const number = attributes.get('extnum')
    this.fits = { pieces: [], hdu: number === undefined || !/^\d{1,6}$/.test(number) ? undefined : Number(number) }
  }

  private startStream(attributes: ReadonlyMap<string, string>): void {
    const href = attributes.get('href')
    if (href !== undefined)
      this.refuse('data must be in the document itself: nothing is fetched', `href="${href.slice(0, 200)}"`)
    const encoding = attributes.get('encoding') ?? 'base64'
    if (encoding !== 'base64') this.refuse('streams must be base64', encoding)
    this.base64 = new Base64Reader((rule) => this.reader.fail(rule))
    if (this.data === 'FITS') return
    this.binary = new VoBinaryRows(this.columns as VoColumn[], this.data === 'BINARY2', (rule, keyword) =>
      this.reader.fail(rule, keyword),
    )
  }

  private addBytes(bytes: Uint8Array): void {
    if (this.binary) {
      this.rows += this.binary.push(bytes)
      return
    }
    this.held.bytes += bytes.length
    if (this.held.bytes > this.held.limit()) {
      this.reader.fail(`data must take at most ${this.held.limit()} bytes. Received more`)
    }
    this.fits?.pieces.push(bytes)
  }

  private addField(): void {
    const draft = this.drafts.pop()
    if (!draft) return
    const { attributes, isParam, description } = draft
    const number = this.fields.length + 1
    const described: VoField = definedOnly({
      ...voField(attributes, number, this.wanted.source, (rule) => this.reader.fail(rule)),
      description,
      null: draft.null,
    })
    if (isParam) {
      this.add(this.params, { ...described, value: attributes.get('value') ?? '' })
      return
    }
    if (this.columns) this.reader.fail('FIELD must come before the data')
    this.names.push(fieldName(attributes))
    this.add(this.fields, described)
  }

  private addDescription(text: string): void {
    const [draft] = this.drafts
    const parent = this.path.at(-1)
    if (text === '') return
    if (draft && (parent === 'FIELD' || parent === 'PARAM')) draft.description = text
    else if (parent === 'TABLE') this.description = text
    else if (this.found === undefined && (parent === 'RESOURCE' || parent === 'VOTABLE')) this.description = text
  }

  private add<T>(list: T[], item: T): void {
    if (list.length >= mostItems)
      this.reader.fail(`document must have at most ${mostItems} fields, parameters and infos`)
    list.push(item)
  }

  private takeText(): string {
    const text = this.captured ?? ''
    this.captured = undefined
    return text.trim().replace(/\s+/g, ' ')
  }

  private makeColumns(): VoColumn[] {
    const { columns, types } = this.wanted
    const names = uniqueNames(this.names)
    this.renamed = renamedWarning('votable', this.names, names)
    return this.fields.map((described, i) => {
      const field = { ...described, name: names[i] as string }
      this.fields[i] = field
      const isWanted = columns?.has(field.name) ?? true
      const asText = field.datatype === 'long' && types?.get(field.name)?.type === 'text'
      return new VoColumn(field, this.held, (rule, keyword) => this.reader.fail(rule, keyword), isWanted, asText)
    })
  }

  private refuse(rule: string, received: string | undefined): never {
    throw new UnsupportedError(`votable: ${rule}. Received ${received} (${this.wanted.source}).`)
  }
}
