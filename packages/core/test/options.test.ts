import { describe, expect, it } from 'vitest'
import {
  assertKnownKeys,
  checkNumber,
  checkOneOf,
  choiceOption,
  definedOnly,
  flagOption,
  numberOption,
  ParameterError,
  type RunOptions,
  resolveOptions,
  runRules,
  textOption,
} from '../src/index.ts'

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

describe('the options of a call', () => {
  interface Options extends RunOptions {
    readonly sigma?: number | undefined
    readonly mode?: 'near' | 'far'
    readonly name?: string
    readonly flat?: boolean
    readonly size?: number | 'auto'
  }
  const rules = {
    ...runRules,
    sigma: numberOption(3, { above: 0 }),
    mode: choiceOption(['near', 'far'], 'near'),
    name: textOption(null),
    flat: flagOption(false),
    size: (value: number | 'auto' | undefined, subject: string): number =>
      value === undefined || value === 'auto' ? 64 : checkNumber(subject, value, { min: 1 }),
  }
  const resolve = (options?: Options) => resolveOptions('f', options, rules)

  it('are the defaults where none are given, and undefined is not given', () => {
    const defaults = { sigma: 3, mode: 'near', name: null, flat: false, size: 64, workers: 0 }
    expect(definedOnly(resolve())).toEqual(defaults)
    expect(definedOnly(resolve({ sigma: undefined }))).toEqual(defaults)
  })

  it('name an option within an option by the way to it', () => {
    const box = (given: { width?: number } | undefined, subject: string) =>
      resolveOptions(subject, given, { width: numberOption(1, { min: 0 }) })
    const within = (given: object) =>
      resolveOptions<{ box?: { width?: number } }, { box: typeof box }>('f', given, { box })
    expect(within({ box: { width: 2 } })).toEqual({ box: { width: 2 } })
    expect(() => within({ box: { width: -1 } })).toThrow('f: box.width must be >= 0. Received -1.')
    expect(() => within({ box: { wide: 1 } })).toThrow("f: box: unknown option 'wide'. Known: width.")
  })

  it('keep what was given, and their types', () => {
    const { signal } = new AbortController()
    const given = resolve({ sigma: 2, mode: 'far', name: '', flat: true, size: 7, workers: 2, signal })
    const sigma: number = given.sigma
    const mode: 'near' | 'far' = given.mode
    const name: string | null = given.name
    expect({ ...given, sigma, mode, name }).toEqual({
      ...{ sigma: 2, mode: 'far', name: '', flat: true, size: 7, workers: 2, signal },
      ...{ onProgress: undefined, onWarning: undefined },
    })
  })

  it('are refused by call, option and rule', () => {
    expect(() => resolve({ sigma: 0 })).toThrow(new ParameterError('f: sigma must be > 0. Received 0.'))
    expect(() => resolve({ mode: 'off' as 'near' })).toThrow('f: mode must be one of near, far. Received off.')
    expect(() => resolve({ name: 3 as never })).toThrow('f: name must be text. Received 3.')
    expect(() => resolve({ flat: 'yes' as never })).toThrow('f: flat must be true or false. Received yes.')
    expect(() => resolve({ size: 0 })).toThrow('f: size must be >= 1. Received 0.')
    expect(() => resolve({ sgima: 1 } as never)).toThrow("f: unknown option 'sgima'. Known: signal, onProgress")
    expect(() => resolve(null as never)).toThrow('f: options must be an object. Received null.')
    expect(() => resolve(3 as never)).toThrow('f: options must be an object. Received 3.')
  })

  it('must each have a rule, and no rule may be of another call, or it does not compile', () => {
    const { sigma: _, ...forgotten } = rules
    // @ts-expect-error: sigma has no rule.
    expect(() => resolveOptions('f', {} as Options, forgotten)).not.toThrow()
    // @ts-expect-error: there is no option of that name.
    expect(() => resolveOptions('f', {} as Options, { ...rules, more: flagOption(true) })).not.toThrow()
    // @ts-expect-error: sigma is a number.
    expect(() => resolveOptions('f', {} as Options, { ...rules, sigma: textOption('') })).not.toThrow()
  })
})
