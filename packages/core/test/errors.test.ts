import { describe, expect, it } from 'vitest'
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
})
