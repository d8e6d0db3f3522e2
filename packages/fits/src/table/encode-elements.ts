import { ParameterError, UnsupportedError } from '@astronomaly/core'
import type { ColumnValues } from '@astronomaly/core/table'
import type { ElementCode } from './binary-table-layout.ts'

/** Integer types that a column can be stored as, whatever array holds its values. */
export type FitsStorage = 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32' | 'int64' | 'uint64'

/** Writes values `[from, to)` as elements from byte `at` on. */
type WriteElements = (view: DataView, at: number, values: ColumnValues, from: number, to: number) => void

/** How the values of a column are stored. */
export interface ElementEncoder {
  readonly code: ElementCode
  /** Bytes of an element. */
  readonly size: number
  /** TZERO, where the standard stores integers of the other sign less that. */
  readonly zero: number | bigint | undefined
  /** Whether values of that kind can be written. */
  readonly takes: (values: ColumnValues) => boolean
  readonly write: WriteElements
}

const storages: Record<FitsStorage, { code: ElementCode; size: number; least: bigint; most: bigint; zero?: bigint }> = {
  int8: { code: 'B', size: 1, least: -128n, most: 127n, zero: -128n },
  uint8: { code: 'B', size: 1, least: 0n, most: 255n },
  int16: { code: 'I', size: 2, least: -(2n ** 15n), most: 2n ** 15n - 1n },
  uint16: { code: 'I', size: 2, least: 0n, most: 2n ** 16n - 1n, zero: 2n ** 15n },
  int32: { code: 'J', size: 4, least: -(2n ** 31n), most: 2n ** 31n - 1n },
  uint32: { code: 'J', size: 4, least: 0n, most: 2n ** 32n - 1n, zero: 2n ** 31n },
  int64: { code: 'K', size: 8, least: -(2n ** 63n), most: 2n ** 63n - 1n },
  uint64: { code: 'K', size: 8, least: 0n, most: 2n ** 64n - 1n, zero: 2n ** 63n },
}

/** Every {@link FitsStorage}. */
export const storageNames: readonly FitsStorage[] = Object.keys(storages) as FitsStorage[]

/** How integers are stored as `storage`, from any array of numbers. */
export function storedAs(subject: string, name: string, storage: FitsStorage): ElementEncoder {
  const { code, size, least, most, zero = 0n } = storages[storage]
  const isExact = size < 8
  const [low, high, shift] = [Number(least), Number(most), Number(zero)]
  const refuse = (value: unknown, index: number): never => {
    throw new ParameterError(
      `${subject}: ${storage} must hold the values of column ${name}. Received ${String(value)} as number ${index + 1}.`,
    )
  }
  const put = (view: DataView, at: number, value: number): void => {
    if (size === 1) view.setUint8(at, value)
    else if (size === 2) view.setInt16(at, value)
    else view.setInt32(at, value)
  }
  return {
    code,
    size,
    zero: zero === 0n ? undefined : isExact ? shift : zero,
    takes: (values) => !Array.isArray(values),
    write(view, at, values, from, to) {
      for (let i = from; i < to; i++) {
        const value = values[i] as number | bigint
        const place = at + (i - from) * size
        if (typeof value === 'number' && isExact) {
          if (!(Number.isInteger(value) && value >= low && value <= high)) refuse(value, i)
          put(view, place, value - shift)
          continue
        }
        if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) refuse(value, i)
        const long = BigInt(value)
        if (long < least || long > most) refuse(value, i)
        if (isExact) put(view, place, Number(long - zero))
        else view.setBigInt64(place, long - zero)
      }
    },
  }
}

