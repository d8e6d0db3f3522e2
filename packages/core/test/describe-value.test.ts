import { describe, expect, it } from 'vitest'
import { checkNumber, checkOneOf, describeValue, ParameterError } from '../src/index.ts'

describe('describeValue', () => {
  it.each([
    [-1, '-1'],
    ['a', 'a'],
    [null, 'null'],
    [undefined, 'undefined'],
    [Symbol('s'), 'Symbol(s)'],
    [10n, '10'],
    [[1, 2], '1,2'],
    [{}, '[object Object]'],
  ])('gives %s as text', (value, text) => {
    expect(describeValue(value)).toBe(text)
  })

  it('never throws', () => {
    expect(describeValue(Object.create(null))).toBe('an object')
    expect(describeValue(JSON.parse('{"toString":null,"valueOf":1}'))).toBe('an object')
    expect(describeValue([Object.create(null)])).toBe('an object')
  })

  it('is short, however long the value', () => {
    expect(describeValue('x'.repeat(1000))).toBe(`${'x'.repeat(200)}…`)
    expect(describeValue(new Array(2 ** 32 - 1))).toBe('an array of 4294967295')
    expect(describeValue(new Float32Array(1000))).toBe('a Float32Array of 4000 bytes')
  })

  it('keeps option errors typed, whatever was given', () => {
    expect(() => checkNumber('x', Object.create(null))).toThrow(ParameterError)
    expect(() => checkOneOf('x', { toString: null }, ['a'])).toThrow(ParameterError)
  })
})
