const brand = Symbol.for('astronomaly.error')

/**
 * The base of every error that this project throws on purpose.
 *
 * @remarks The message reads *subject: rule. Received value.* `instanceof` works across copies of the package: the brand is a
 * registered symbol, and errors of another copy are told apart by their kind; a class of one's own is told by its name as well.
 */
export abstract class AstronomalyError extends Error {
  /** A stable name for handlers, such as `'format'`. */
  abstract readonly kind: 'parameter' | 'shape' | 'format' | 'unsupported' | 'numerical' | 'not-found' | 'request'
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    Object.defineProperty(this, brand, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this method and must test against themselves.
    return isInstance(this, value)
  }
}

function isInstance(type: { readonly name: string; readonly kind?: string }, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(type, value)) return true
  if (typeof value !== 'object' || value === null || !(brand in value)) return false
  if (type === AstronomalyError) return true
  const { kind, name } = value as { readonly kind?: unknown; readonly name?: unknown }
  return kind === type.kind && (Object.hasOwn(type, 'kind') || name === type.name)
}

/** An option or argument is outside its allowed range. */
export class ParameterError extends AstronomalyError {
  /** The kind of every such error. */
  static readonly kind = 'parameter'
  readonly kind = 'parameter'
}

/** An array has the wrong rank, length or number of columns. */
export class ShapeError extends AstronomalyError {
  /** The kind of every such error. */
  static readonly kind = 'shape'
  readonly kind = 'shape'
}

/** Where in which input a format rule is broken. */
export interface FormatErrorDetails {
  /** The file, URL or description of the input. */
  readonly source?: string | undefined
  /** Byte offset of the offending item, 0-based. */
  readonly offset?: number | undefined
  /** Keyword, column or field at fault. */
  readonly keyword?: string | undefined
  readonly cause?: unknown
}

/** Bytes that do not follow their format: truncated, corrupt, inconsistent or hostile. */
export class FormatError extends AstronomalyError {
  /** The kind of every such error. */
  static readonly kind = 'format'
  readonly kind = 'format'
  readonly source: string | undefined
  readonly offset: number | undefined
  readonly keyword: string | undefined

  constructor(message: string, details: FormatErrorDetails = {}) {
    const place = [
      details.source,
      details.keyword && `keyword ${details.keyword}`,
      details.offset !== undefined && `byte ${details.offset}`,
    ].filter(Boolean)
    super(place.length ? `${message} (${place.join(', ')})` : message, { cause: details.cause })
    this.source = details.source
    this.offset = details.offset
    this.keyword = details.keyword
  }
}

/** Valid input that this version cannot handle. */
export class UnsupportedError extends AstronomalyError {
  /** The kind of every such error. */
  static readonly kind = 'unsupported'
  readonly kind = 'unsupported'
}

/** A computation has no finite answer: a matrix that is not positive definite, a fit that diverges. */
export class NumericalError extends AstronomalyError {
  /** The kind of every such error. */
  static readonly kind = 'numerical'
  readonly kind = 'numerical'
}

/** A file, object or label that was named does not exist. */
export class NotFoundError extends AstronomalyError {
  /** The kind of every such error. */
  static readonly kind = 'not-found'
  readonly kind = 'not-found'
}

/**
 * Why a request over the network failed.
 *
 * `'refused'` nobody listens there · `'unreachable'` no route, or no such host · `'reset'` the connection broke before the answer ·
 * `'timeout'` no answer, silence within it, or too slow a one · `'truncated'` the body broke off, or has not the announced length ·
 * `'too-large'` the body exceeds its bound · `'status'` the answer's status is none of those wanted · `'redirect'` a redirect that is not
 * followed · `'protocol'` the answer is no HTTP, or not what the service is there for · `'certificate'` the server's identity could not be verified.
 */
export type RequestFailure =
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'timeout'
  | 'truncated'
  | 'too-large'
  | 'status'
  | 'redirect'
  | 'protocol'
  | 'certificate'

/** What is known of a failed request. */
export interface RequestErrorDetails {
  readonly url: string
  readonly reason: RequestFailure
  /** Of the last answer, when there was one. */
  readonly status?: number | undefined
  /** How often it was tried. */
  readonly attempts: number
  /** Whether trying again later may help. */
  readonly retryable: boolean
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** A request over the network has failed for good, after all its tries. */
export class RequestError extends AstronomalyError {
  /** The kind of every such error. */
  static readonly kind = 'request'
  readonly kind = 'request'
  readonly url: string
  readonly reason: RequestFailure
  readonly status: number | undefined
  readonly attempts: number
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined

  constructor(message: string, details: RequestErrorDetails) {
    super(message, { cause: details.cause })
    this.url = details.url
    this.reason = details.reason
    this.status = details.status
    this.attempts = details.attempts
    this.retryable = details.retryable
    this.retryAfterMs = details.retryAfterMs
  }
}