/** How the values of an array are stored as they are; undefined for text. */
export function storedAsIs(values: ColumnValues): ElementEncoder | undefined {
  if (values instanceof Float64Array) {
    const doubles = plain('D', 8, Float64Array, (view, at, own, from, to) => {
      for (let i = from; i < to; i++) view.setFloat64(at + 8 * (i - from), Number(own[i]))
    })
    return { ...doubles, takes: (own) => own instanceof Float64Array || isLogical(own) }
  }
  if (values instanceof Float32Array) {
    return plain('E', 4, Float32Array, (view, at, own, from, to) => {
      for (let i = from; i < to; i++) view.setFloat32(at + 4 * (i - from), own[i]!)
    })
  }
  if (values instanceof Int32Array) {
    return plain('J', 4, Int32Array, (view, at, own, from, to) => {
      for (let i = from; i < to; i++) view.setInt32(at + 4 * (i - from), own[i]!)
    })
  }
  if (values instanceof Int16Array) {
    return plain('I', 2, Int16Array, (view, at, own, from, to) => {
      for (let i = from; i < to; i++) view.setInt16(at + 2 * (i - from), own[i]!)
    })
  }
  if (values instanceof Uint8Array) {
    return plain('B', 1, Uint8Array, (view, at, own, from, to) => {
      for (let i = from; i < to; i++) view.setUint8(at + i - from, own[i]!)
    })
  }
  if (values instanceof BigInt64Array) {
    return plain('K', 8, BigInt64Array, (view, at, own, from, to) => {
      for (let i = from; i < to; i++) view.setBigInt64(at + 8 * (i - from), own[i]!)
    })
  }
  if (values instanceof BigUint64Array) {
    const write: Parameters<typeof plain<BigUint64Array>>[3] = (view, at, own, from, to) => {
      for (let i = from; i < to; i++) view.setBigUint64(at + 8 * (i - from), own[i]! ^ 0x8000000000000000n)
    }
    return { ...plain('K', 8, BigUint64Array, write), zero: 2n ** 63n }
  }
  return isLogical(values) ? logical : undefined
}

function plain<A extends ColumnValues>(
  code: ElementCode,
  size: number,
  kind: new (length: number) => A,
  write: (view: DataView, at: number, values: A, from: number, to: number) => void,
): ElementEncoder {
  return { code, size, zero: undefined, takes: (values) => values instanceof kind, write: write as WriteElements }
}

function isLogical(values: ColumnValues): boolean {
  return Array.isArray(values) && values.length > 0 && values.every((value) => typeof value === 'boolean')
}

/** Whether numbers are truth values of which some are undefined, as readers give them. */
function isUndefinedLogical(values: ColumnValues): boolean {
  return values instanceof Float64Array && values.every((value) => value === 0 || value === 1 || Number.isNaN(value))
}

const logical: ElementEncoder = {
  code: 'L',
  size: 1,
  zero: undefined,
  takes: (values) => values.length === 0 || isLogical(values) || isUndefinedLogical(values),
  write(view, at, values, from, to) {
    for (let i = from; i < to; i++) {
      const value = values[i]
      view.setUint8(at + i - from, Number.isNaN(value) ? 0 : value ? 0x54 : 0x46)
    }
  },
}

/** How strings are stored in fields of `size` characters, `width` in a row. */
export function storedAsText(subject: string, name: string, size: number, width: number): ElementEncoder {
  return {
    code: 'A',
    size,
    zero: undefined,
    takes: (values) => Array.isArray(values),
    write(view, at, values, from, to) {
      for (let i = from; i < to; i++) {
        const value = values[i] as string
        checkText(subject, name, value, Math.floor(i / width))
        if (value.length > size) {
          throw new ParameterError(
            `${subject}: text of column ${name} must have at most ${size} characters. Received ${JSON.stringify(value)} in row ${Math.floor(i / width) + 1}.`,
          )
        }
        writeText(view, at + size * (i - from), value)
        for (let k = value.length; k < size; k++) view.setUint8(at + size * (i - from) + k, 0x20)
      }
    },
  }
}

/** Writes the characters of a text that has been checked. */
export function writeText(view: DataView, at: number, text: string): void {
  for (let k = 0; k < text.length; k++) view.setUint8(at + k, text.charCodeAt(k))
}

/** @throws ParameterError when FITS cannot hold a text. */
export function checkText(subject: string, name: string, value: unknown, row: number): void {
  if (typeof value === 'string' && /^[\x20-\x7e]*$/.test(value)) return
  throw new ParameterError(
    `${subject}: text must be printable ASCII; CSV and Parquet take any. Received ${JSON.stringify(value)} in column ${name}, row ${row + 1}.`,
  )
}

/** @throws UnsupportedError for lists of strings of which each row has its own number: FITS has none. */
export function refuseTextLists(subject: string, name: string): never {
  throw new UnsupportedError(
    `${subject}: rows of text must have the same number of strings each. Those of column ${name} vary.`,
  )
}
