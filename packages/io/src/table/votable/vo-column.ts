import { definedOnly } from '@astronomaly/core'
import {
  type ColumnType,
  type ColumnValues,
  isInexact,
  settledType,
  type TableColumn,
  type ValueKind,
  valuesAs,
  valueText,
} from '@astronomaly/core/table'
import { type VoField, type VoShape, voShape } from './vo-field.ts'
import { nullOf, parseVoToken, voKinds } from './vo-token.ts'

/** What the values of a column become: settled when all of them have been seen. */
export interface VoColumnType {
  readonly type: ColumnType
  readonly width: number
}

/** Bytes that are held for the columns of a table, and how many may be. */
export interface HeldBytes {
  bytes: number
  /** Of values that have been handed on and are held all the same. */
  handed: number
  readonly limit: () => number
}

/**
 * Gathers the cells of one column, from text or from binary data.
 *
 * @remarks Numbers of every type are held as f64, which holds all but long integers beyond ±(2^53 - 1) exactly; a column in which one
 * of those occurs is held as text from there on.
 */
export class VoColumn {
  readonly field: VoField
  readonly shape: VoShape
  readonly kind: ValueKind
  /** Whether the values are wanted; the cells are read over otherwise. */
  readonly wanted: boolean
  private readonly fail: (rule: string, keyword: string) => never
  private readonly held: HeldBytes
  private readonly nullNumber: number | undefined
  private readonly nullText: string | undefined
  private numbers = new Float64Array(16)
  private texts: string[] | undefined
  private count = 0
  private taken = 0
  private takenRows = 0
  private lengths: number[] = []
  private missing = false

  /**
   * @param fail - Throws.
   * @param asText - Whether a column of long integers is known to become text.
   */
  constructor(
    field: VoField,
    held: HeldBytes,
    fail: (rule: string, keyword: string) => never,
    wanted: boolean,
    asText: boolean,
  ) {
    this.field = field
    this.held = held
    this.fail = fail
    this.wanted = wanted
    this.kind = voKinds[field.datatype]
    this.shape = voShape(field, (rule) => fail(rule, field.name))
    if (this.kind === 'text' || asText) this.texts = []
    const blank = this.kind === 'text' ? undefined : nullOf(field)
    const number = blank === undefined ? undefined : Number(blank)
    // Binary data have it rounded, text has not.
    this.nullNumber = number !== undefined && this.kind === 'float32' ? Math.fround(number) : number
    this.nullText = blank === undefined ? undefined : String(blank)
  }

  /** Adds a cell as TABLEDATA writes it. */
  pushText(cell: string): void {
    if (!this.wanted) return
    const { shape, kind } = this
    const before = this.count
    if (kind === 'text') this.pushString(cell)
    else if (shape.elements === 1 && !shape.variable) this.pushToken(cell.trim())
    else {
      const trimmed = cell.trim()
      const tokens =
        trimmed === '' ? [] : this.field.datatype === 'bit' ? [...trimmed.replace(/\s+/g, '')] : trimmed.split(/\s+/)
      if (tokens.length === 0 && !shape.variable) this.pushMissing(shape.elements)
      for (const token of tokens) this.pushToken(token)
    }
    this.finishCell(this.count - before)
  }

  /** Adds a cell without a value. */
  pushNull(): void {
    if (!this.wanted) return
    const before = this.count
    if (!this.shape.variable) this.pushMissing(this.shape.elements)
    this.finishCell(this.count - before)
  }

  /** Ends a cell of which `elements` have been added one by one. @throws FormatError when it is of another size than the field says. */
  finishCell(elements: number): void {
    const { shape } = this
    if (shape.variable ? elements % shape.elements !== 0 : elements !== shape.elements) {
      const wanted = shape.variable ? `a multiple of ${shape.elements}` : shape.elements
      this.fail(`cell must have ${wanted} elements. Received ${elements}`, this.field.name)
    }
    if (shape.variable) this.lengths.push(elements)
  }

  /** Adds a number; NaN in a column of integers or booleans is a missing one. */
  pushNumber(value: number): void {
    const isNull = (this.kind === 'float32' ? Math.fround(value) : value) === this.nullNumber
    if (isNull || (Number.isNaN(value) && this.kind !== 'float32' && this.kind !== 'float64')) {
      this.pushMissing(1)
      return
    }
    if (this.texts) this.addText(String(value))
    else this.addNumber(value)
  }

  /** Adds a long integer. */
  pushLong(value: bigint): void {
    if (!isInexact(value)) {
      this.pushNumber(Number(value))
      return
    }
    if (String(value) === this.nullText) {
      this.pushMissing(1)
      return
    }
    if (!this.texts) {
      this.texts = Array.from(this.numbers.subarray(0, this.count), valueText)
    }
    this.addText(String(value))
  }

