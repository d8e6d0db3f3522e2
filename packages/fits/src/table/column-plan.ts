import { definedOnly } from '@astronomaly/core'
import { type CatalogueColumn, type ColumnType, uniqueNames } from '@astronomaly/core/table'
import type { FitsHeader } from '../header/fits-header.ts'
import { type BinaryColumn, type ElementCode, elementOfCells } from './binary-table-layout.ts'

/** What a column of a FITS table reads as; the header alone decides it. */
export interface FitsTableColumn extends CatalogueColumn {
  /** TTYPE, made unique: see `uniqueNames`. */
  readonly name: string
  /** Of one value; 64-bit integers are such. */
  readonly type: ColumnType
  /** Values per row; 0 where rows vary in length, or hold nothing. */
  readonly width: number
  /** Whether rows vary in length. */
  readonly ragged: boolean
  /** Whether text is the digits of 64-bit integers, of which some may be missing: see `nulls`. */
  readonly isLong: boolean
}

/** How integers that stand for missing values are read. */
export type NullPolicy = 'nan' | 'text' | 'keep'

/** How the elements of a column turn into values. */
export interface ElementPlan {
  readonly code: ElementCode
  readonly type: ColumnType
  readonly scale: number
  readonly zero: number
  /** The stored integer that stands for a missing value. */
  readonly missing: bigint | undefined
  readonly nulls: NullPolicy
  /** Characters of each string, for A. */
  readonly textLength: number
  /** Keyword and header for errors. */
  readonly name: string
  readonly source: string | undefined
}

/** A column of a binary table: what it reads as, where it is, and how its elements are decoded. */
export interface BinaryColumnPlan extends FitsTableColumn {
  readonly stored: BinaryColumn
  readonly element: ElementPlan
  /** Values that stand for one element: 2 for complex ones. */
  readonly parts: 1 | 2
}

/** The names of a table's columns, as `uniqueNames` makes them. @throws FormatError when TFIELDS is missing or absurd. */
export function tableColumnNames(header: FitsHeader): string[] {
  return uniqueNames(storedColumnNames(header))
}

/** TTYPE of each column, or `''`. @throws FormatError when TFIELDS is missing or absurd. */
export function storedColumnNames(header: FitsHeader): string[] {
  const fields = header.integer('TFIELDS', 0, 999)
  if (fields === undefined) throw header.fault('TFIELDS', 'must be present')
  return Array.from({ length: fields }, (_, i) => {
    const name = header.get(`TTYPE${i + 1}`)
    return typeof name === 'string' ? name.trim() : ''
  })
}

/** Unit and descriptions of a column. */
export function columnWords(header: FitsHeader, number: number): Pick<FitsTableColumn, 'unit' | 'description' | 'ucd'> {
  const text = (keyword: string): string | undefined => {
    const value = header.get(`${keyword}${number}`)
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
  }
  // TCOMM and TUCD as several programs write them.
  return definedOnly({ unit: text('TUNIT'), description: text('TCOMM'), ucd: text('TUCD') })
}

/**
 * What a column of a binary table reads as.
 *
 * @throws FormatError when a cell's format or a scaling factor cannot be understood.
 */
export function planBinaryColumn(
  header: FitsHeader,
  stored: BinaryColumn,
  name: string,
  nulls: NullPolicy,
): BinaryColumnPlan {
  const { number, repeat } = stored
  const pointer = stored.code === 'P' || stored.code === 'Q'
  const code = pointer ? elementOfCells(stored) : (stored.code as ElementCode)
  if (code === undefined || (pointer && repeat > 1)) {
    throw header.fault(
      `TFORM${number}`,
      `must name one element type, as 1PE does. Received ${header.text(`TFORM${number}`)}`,
    )
  }
  const dimensions = pointer ? undefined : dimensionsOf(header, number)
  const parts = code === 'C' || code === 'M' ? 2 : 1
  const textLength = code === 'A' && !pointer ? stringLength(stored, dimensions) : 0
  const element = planElement(header, number, code, textLength, name, nulls)
  const isLong = code === 'K' && element.type === 'text'
  const plan = { name, type: element.type, isLong, ...columnWords(header, number), stored, element, parts } as const
  if (pointer) return { ...plan, width: code === 'A' ? 1 : 0, ragged: code !== 'A' }
  const width = code === 'A' ? (textLength === 0 ? 0 : Math.floor(repeat / textLength)) : repeat * parts
  const own = parts === 2 && repeat > 1 ? [repeat] : undefined
  const axes = code === 'A' ? dimensions?.slice(1) : (dimensions ?? own)
  const shape = [...(axes ?? [])].reverse()
  if (parts === 2) shape.push(2)
  const known = shape.length > 1 && shape.reduce((a, b) => a * b, 1) === width
  return known ? { ...plan, width, ragged: false, shape } : { ...plan, width, ragged: false }
}

/** Axis lengths as TDIM has them, fastest first. */
function dimensionsOf(header: FitsHeader, number: number): number[] | undefined {
  const value = header.get(`TDIM${number}`)
  if (typeof value !== 'string') return undefined
  const parts = /^\s*\(\s*(\d{1,15}(?:\s*,\s*\d{1,15})*)\s*\)\s*$/.exec(value)
  return parts ? parts[1]!.split(',').map(Number) : undefined
}

/** Characters of one string: by TDIM, by the rAw convention, or all. */
function stringLength(stored: BinaryColumn, dimensions: readonly number[] | undefined): number {
  const substring = /^(\d+)$/.exec(stored.suffix.trim())
  const length = dimensions && dimensions.length > 1 ? dimensions[0]! : Number(substring?.[1] ?? stored.repeat)
  return length > 0 && length < stored.repeat ? length : stored.repeat
}

/** Offsets by which the standard stores the integers of the other sign, and what they read as. */
const unsigned: Partial<Record<ElementCode, { readonly zero: number; readonly type: ColumnType }>> = {
  B: { zero: -128, type: 'int16' },
  I: { zero: 2 ** 15, type: 'int32' },
  K: { zero: 2 ** 63, type: 'uint64' },
}

const plain: Record<ElementCode, ColumnType> = {
  L: 'boolean',
  X: 'uint8',
  B: 'uint8',
  I: 'int16',
  J: 'int32',
  K: 'int64',
  A: 'text',
  E: 'float32',
  C: 'float32',
  D: 'float64',
  M: 'float64',
}

function planElement(
  header: FitsHeader,
  number: number,
  code: ElementCode,
  textLength: number,
  name: string,
  nulls: NullPolicy,
): ElementPlan {
  const scalable = !'LXA'.includes(code)
  const scale = (scalable ? header.number(`TSCAL${number}`) : undefined) ?? 1
  const zero = (scalable ? header.number(`TZERO${number}`) : undefined) ?? 0
  const blank = 'BIJK'.includes(code) && nulls !== 'keep' ? header.get(`TNULL${number}`) : undefined
  const missing =
    typeof blank === 'bigint' ? blank : typeof blank === 'number' && Number.isInteger(blank) ? BigInt(blank) : undefined
  const place = { code, textLength, name, source: header.source, scale, zero, missing, nulls }
  const isLong = code === 'K' && scale === 1 && (zero === 0 || zero === 2 ** 63)
  if (missing !== undefined) return { ...place, type: isLong && nulls === 'text' ? 'text' : 'float64' }
  if (scale === 1 && zero === 0) return { ...place, type: plain[code] }
  const offset = unsigned[code]
  return { ...place, type: scale === 1 && zero === offset?.zero ? offset.type : 'float64' }
}
