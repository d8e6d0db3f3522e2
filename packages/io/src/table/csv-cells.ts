import type { ColumnValues } from './table.ts'

/** A plain decimal number: no plus sign, no leading zero, no hexadecimal, no grouping. */
const plainNumber = /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const wholeNumber = /^-?\d+$/
const infinity = /^-?inf(?:inity)?$/i
const missing = /^-?nan$/i

const idWords = new Set(['id', 'ids', 'file', 'files', 'filename', 'name', 'designation'])
const idWord = /(?:obj|object|source|src|target|brick|galaxy|star|spec|asset|image|field|cat|thing)ids?$/

/**
 * Whether a column of this name holds identifiers, which stay text however much they look like numbers.
 *
 * @remarks True when a word of the name is `id`, `file`, `filename`, `name` or `designation`, or ends in `objid`, `sourceid`,
 * `targetid` and their like. Words are runs of letters and digits, also within camel case (`objectId`).
 */
export function isIdentifierName(name: string): boolean {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  return words.some((word) => idWords.has(word) || idWord.test(word))
}

/** The value of a cell that can be a number without loss: NaN when it is empty or says nan; undefined when it must stay text. */
export function readNumber(cell: string): number | undefined {
  const text = cell.trim()
  if (text === '' || missing.test(text)) return Number.NaN
  if (plainNumber.test(text)) {
    const value = Number(text)
    return (wholeNumber.test(text) && !Number.isSafeInteger(value)) || !Number.isFinite(value) ? undefined : value
  }
  if (infinity.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return undefined
}

/** The cells as numbers when all of them can be without loss and one of them is, else as they are. */
export function inferColumn(name: string, cells: readonly string[]): readonly string[] | Float64Array {
  if (isIdentifierName(name)) return cells
  const values = new Float64Array(cells.length)
  let numbers = 0
  for (let row = 0; row < cells.length; row++) {
    const value = readNumber(cells[row] as string)
    if (value === undefined) return cells
    if (!Number.isNaN(value)) numbers++
    values[row] = value
  }
  return numbers > 0 ? values : cells
}

/**
 * The shortest decimal that reads back as the same float64, or the same float32 when `single`; NaN is empty. Whole numbers
 * beyond ±(2^53 - 1) have an exponent, so that they are not taken for identifiers.
 */
function numberText(value: number, single: boolean): string {
  if (Number.isNaN(value)) return ''
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf'
  if (Object.is(value, -0)) return '-0'
  if (Number.isSafeInteger(value)) return String(value)
  const shortest = single ? shortestSingle(value) : value
  return Number.isInteger(shortest) ? shortest.toExponential() : String(shortest)
}

/** The shortest decimal that reads back as the same float32. */
export function shortestSingle(value: number): number {
  // Nine digits tell any two float32 apart.
  for (let digits = 6; digits < 9; digits++) {
    const shorter = Number(value.toPrecision(digits))
    if (Math.fround(shorter) === value) return shorter
  }
  return Number(value.toPrecision(9))
}

/** Writes a cell so that a reader takes it for what it is; quotes are doubled. */
export function quoteCell(text: string): string {
  return /[",;\t\r\n\uFEFF]|^#/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A function from index to the text of that value. */
export function cellWriter(values: ColumnValues): (index: number) => string {
  const single = values instanceof Float32Array
  return (index) => {
    const value = values[index]
    if (typeof value === 'string') return quoteCell(value)
    return typeof value === 'number' ? numberText(value, single) : String(value)
  }
}
