import { UnsupportedError } from '@astronomaly/core'
import type { ColumnType, ColumnValues } from '@astronomaly/core/table'
import { freshMemory } from '../bytes/fresh-memory.ts'
import type { ElementPlan } from './column-plan.ts'
import {
  decodeBits,
  decodeBytes,
  decodeDoubles,
  decodeFloats,
  decodeIntegers,
  decodeLogicals,
  decodeLongs,
  decodeShorts,
  type ElementRun,
} from './decode-numbers.ts'
import { longText, textDecoder } from './decode-text.ts'

/** Values of a column that are filled run by run. */
export interface ColumnFiller {
  /** To be asked for when all runs have been filled. */
  readonly values: ColumnValues
  /** Decodes a run of elements to the values from `to` on; a complex element is two values. */
  fill(run: ElementRun, to: number): void
}

/** Longest array that every JavaScript engine makes. */
const longest = 2 ** 32 - 1

/**
 * Makes room for `count` values of a column, and what fills it.
 *
 * @throws UnsupportedError when no array has that length.
 */
export function columnFiller(plan: ElementPlan, count: number): ColumnFiller {
  if (count > longest) {
    throw new UnsupportedError(
      `FITS table: a column must have less than 2^32 values at a time; read ranges of rows, or batches. Received ${count} in column ${plan.name}${placeOf(plan)}.`,
    )
  }
  const { code, type, scale, zero } = plan
  if (code === 'A') return textFiller(plan, count)
  if (code === 'L') return logicalFiller(plan, count)
  if (code === 'X') {
    const values = new Uint8Array(count)
    return { values, fill: (run, to) => decodeBits(run, values, to) }
  }
  if (code === 'K') return longFiller(plan, count)
  const values = numbers(type, count)
  const raw = rawDecoder(code, type === 'float64' ? 0 : zero, values)
  if (type !== 'float64' || (scale === 1 && zero === 0 && plan.missing === undefined)) return { values, fill: raw }
  const scaled = values as Float64Array
  const parts = code === 'C' || code === 'M' ? 2 : 1
  const missing = plan.missing === undefined ? Number.NaN : Number(plan.missing)
  return {
    values,
    fill(run, to) {
      raw(run, to)
      scaleInPlace(scaled, to, to + run.rows * run.repeat * parts, { scale, zero, missing, parts })
    },
  }
}

function placeOf(plan: ElementPlan): string {
  return plan.source === undefined ? '' : ` (${plan.source})`
}

function textFiller({ textLength }: ElementPlan, count: number): ColumnFiller {
  const values: string[] = new Array<string>(count).fill('')
  if (textLength > 0) {
    const decode = textDecoder(textLength, count)
    return { values, fill: (run, to) => decode({ ...run, repeat: Math.floor(run.repeat / textLength) }, values, to) }
  }
  return {
    values,
    // A cell of the heap is one string, as long as it is.
    fill({ view, at, rows, repeat }, to) {
      const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
      if (rows > 0) values[to] = longText(bytes, at, repeat)
    },
  }
}

function logicalFiller({ nulls }: ElementPlan, count: number): ColumnFiller {
  const states = new Uint8Array(count)
  let isMissing = false
  return {
    get values() {
      if (isMissing && nulls !== 'keep') return Float64Array.from(states, (state) => (state === 2 ? Number.NaN : state))
      return Array.from(states, (state) => state === 1)
    },
    fill(run, to) {
      isMissing = decodeLogicals(run, states, to) || isMissing
    },
  }
}

function numbers(type: ColumnType, count: number): Exclude<ColumnValues, readonly string[] | readonly boolean[]> {
  if (type === 'float64') return new Float64Array(freshMemory(8 * count))
  if (type === 'float32') return new Float32Array(freshMemory(4 * count))
  if (type === 'int32') return new Int32Array(freshMemory(4 * count))
  return type === 'int16' ? new Int16Array(freshMemory(2 * count)) : new Uint8Array(freshMemory(count))
}

