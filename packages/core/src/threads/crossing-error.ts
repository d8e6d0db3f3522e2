import {
  AstronomalyError,
  FormatError,
  NotFoundError,
  NumericalError,
  ParameterError,
  RequestError,
  ShapeError,
  UnsupportedError,
} from '../errors.ts'

const astronomalyErrors = [
  ParameterError,
  ShapeError,
  FormatError,
  UnsupportedError,
  NumericalError,
  NotFoundError,
  RequestError,
]
const builtInErrors = [Error, RangeError, TypeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError]

/** Causes of causes that are sent along: some error may be its own cause. */
const mostCauses = 16

/** An error as a thread sends it: structured cloning knows neither classes nor fields of errors. */
interface PackedError {
  readonly packedError: 'astronomaly' | 'built-in' | 'dom'
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly fields: readonly { readonly key: string; readonly value: unknown; readonly enumerable: boolean }[]
}

/** What was thrown, made ready to be sent: an error with its class, message, stack, fields and cause. */
export function packError(thrown: unknown, depth = 0): unknown {
  if (!(thrown instanceof Error)) return cloneable(thrown) ? thrown : String(thrown)
  const { name, message, stack } = thrown
  if (typeof DOMException === 'function' && thrown instanceof DOMException) {
    return { packedError: 'dom', name, message, stack, fields: [] } satisfies PackedError
  }
  const fields: PackedError['fields'][number][] = []
  for (const [key, { value, enumerable = false }] of Object.entries(Object.getOwnPropertyDescriptors(thrown))) {
    if (key === 'message' || key === 'stack') continue
    const errors = value instanceof Error || (Array.isArray(value) && value.some((one) => one instanceof Error))
    if (errors && depth >= mostCauses) continue
    if (!errors && !cloneable(value)) continue
    const pack = (one: unknown): unknown => packError(one, depth + 1)
    fields.push({ key, enumerable, value: errors ? (Array.isArray(value) ? value.map(pack) : pack(value)) : value })
  }
  const packedError = thrown instanceof AstronomalyError ? 'astronomaly' : 'built-in'
  return { packedError, name, message, stack, fields } satisfies PackedError
}

/** What was thrown, from what {@link packError} made of it. */
export function unpackError(packed: unknown): unknown {
  if (typeof packed !== 'object' || packed === null || !('packedError' in packed)) return packed
  const { packedError, name, message, stack, fields } = packed as PackedError
  if (packedError === 'dom') return new DOMException(message, name)
  const kind = fields.find(({ key }) => key === 'kind')?.value
  const types = packedError === 'astronomaly' ? astronomalyErrors : builtInErrors
  const type = types.find((one) => ('kind' in one ? one.kind === kind : one.name === name)) ?? Error
  const error = Object.setPrototypeOf(new Error(message), type.prototype) as Error
  const define = (key: PropertyKey, value: unknown, enumerable: boolean): void => {
    Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
  }
  if (packedError === 'astronomaly') define(Symbol.for('astronomaly.error'), true, false)
  define('stack', stack, false)
  for (const { key, value, enumerable } of fields) {
    define(key, Array.isArray(value) ? value.map(unpackError) : unpackError(value), enumerable)
  }
  return error
}

function cloneable(value: unknown): boolean {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}
