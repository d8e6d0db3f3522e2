import { describe, expect, it } from 'vitest'
import { assertKnownKeys, checkNumber, checkOneOf, ParameterError } from '../src/index.ts'

describe('option checks', () => {
  it('return the value that is allowed', () => {
    expect(checkNumber('f: x', 3, { min: 3, max: 3, integer: true })).toBe(3)
    expect(checkOneOf('f: x', 'b', ['a', 'b'])).toBe('b')
    expect(() => assertKnownKeys('f', { a: 1 }, ['a', 'b'])).not.toThrow()
  })

  it('say subject, rule and what was received', () => {
    expect(() => checkNumber('f: x', 1.5, { above: 0, integer: true })).toThrow(
      new ParameterError('f: x must be an integer and be > 0. Received 1.5.'),
    )
    expect(() => checkNumber('f: x', '3')).toThrow('f: x must be a finite number. Received 3.')
    expect(() => checkOneOf('f: x', 'c', ['a', 'b'])).toThrow('f: x must be one of a, b. Received c.')
    expect(() => assertKnownKeys('f', { tree: 1 }, ['trees'])).toThrow("f: unknown option 'tree'. Known: trees.")
  })

  it('reject NaN, infinity and both open and closed bounds', () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, undefined, null]) {
      expect(() => checkNumber('f', bad)).toThrow(ParameterError)
    }
    expect(() => checkNumber('f', 1, { below: 1 })).toThrow(ParameterError)
    expect(() => checkNumber('f', 0, { above: 0 })).toThrow(ParameterError)
    expect(() => checkNumber('f', -1, { min: 0 })).toThrow(ParameterError)
    expect(() => checkNumber('f', 2, { max: 1 })).toThrow(ParameterError)
  })
})
