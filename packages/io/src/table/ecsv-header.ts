import { FormatError } from '@astronomaly/core'
import type { ValueKind } from '@astronomaly/core/table'
import { parseDocument, YAMLError } from 'yaml'
import type { DeclaredColumn } from './text-column.ts'

/** A column by its declaration. */
export interface EcsvColumn extends DeclaredColumn {
  readonly name?: string
}

/** What the comments of an ECSV file say. */
export interface EcsvHeader {
  readonly delimiter: string
  /** In the order of the file; without a name where none is declared. */
  readonly columns: readonly EcsvColumn[]
}

/** What the types of ECSV become; those that are not here stay text. */
const kinds: Readonly<Record<string, ValueKind>> = {
  bool: 'boolean',
  uint8: 'uint8',
  int8: 'int16',
  int16: 'int16',
  uint16: 'int32',
  int32: 'int32',
  uint32: 'uint32',
  int64: 'int64',
  uint64: 'int64',
  float16: 'float32',
  float32: 'float32',
  float64: 'float64',
  float128: 'float64',
}

/**
 * Reads the comments of an ECSV file, which are YAML; undefined when they are not ECSV's.
 *
 * @param preamble - The lines without their `#`.
 * @throws FormatError when they are no YAML, or no list of columns.
 * @see https://github.com/astropy/astropy-APEs/blob/main/APE6.rst
 */
export function readEcsvHeader(preamble: readonly string[], source: string): EcsvHeader | undefined {
  if (!/^\s*%ECSV \d/.test(preamble[0] ?? '')) return undefined
  const lines = preamble.slice(1).map((line) => line.replace(/^ /, ''))
  const header = mapOf(yamlOf(lines.join('\n'), source))
  const datatype = header.datatype
  if (!Array.isArray(datatype)) {
    throw new FormatError('csv: header of an ECSV file must have a list datatype. Received none', {
      source,
      keyword: 'datatype',
    })
  }
  const columns = datatype.map((entry): EcsvColumn => {
    const { name, unit, description, meta, ...types } = mapOf(entry)
    if (typeof name !== 'string') return {}
    return {
      name: name.trim(),
      ...words('unit', typeof unit === 'object' ? mapOf(unit).unit : unit),
      ...words('description', description),
      ...words('ucd', mapOf(meta).ucd),
      ...typeOf(types.datatype, types.subtype),
    }
  })
  return { delimiter: typeof header.delimiter === 'string' ? header.delimiter : ' ', columns }
}

/**
 * What is declared of each column: at its place, and where another name stands there, under its own name, else at its place all the same.
 *
 * @param names - As they stand above the columns.
 */
export function declarationsOf(
  { columns }: EcsvHeader,
  names: readonly string[],
): { readonly declared: readonly (DeclaredColumn | undefined)[]; readonly differ: boolean } {
  const own = new Set(names)
  const byName = new Map(columns.map((column) => [column.name, column]))
  const declared = names.map((name, i) => {
    const here = columns[i]
    if (here?.name === name) return here
    return byName.get(name) ?? (own.has(here?.name ?? '') ? undefined : here)
  })
  return { declared, differ: columns.length !== names.length || names.some((name, i) => columns[i]?.name !== name) }
}

/** @throws FormatError, also for aliases that stand for too much, and for lists too deep. */
function yamlOf(text: string, source: string): unknown {
  try {
    // Scalars stay text: names and units that look like numbers are none.
    const document = parseDocument(text, { schema: 'failsafe', prettyErrors: false })
    for (const error of document.errors) throw error
    return document.toJS()
  } catch (cause) {
    const said = (cause as Error).message
    // The first of the comments says that it is ECSV.
    const before = cause instanceof YAMLError ? text.slice(0, cause.pos[0]).split('\n').length : 0
    throw new FormatError(`csv: header of an ECSV file must be YAML. Received ${said}`, {
      source,
      keyword: `line ${before + 1}`,
      cause,
    })
  }
}

function words(key: 'unit' | 'description' | 'ucd', value: unknown): { readonly [K in typeof key]?: string } {
  return typeof value === 'string' && value.trim() !== '' ? { [key]: value.trim() } : {}
}

/** A map's entries, also where `!!omap` gives their order; none of anything else. */
function mapOf(value: unknown): Readonly<Record<string, unknown>> {
  if (value instanceof Map) return Object.fromEntries(value)
  return typeof value === 'object' ? ((value ?? {}) as Record<string, unknown>) : {}
}

function typeOf(datatype: unknown, subtype: unknown): Pick<DeclaredColumn, 'kind' | 'list'> {
  const array = /^(\w+)\[([\d, ]+|null)\]$/.exec(typeof subtype === 'string' ? subtype : '')
  const element = array?.[1] ?? ''
  if (!array || (element !== 'string' && !Object.hasOwn(kinds, element))) return { kind: kindOf(datatype) }
  const lengths = array[2] === 'null' ? null : (array[2] as string).split(',').map(Number)
  return { kind: kindOf(element), list: lengths }
}

function kindOf(datatype: unknown): ValueKind {
  return typeof datatype === 'string' && Object.hasOwn(kinds, datatype) ? (kinds[datatype] as ValueKind) : 'text'
}
