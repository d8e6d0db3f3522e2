import { describe, expect, it, vi } from 'vitest'
import { AstronomalyError, FormatError, NumericalError, ParameterError } from '../src/index.ts'

describe('errors', () => {
  it('name the place in the message and keep it as fields', () => {
    const cause = new Error('inner')
    const error = new FormatError('fits: NAXIS1 must be >= 0', {
      source: 'a.fits',
      offset: 80,
      keyword: 'NAXIS1',
      cause,
    })
    expect(error.message).toBe('fits: NAXIS1 must be >= 0 (a.fits, keyword NAXIS1, byte 80)')
    expect(error).toMatchObject({
      name: 'FormatError',
      kind: 'format',
      source: 'a.fits',
      offset: 80,
      keyword: 'NAXIS1',
      cause,
    })
  })

  it('are told apart by class, and all belong to the base class', () => {
    const error: unknown = new ParameterError('x: must be 1. Received 2.')
    expect(error instanceof ParameterError).toBe(true)
    expect(error instanceof AstronomalyError).toBe(true)
    expect(error instanceof Error).toBe(true)
    expect(error instanceof NumericalError).toBe(false)
    expect(new Error('x') instanceof AstronomalyError).toBe(false)
    const nothing: unknown = null
    expect(nothing instanceof ParameterError).toBe(false)
  })

  it('of a class of one’s own belong to it and to the class that it extends', () => {
    class Mine extends FormatError {}
    class Other extends FormatError {}
    const mine: unknown = new Mine('x')
    expect(mine instanceof Mine).toBe(true)
    expect(mine instanceof FormatError).toBe(true)
    expect(mine instanceof AstronomalyError).toBe(true)
    expect(mine instanceof ParameterError).toBe(false)
    expect(mine instanceof Other).toBe(false)
    const plain: unknown = new FormatError('x')
    expect(plain instanceof Mine).toBe(false)
  })

  it('of another copy of the package are told apart as those of this one', async () => {
    vi.resetModules()
    const copy: typeof import('../src/errors.ts') = await import('../src/errors.ts')
    expect(copy.FormatError).not.toBe(FormatError)
    class Mine extends copy.FormatError {}
    for (const error of [new copy.FormatError('x'), new Mine('x')] as unknown[]) {
      expect(error instanceof FormatError).toBe(true)
      expect(error instanceof AstronomalyError).toBe(true)
      expect(error instanceof NumericalError).toBe(false)
    }
  })
})