  /** Adds a string of a cell of several. */
  addText(text: string): void {
    this.texts?.push(text)
    this.count++
    this.hold(8)
  }

  /** The number of elements that have been added. */
  get elements(): number {
    return this.count
  }

  /** What the values become, if there are no more. */
  columnType(): VoColumnType {
    const type = settledType(this.kind, {
      missing: this.missing,
      unsafe: this.kind === 'int64' && this.texts !== undefined,
    })
    return { type, width: this.shape.variable ? 0 : this.shape.elements }
  }

  /** Forgets all values, but not what they are like. */
  discard(): void {
    this.taken = this.count
    this.takenRows = this.lengths.length
    this.compact()
  }

  /** The next `rows` rows as a column of this type. */
  take(rows: number, { type, width }: VoColumnType): TableColumn {
    const { unit, description, ucd } = this.field
    let count = rows * width
    let offsets: Uint32Array | undefined
    if (this.shape.variable) {
      offsets = new Uint32Array(rows + 1)
      for (let row = 0; row < rows; row++) offsets[row + 1] = offsets[row]! + this.lengths[this.takenRows + row]!
      count = offsets[rows]!
    }
    const values = this.valuesOf(count, type)
    this.taken += count
    this.takenRows += rows
    return definedOnly({ values, width, offsets, unit, description, ucd })
  }

  private valuesOf(count: number, type: VoColumnType['type']): ColumnValues {
    const texts = this.texts?.slice(this.taken, this.taken + count)
    if (texts && type === 'text') return texts
    if (texts) this.fail('file must not change while it is read. Received a larger integer', this.field.name)
    const numbers = this.numbers.subarray(this.taken, this.taken + count)
    if (this.missing && type !== 'float32' && type !== 'float64' && type !== 'text') {
      this.fail('file must not change while it is read. Received a missing value', this.field.name)
    }
    if (type === 'boolean') return Array.from(numbers, (value) => value === 1)
    return type === 'float64' ? numbers.slice() : valuesAs(type, numbers)
  }

  /** Forgets the values that have been taken. */
  compact(): void {
    this.numbers.copyWithin(0, this.taken, this.count)
    if (this.texts && this.taken > 0) this.texts = this.texts.slice(this.taken)
    this.lengths = this.lengths.slice(this.takenRows)
    this.count -= this.taken
    this.held.bytes -= this.texts ? 8 * this.taken : 0
    this.taken = 0
    this.takenRows = 0
  }

  private pushString(cell: string): void {
    const { elements, variable, characters } = this.shape
    if (elements === 1 && !variable) {
      this.addText(cell)
      return
    }
    const size = Math.max(1, characters ?? 1)
    const strings = variable ? Math.ceil(cell.length / size / elements) * elements : elements
    if (cell.length > strings * size) {
      this.fail(`cell must have at most ${strings * size} characters. Received ${cell.length}`, this.field.name)
    }
    for (let i = 0; i < strings; i++) this.addText(cell.slice(i * size, (i + 1) * size).trimEnd())
  }

  private pushToken(token: string): void {
    const value = parseVoToken(token, this.field.datatype)
    if (value === undefined) this.pushMissing(1)
    else if (typeof value === 'bigint') this.pushLong(value)
    else if (typeof value === 'number') this.pushNumber(value)
    // The value for missing ones may lie outside the type's range.
    else if (this.nullNumber !== undefined && Number(token) === this.nullNumber) this.pushMissing(1)
    else {
      const received = JSON.stringify(token.slice(0, 40))
      this.fail(`value of type ${this.field.datatype} must be ${value.rule}. Received ${received}`, this.field.name)
    }
  }

  private pushMissing(elements: number): void {
    if (this.kind === 'text') {
      for (let i = 0; i < elements; i++) this.addText('')
      return
    }
    this.missing = true
    for (let i = 0; i < elements; i++) {
      if (this.texts) this.addText('')
      else this.addNumber(Number.NaN)
    }
  }

  private addNumber(value: number): void {
    if (this.count === this.numbers.length) {
      this.hold(8 * this.count)
      const grown = new Float64Array(2 * this.count)
      grown.set(this.numbers)
      this.numbers = grown
    }
    this.numbers[this.count++] = value
  }

  private hold(bytes: number): void {
    this.held.bytes += bytes
    if (this.held.bytes + this.held.handed <= this.held.limit()) return
    this.fail(`values must take at most ${this.held.limit()} bytes. Received more`, this.field.name)
  }
}
