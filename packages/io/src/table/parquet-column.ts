import { UnsupportedError } from '@astronomaly/core'
import type { ValueKind } from '@astronomaly/core/table'
import type { ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet'

/** What the values of a column become. @throws UnsupportedError when they cannot be read. */
function kindOf({ type, name, converted_type: converted, logical_type: logical }: SchemaElement): ValueKind {
  if (converted === 'DECIMAL') return 'float64'
  const date = converted === 'DATE' || converted?.startsWith('TIMESTAMP') || logical?.type === 'TIMESTAMP'
  const integer = logical?.type === 'INTEGER' ? `${logical.isSigned ? '' : 'U'}INT_${logical.bitWidth}` : converted
  const readable = converted !== 'BSON' && converted !== 'INTERVAL'
  if (type === 'BOOLEAN') return 'boolean'
  if (type === 'FLOAT') return 'float32'
  if (type === 'DOUBLE') return 'float64'
  if (type === 'INT96' || (type === 'BYTE_ARRAY' && readable) || date) return 'text'
  if (type === 'INT64') return 'int64'
  if (type === 'INT32') {
    if (integer === 'UINT_8') return 'uint8'
    if (integer === 'INT_8' || integer === 'INT_16') return 'int16'
    return integer === 'UINT_32' ? 'uint32' : 'int32'
  }
  if (logical?.type === 'FLOAT16') return 'float32'
  if (logical?.type === 'UUID') return 'text'
  throw new UnsupportedError(
    `parquet: column ${name} must hold numbers, text or times. Received ${logical?.type ?? converted ?? type}.`,
  )
}

/** The element that the values of a top-level column have, and whether its rows are lists of them. @throws UnsupportedError */
function leafOf(column: SchemaTree): { readonly element: SchemaElement; readonly isList: boolean } {
  let leaf = column
  let repeated = 0
  while (leaf.children.length === 1 && column.element.converted_type === 'LIST') {
    leaf = leaf.children[0] as SchemaTree
    if (leaf.element.repetition_type === 'REPEATED') repeated++
  }
  const isList = column.children.length > 0
  if (leaf.children.length > 0 || repeated !== (isList ? 1 : 0) || column.element.repetition_type === 'REPEATED') {
    throw new UnsupportedError(
      `parquet: column ${column.element.name} must hold plain values or lists of them. Received a nested type.`,
    )
  }
  return { element: leaf.element, isList }
}

/** What is known of a column by the schema. */
export interface ParquetColumn {
  readonly element: SchemaElement
  readonly kind: ValueKind
  readonly isList: boolean
}

/** What is known of a column by the schema. @throws UnsupportedError when it holds what no table does. */
export function columnOf(tree: SchemaTree): ParquetColumn {
  const { element, isList } = leafOf(tree)
  return { element, kind: kindOf(element), isList }
}

/** The lists of a column one after another; a missing list is as many missing values. @throws UnsupportedError */
export function flattenLists(name: string, rows: ArrayLike<unknown>, width: number): unknown[] {
  if (width === 0 && rows.length > 0) {
    throw new UnsupportedError(`parquet: lists of column ${name} must have a value. Received none.`)
  }
  const values = new Array<unknown>(rows.length * width).fill(undefined)
  for (let row = 0; row < rows.length; row++) {
    const list = rows[row] as unknown[] | null | undefined
    for (let i = 0; i < (list?.length ?? 0); i++) values[row * width + i] = list?.[i]
  }
  return values
}

/** The length of all lists, when those before had `known` values (0: there were none). @throws UnsupportedError */
export function listWidth(name: string, rows: ArrayLike<unknown>, known: number): number {
  let width = known
  for (let row = 0; row < rows.length; row++) {
    const length = (rows[row] as unknown[] | null | undefined)?.length ?? width
    if (width > 0 && length !== width) {
      throw new UnsupportedError(
        `parquet: lists of column ${name} must be of equal length. Received ${width} and ${length}.`,
      )
    }
    width = length
  }
  return width
}

/** ISO 8601 in UTC; `count` units of 10^-digits seconds since 1970. */
function isoTime(count: bigint, digits: number): string {
  const unit = 10n ** BigInt(digits)
  const fraction = ((count % unit) + unit) % unit
  const date = new Date(Number((count - fraction) / unit) * 1000)
  return `${date.toISOString().slice(0, -5)}.${String(fraction).padStart(digits, '0')}Z`
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true })

/** Makes text of what Parquet has and tables have not; bytes must be UTF-8. */
export function textParsers(column: string): Partial<ParquetParsers> {
  const textOf = (bytes: Uint8Array): string => {
    try {
      return bytes && strictUtf8.decode(bytes)
    } catch (cause) {
      throw new UnsupportedError(`parquet: bytes of column ${column} must be text in UTF-8. Received others.`, {
        cause,
      })
    }
  }
  return {
    timestampFromMilliseconds: (count: bigint) => isoTime(count, 3),
    timestampFromMicroseconds: (count: bigint) => isoTime(count, 6),
    timestampFromNanoseconds: (count: bigint) => isoTime(count, 9),
    dateFromDays: (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10),
    stringFromBytes: textOf,
    jsonFromBytes: textOf,
  }
}
