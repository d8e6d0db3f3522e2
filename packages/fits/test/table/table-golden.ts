import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Table, TableColumn } from '@astronomaly/core/table'

interface FixedColumn {
  readonly width: number
  readonly shape: readonly number[] | null
  readonly values: readonly unknown[]
}

export interface TableCase {
  readonly name: string
  readonly file: string
  readonly rows: number
  readonly ragged?: Readonly<Record<string, readonly unknown[]>>
  readonly fixed?: Readonly<Record<string, FixedColumn>>
}

/** What `scripts/golden/fits_tables.py` made and recorded. */
export const tableGolden: {
  readonly tables: readonly TableCase[]
  readonly compressed: readonly {
    readonly name: string
    readonly kinds: readonly string[]
    readonly file: string
    readonly plain: string
  }[]
  readonly real: readonly {
    readonly file: string
    readonly hdu: number
    readonly rows: number
    readonly columns: Readonly<Record<string, { readonly lengths?: string; readonly sha256: string }>>
  }[]
  readonly written: Readonly<Record<string, { readonly sha256: string }>>
} = JSON.parse(readFileSync(new URL('../golden/fits-tables.json', import.meta.url), 'utf8'))

export function unpackTable(file: string): Uint8Array {
  return new Uint8Array(gunzipSync(Buffer.from(file, 'base64')))
}

/** A value as the golden file writes it. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return value > 2n ** 53n || value < -(2n ** 53n) ? String(value) : Number(value)
  return Number.isNaN(value) ? null : value
}

/** The values of each row, as the golden file writes them. */
export function rowsOf({ values, width, offsets }: TableColumn, rowCount: number): unknown[] {
  return Array.from({ length: rowCount }, (_, row) => {
    const [from, to] = offsets ? [offsets[row]!, offsets[row + 1]!] : [row * width, (row + 1) * width]
    return Array.from(values.slice(from, to) as ArrayLike<unknown>, plainValue)
  })
}

/** Rows `[from, to)` of a table in memory. */
export function sliceTable(table: Table, from: number, to: number): Table {
  const columns = [...table.columns].map(([name, column]): [string, TableColumn] => {
    const { values, width, offsets } = column
    if (!offsets) return [name, { ...column, values: values.slice(from * width, to * width) as never }]
    const own = offsets.slice(from, to + 1)
    return [
      name,
      {
        ...column,
        values: values.slice(own[0]!, own.at(-1)!) as never,
        offsets: own.map((at) => at - own[0]!),
      },
    ]
  })
  return { rowCount: to - from, columns: new Map(columns) }
}

/** A header of 80-character cards, END and padding, of a binary table behind an empty primary HDU; and its data. */
export function rawTable(cards: Readonly<Record<string, string | number | boolean>>, data: Uint8Array): Uint8Array {
  const card = (keyword: string, value: string | number | boolean): string => {
    const text = typeof value === 'string' ? `'${value}'` : value === true ? 'T' : value === false ? 'F' : String(value)
    return `${keyword.padEnd(8)}= ${text}`.padEnd(80)
  }
  const header = (all: readonly (readonly [string, string | number | boolean])[]): string => {
    const text = `${all.map(([keyword, value]) => card(keyword, value)).join('')}${'END'.padEnd(80)}`
    return text.padEnd(Math.ceil(text.length / 2880) * 2880)
  }
  const text =
    header([
      ['SIMPLE', true],
      ['BITPIX', 8],
      ['NAXIS', 0],
    ]) + header([['XTENSION', 'BINTABLE'], ['BITPIX', 8], ['NAXIS', 2], ...Object.entries(cards)])
  const out = new Uint8Array(text.length + Math.ceil(data.length / 2880) * 2880)
  out.set(new TextEncoder().encode(text))
  out.set(data, text.length)
  return out
}
