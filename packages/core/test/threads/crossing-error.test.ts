import { expect, it } from 'vitest'
import * as errors from '../../src/errors.ts'
import { packError, unpackError } from '../../src/threads/crossing-error.ts'

const cross = (thrown: unknown): unknown => unpackError(structuredClone(packError(thrown)))

class TooDeep extends errors.FormatError {}

it.each([
  new errors.ParameterError('a: b'),
  new errors.ShapeError('a: b', { cause: new TypeError('inner') }),
  new errors.FormatError('a: b', {
    source: 'x.fits',
    offset: 7,
    keyword: 'NAXIS',
    cause: new errors.NumericalError('c'),
  }),
  new errors.UnsupportedError('a: b'),
  new errors.NotFoundError('a: b', { cause: { any: 'thing' } }),
  new errors.RequestError('a: b', { url: 'http://x', reason: 'status', status: 503, attempts: 2, retryable: true }),
  new TooDeep('a: b', { offset: 1 }),
  new RangeError('no'),
  Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT', errno: -2 }),
  new AggregateError([new RangeError('one'), new errors.ShapeError('two')], 'both'),
  new DOMException('stopped', 'AbortError'),
])('%s keeps its class, message, fields and cause', (thrown) => {
  const crossed = cross(thrown) as Error
  expect(crossed).toEqual(thrown)
  expect(crossed.constructor).toBe(thrown.constructor === TooDeep ? errors.FormatError : thrown.constructor)
  expect({ ...crossed }).toEqual({ ...thrown })
  expect(String(crossed)).toBe(String(thrown))
  if (!(thrown instanceof DOMException)) expect(crossed.stack).toBe(thrown.stack)
  for (const type of [
    errors.AstronomalyError,
    errors.FormatError,
    TooDeep,
    errors.RequestError,
    RangeError,
    DOMException,
  ])
    expect(crossed instanceof type).toBe(thrown instanceof type)
})

it('what is no error comes as it is, or as text', () => {
  expect(cross({ reason: [1, undefined] })).toEqual({ reason: [1, undefined] })
  expect(cross(undefined)).toBeUndefined()
  expect(cross(Symbol('why'))).toBe('Symbol(why)')
})

it('fields that cannot be sent are left out, and an error that is its own cause has an end', () => {
  const error = Object.assign(new Error('odd'), { retry: () => 1, list: [1] })
  error.cause = error
  const crossed = cross(error) as { readonly list: unknown; readonly cause: { readonly message: string } }
  expect(crossed).not.toHaveProperty('retry')
  expect(crossed.list).toEqual([1])
  expect(crossed.cause.message).toBe('odd')
})
