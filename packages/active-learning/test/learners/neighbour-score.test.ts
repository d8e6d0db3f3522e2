import { readFileSync } from 'node:fs'
import { ParameterError, ShapeError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { neighbourFactor, neighbourScore, scaleScores } from '../../src/learners/neighbour-score.ts'

describe('neighbourFactor', () => {
  // Six published digits.
  it.each([
    [0.1, 0, 0.117],
    [0.1, 0.25, 0.381286],
    [0.1, 0.5, 0.644749],
    [0.1, 1, 0.950392],
    [5, 0, 0.95],
    [5, 0.25, 0.971358],
    [5, 0.5, 0.986086],
    [5, 1, 0.998351],
  ])('is the published value at U = %d and d0 = %d', (rating, distance, factor) => {
    expect(neighbourFactor(rating, distance)).toBeCloseTo(factor, 6)
  })

  it('clips ratings to 0.1 … 5', () => {
    expect(neighbourFactor(-3, 0.4)).toBe(neighbourFactor(0.1, 0.4))
    expect(neighbourFactor(9, 0.4)).toBe(neighbourFactor(5, 0.4))
  })

  it('reaches 1 far from every label without overflow', () => {
    expect(neighbourFactor(0.1, 1e6)).toBe(1)
  })
})

describe('neighbourScore', () => {
  it.skipIf(!hasShared)('equals the reference program for alpha 1 and 2 (needs ../shared)', () => {
    const golden = JSON.parse(readFileSync(sharedFile('golden/astronomaly_ns.json'), 'utf8')) as Record<
      'distance' | 'user' | 'anomaly' | 'trained' | 'trained_alpha2',
      number[]
    >
    const mean = golden.distance.reduce((a, b) => a + b, 0) / golden.distance.length
    const input = {
      scaledScore: golden.anomaly,
      predictedRating: golden.user,
      relativeDistance: golden.distance.map((d) => d / mean),
    }
    const one = neighbourScore(input)
    const two = neighbourScore({ ...input, alpha: 2 })
    // The golden file's own tolerance: the same formula in double precision.
    for (let i = 0; i < one.length; i++) {
      expect(Math.abs(one[i]! - golden.trained[i]!)).toBeLessThan(1e-12)
      expect(Math.abs(two[i]! - golden.trained_alpha2[i]!)).toBeLessThan(1e-12)
    }
  })

  it('rejects columns of different lengths', () => {
    expect(() => neighbourScore({ scaledScore: [1, 2], predictedRating: [1], relativeDistance: [0, 0] })).toThrow(
      ShapeError,
    )
  })
})

describe('scaleScores', () => {
  it('stretches scores to 0 … 5', () => {
    expect(Array.from(scaleScores([-1, 0, 1]))).toEqual([0, 2.5, 5])
  })

  it('gives 5 to all when all are equal, and nothing for nothing', () => {
    expect(Array.from(scaleScores([0.4, 0.4]))).toEqual([5, 5])
    expect(scaleScores([])).toHaveLength(0)
  })

  it('rejects scores that are not finite', () => {
    expect(() => scaleScores([1, Number.NaN])).toThrow(ParameterError)
  })
})
