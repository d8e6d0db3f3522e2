import { concatArrays } from '@astronomaly/core'
import type { VoColumn } from './vo-column.ts'

const bytesOf = {
  boolean: 1,
  unsignedByte: 1,
  short: 2,
  int: 4,
  long: 8,
  char: 1,
  unicodeChar: 2,
  float: 4,
  double: 8,
  floatComplex: 4,
  doubleComplex: 8,
} as const

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const latin1 = new TextDecoder('latin1')
const utf16 = new TextDecoder('utf-16be', { ignoreBOM: true })

/**
 * Reads the rows of BINARY and BINARY2 streams as their bytes come, in pieces of any size.
 *
 * @remarks A row is read when all of it has come; memory holds one row beside the piece.
 * @see https://www.ivoa.net/documents/VOTable/20191021/, sections 5.3, 5.4 and 6
 */
export class VoBinaryRows {
  private readonly columns: readonly VoColumn[]
  private readonly flagBytes: number
  private readonly fail: (rule: string, keyword?: string) => never
  private bytes: Uint8Array = new Uint8Array(0)
  private pieces: Uint8Array[] = []
  private held = 0
  /** Bytes that are needed before it is worth another look. */
  private needed = 1

  /**
   * @param hasFlags - Whether each row begins with a bit for each missing cell, as BINARY2 has it.
   * @param fail - Throws.
   */
  constructor(columns: readonly VoColumn[], hasFlags: boolean, fail: (rule: string, keyword?: string) => never) {
    this.columns = columns
    this.flagBytes = hasFlags ? Math.ceil(columns.length / 8) : 0
    this.fail = fail
  }

  /** Reads the rows that are complete now, and returns how many they are. */
  push(piece: Uint8Array): number {
    this.pieces.push(piece)
    this.held += piece.length
    if (this.held < this.needed) return 0
    const [only, ...more] = this.pieces
    this.bytes = only && more.length === 0 ? only : concatArrays(Uint8Array, this.pieces)
    let rows = 0
    let at = 0
    while (this.bytes.length - at >= this.needed) {
      const end = this.rowEnd(at)
      if (end < 0) break
      if (end === at) this.fail('rows must have bytes. Received fields of no size')
      this.readRow(at)
      at = end
      this.needed = 1
      rows++
    }
    this.bytes = this.bytes.slice(at)
    this.pieces = [this.bytes]
    this.held = this.bytes.length
    return rows
  }

  /** @throws FormatError when a part of a row is left. */
  finish(): void {
    if (this.held > 0) this.fail(`stream must end with a row. Received ${this.held} bytes more`)
  }

  /** Where the row that begins at `start` ends; negative when it is not complete, and `needed` is set. */
  private rowEnd(start: number): number {
    const view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength)
    let at = start + this.flagBytes
    for (const column of this.columns) {
      const { variable } = column.shape
      const isCounted = variable || isFreeText(column)
      if (isCounted && at + 4 > this.bytes.length) return this.wait(at + 4 - start)
      at += isCounted ? 4 + cellBytes(column, view.getUint32(at)) : cellBytes(column, 1)
      if (at > this.bytes.length) return this.wait(at - start)
    }
    return at
  }

  private wait(bytes: number): number {
    this.needed = bytes
    return -1
  }

  private readRow(start: number): void {
    const { bytes } = this
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let at = start + this.flagBytes
    for (const [i, column] of this.columns.entries()) {
      const isCounted = column.shape.variable || isFreeText(column)
      const items = isCounted ? view.getUint32(at) : 1
      if (isCounted) at += 4
      const isNull = this.flagBytes > 0 && ((bytes[start + (i >> 3)]! >> (7 - (i & 7))) & 1) === 1
      if (isNull) column.pushNull()
      else if (column.wanted) this.readCell(column, view, at, items)
      at += cellBytes(column, items)
    }
  }

  private readCell(column: VoColumn, view: DataView, start: number, items: number): void {
    const { kind, shape, field } = column
    const before = column.elements
    if (kind === 'text') this.readText(column, start, items)
    else {
      const count = items * shape.elements
      const size = field.datatype === 'bit' ? 0 : bytesOf[field.datatype]
      for (let i = 0, at = start; i < count; i++, at += size) {
        switch (field.datatype) {
          case 'boolean':
            column.pushNumber(this.booleanOf(view.getUint8(at), field.name))
            break
          case 'bit':
            column.pushNumber(bitOf(view, start, i, count))
            break
          case 'unsignedByte':
            column.pushNumber(view.getUint8(at))
            break
          case 'short':
            column.pushNumber(view.getInt16(at))
            break
          case 'int':
            column.pushNumber(view.getInt32(at))
            break
          case 'long':
            column.pushLong(view.getBigInt64(at))
            break
          case 'float':
          case 'floatComplex':
            column.pushNumber(view.getFloat32(at))
            break
          default:
            column.pushNumber(view.getFloat64(at))
        }
      }
    }
    column.finishCell(column.elements - before)
  }

  private readText(column: VoColumn, start: number, items: number): void {
    const { shape, field } = column
    const isFree = isFreeText(column)
    const size = bytesOf[field.datatype as 'char' | 'unicodeChar']
    const length = size * (isFree ? items : (shape.characters ?? 1))
    const strings = isFree ? 1 : items * shape.elements
    const isPadded = !isFree && strings > 0 && (shape.variable || shape.elements > 1)
    for (let i = 0; i < strings; i++) {
      const text = textOf(this.bytes.subarray(start + i * length, start + (i + 1) * length), size)
      column.addText(isPadded ? text.trimEnd() : text)
    }
  }

  private booleanOf(byte: number, name: string): number {
    const character = String.fromCharCode(byte)
    if (/[tT1]/.test(character)) return 1
    if (/[fF0]/.test(character)) return 0
    if (byte === 0 || byte === 0x20 || byte === 0x3f) return Number.NaN
    return this.fail(`boolean must be T, F or ?. Received byte ${byte}`, name)
  }
}

/** A bit of `count`. A lone one is 1 unless its byte is 0: not all programs write it where it belongs. */
function bitOf(view: DataView, start: number, index: number, count: number): number {
  if (count === 1) return view.getUint8(start) === 0 ? 0 : 1
  return (view.getUint8(start + (index >> 3)) >> (7 - (index & 7))) & 1
}

/** Whether each cell is one string of its own length. */
function isFreeText(column: VoColumn): boolean {
  return column.kind === 'text' && column.shape.characters === undefined
}

/** Bytes of a cell of `items` items, without their count. */
function cellBytes({ shape, field, kind }: VoColumn, items: number): number {
  const elements = items * shape.elements
  if (field.datatype === 'bit') return Math.ceil(elements / 8)
  return elements * bytesOf[field.datatype] * (kind === 'text' ? (shape.characters ?? 1) : 1)
}

/** The characters before the first NUL. */
function textOf(bytes: Uint8Array, size: number): string {
  let end = 0
  while (end < bytes.length && (bytes[end] !== 0 || (size === 2 && bytes[end + 1] !== 0))) end += size
  const text = bytes.subarray(0, end)
  if (size === 2) return utf16.decode(text)
  try {
    return strictUtf8.decode(text)
  } catch {
    return latin1.decode(text)
  }
}