/** Decodes what is stored; an offset is added where the wider integers hold the sum. */
function rawDecoder(code: ElementPlan['code'], offset: number, values: ColumnValues): ColumnFiller['fill'] {
  if (code === 'B') return (run, to) => decodeBytes(run, values as Uint8Array, to, offset)
  if (code === 'I') return (run, to) => decodeShorts(run, values as Int16Array, to, offset)
  if (code === 'J') return (run, to) => decodeIntegers(run, values as Int32Array, to)
  const parts = code === 'C' || code === 'M' ? 2 : 1
  const whole = (run: ElementRun): ElementRun => (parts === 1 ? run : { ...run, repeat: 2 * run.repeat })
  if (code === 'E' || code === 'C') return (run, to) => decodeFloats(whole(run), values as Float32Array, to)
  return (run, to) => decodeDoubles(whole(run), values as Float64Array, to)
}

interface Scaling {
  readonly scale: number
  readonly zero: number
  /** NaN where none is. */
  readonly missing: number
  readonly parts: 1 | 2
}

/** Stored numbers to values; TSCAL and TZERO of complex columns are real, so that TZERO does not move imaginary parts. */
function scaleInPlace(values: Float64Array, from: number, to: number, { scale, zero, missing, parts }: Scaling): void {
  for (let part = 0; part < parts; part++) {
    const shift = part === 0 ? zero : 0
    for (let i = from + part; i < to; i += parts) {
      const stored = values[i]!
      values[i] = stored === missing ? Number.NaN : shift + scale * stored
    }
  }
}

function longFiller(plan: ElementPlan, count: number): ColumnFiller {
  if (plan.type === 'int64' || plan.type === 'uint64') {
    const values = plan.type === 'int64' ? new BigInt64Array(count) : new BigUint64Array(count)
    const halves = new Int32Array(values.buffer)
    const flip = plan.type === 'int64' ? 0 : -(2 ** 31)
    return { values, fill: (run, to) => decodeLongs(run, halves, to, flip) }
  }
  if (plan.type === 'text') {
    const values: string[] = new Array<string>(count).fill('')
    return { values, fill: (run, to) => decodeLongsAsText(run, values, to, plan) }
  }
  const values = new Float64Array(count)
  return { values, fill: (run, to) => decodeLongsAsDoubles(run, values, to, plan) }
}

/** 64-bit integers as their digits, with '' for missing ones. */
function decodeLongsAsText(
  { view, at, stride, rows, repeat }: ElementRun,
  out: string[],
  to: number,
  { zero, missing }: ElementPlan,
): void {
  const shift = BigInt(zero)
  let k = to
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + 8 * repeat; i += 8) {
      const stored = view.getBigInt64(i)
      out[k++] = stored === missing ? '' : String(stored + shift)
    }
  }
}

/**
 * 64-bit integers as doubles, with NaN for missing ones.
 *
 * @throws UnsupportedError when a number that is not scaled, and so may be a name, cannot be held exactly.
 */
function decodeLongsAsDoubles(run: ElementRun, out: Float64Array, to: number, plan: ElementPlan): void {
  const { view, at, stride, rows, repeat } = run
  const { scale, zero, missing } = plan
  const isStorable = missing !== undefined && BigInt.asIntN(64, missing) === missing
  const missingHigh = isStorable ? Number(missing >> 32n) : 0
  const missingLow = isStorable ? Number(BigInt.asUintN(32, missing)) : -1
  const isName = scale === 1 && (zero === 0 || zero === 2 ** 63)
  const flip = zero === 2 ** 63 && scale === 1
  let k = to
  for (let row = 0, start = at; row < rows; row++, start += stride) {
    for (let i = start; i < start + 8 * repeat; i += 8) {
      const high = view.getInt32(i)
      const low = view.getUint32(i + 4)
      if (low === missingLow && high === missingHigh) {
        out[k++] = Number.NaN
        continue
      }
      const stored = (flip ? (high ^ 0x80000000) >>> 0 : high) * 2 ** 32 + low
      if (isName && !Number.isSafeInteger(stored)) {
        throw new UnsupportedError(
          `FITS table: 64-bit integers of a column with TNULL must lie within ±(2^53 - 1), or be read with nulls: 'text' or 'keep'. Received ${stored} in column ${plan.name}${placeOf(plan)}.`,
        )
      }
      out[k++] = flip ? stored : zero + scale * stored
    }
  }
}
