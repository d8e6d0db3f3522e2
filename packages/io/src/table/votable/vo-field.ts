import { definedOnly, UnsupportedError } from '@astronomaly/core'

/** Element types of VOTable. */
export type VoDatatype =
  | 'boolean'
  | 'bit'
  | 'unsignedByte'
  | 'short'
  | 'int'
  | 'long'
  | 'char'
  | 'unicodeChar'
  | 'float'
  | 'double'
  | 'floatComplex'
  | 'doubleComplex'

/** What a VOTable says of one of its columns, as it says it. */
export interface VoField {
  /** The `name`; the `ID` where there is none, else `col1`, `col2` …. */
  readonly name: string
  readonly id?: string
  readonly datatype: VoDatatype
  /** Such as `3`, `*`, `16*` or `8x3`; absent for one element. */
  readonly arraysize?: string
  readonly unit?: string
  readonly ucd?: string
  readonly utype?: string
  /** What the value stands for beyond its type, such as `timestamp` or `hms`: kept, never acted on. */
  readonly xtype?: string
  readonly description?: string
  /** The value that stands for a missing one (`VALUES null`). */
  readonly null?: string
}

/** A constant of a VOTable. */
export interface VoParam extends VoField {
  /** As the file writes it. */
  readonly value: string
}

/** What a service says of its answer, such as `QUERY_STATUS` `OK`, `ERROR` or `OVERFLOW`. */
export interface VoInfo {
  readonly name: string
  readonly value: string
  /** The text of the element, such as the message of an error; `''` without. */
  readonly text: string
}

const datatypes: ReadonlySet<string> = new Set<VoDatatype>([
  'boolean',
  'bit',
  'unsignedByte',
  'short',
  'int',
  'long',
  'char',
  'unicodeChar',
  'float',
  'double',
  'floatComplex',
  'doubleComplex',
])

/** How the elements of a field's cells are laid out. */
export interface VoShape {
  /** Elements of a cell; of one item, when a cell has a variable number of them. Characters of text are not counted here. */
  readonly elements: number
  /** Whether a cell has any number of items. */
  readonly variable: boolean
  /** Characters of each string: a number, or `undefined` when each cell is one string of any length. */
  readonly characters: number | undefined
}

/** Largest number of elements in a cell of fixed size: more than any real cell has. */
const mostElements = 2 ** 24

/** The name that attributes of FIELD or PARAM give, or `''`. */
export function fieldName(attributes: ReadonlyMap<string, string>): string {
  return attributes.get('name')?.trim() || attributes.get('ID') || ''
}

/**
 * The field that attributes of FIELD or PARAM describe.
 *
 * @param fail - Throws.
 * @throws UnsupportedError for a datatype that VOTable does not have.
 */
export function voField(
  attributes: ReadonlyMap<string, string>,
  number: number,
  source: string,
  fail: (rule: string) => never,
): VoField {
  const name = fieldName(attributes) || `col${number}`
  const datatype = attributes.get('datatype')?.trim() ?? fail(`field ${name} must have a datatype`)
  if (!datatypes.has(datatype)) {
    throw new UnsupportedError(
      `votable: datatype must be one of ${[...datatypes].join(', ')}. Received ${datatype} in field ${name} (${source}).`,
    )
  }
  const arraysize = attributes.get('arraysize')?.trim()
  const rest: Record<string, string> = {}
  for (const key of ['unit', 'ucd', 'utype', 'xtype'] as const) {
    const value = attributes.get(key)?.trim()
    if (value) rest[key] = value
  }
  const id = attributes.get('ID')
  const field: VoField = definedOnly({
    name,
    id,
    datatype: datatype as VoDatatype,
    arraysize: arraysize || undefined,
    ...rest,
  })
  voShape(field, fail)
  return field
}

/** The layout of a field's cells. @param fail - Throws; called for an arraysize that is none. */
export function voShape({ name, datatype, arraysize = '1' }: VoField, fail: (rule: string) => never): VoShape {
  if (!/^(?:\d+x)*(?:\d+\*?|\*)$/.test(arraysize)) {
    return fail(
      `arraysize of field ${name} must be sizes such as 3, *, 16* or 8x3. Received ${JSON.stringify(arraysize)}`,
    )
  }
  const sizes = arraysize.split('x')
  const variable = arraysize.endsWith('*')
  const isText = datatype === 'char' || datatype === 'unicodeChar'
  const fixed = sizes.slice(isText ? 1 : 0, variable ? -1 : undefined)
  const complex = datatype.endsWith('Complex') ? 2 : 1
  const elements = fixed.reduce((product, size) => product * Number(size), complex)
  const isString = isText && sizes.length === 1
  const characters = !isText || (isString && variable) ? undefined : Number(sizes[0])
  if (!(elements >= 1 && elements <= mostElements && (characters ?? 0) <= mostElements)) {
    return fail(`cells of field ${name} must have 1 to ${mostElements} elements. Received arraysize ${arraysize}`)
  }
  return { elements, variable: variable && !isString, characters }
}
