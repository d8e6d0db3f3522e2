import { readFileSync } from 'node:fs'
import { matrix, ParameterError, ShapeError } from '@astronomaly/core'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { nearestLabelDistance } from '../../src/learners/nearest-label.ts'
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

describe('nearestLabelDistance', () => {
  it('is the exact distance to the nearest labelled row, 0 for labelled rows', async () => {
    const features = matrix(Float32Array.from([0, 0, 3, 4, 6, 8, 3, 5]), 4, 2)
    expect(Array.from(await nearestLabelDistance(features, Uint32Array.from([1])))).toEqual([5, 0, 5, 1])
    expect(Array.from(await nearestLabelDistance(features, Uint32Array.from([0, 2])))).toEqual([0, 5, 0, Math.sqrt(18)])
  })

  it('finds the same distance however many columns come before the abandoning', async () => {
    const columns = 21
    const data = Float32Array.from({ length: 40 * columns }, (_, i) => Math.sin(i * i))
    const labelled = Uint32Array.from([0, 7, 31])
    const found = await nearestLabelDistance(matrix(data, 40, columns), labelled)
    for (let i = 0; i < 40; i++) {
      const distances = Array.from(labelled, (l) =>
        Math.sqrt(
          data.slice(i * columns, (i + 1) * columns).reduce((s, v, j) => s + (v - data[l * columns + j]!) ** 2, 0),
        ),
      )
      expect(found[i]).toBeCloseTo(Math.min(...distances), 12)
    }
  })
})
