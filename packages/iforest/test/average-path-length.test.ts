import { readFileSync } from 'node:fs'
import { ParameterError } from '@astronomaly/core'
import { averagePathLength, type PathLengthConvention } from '@astronomaly/iforest'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../test/shared-data.ts'

describe('averagePathLength', () => {
  it('is 10.2448 for 256 rows, and 10.2487 exactly', () => {
    // The golden values of the algorithm's description, to the last digits of a double.
    expect(averagePathLength(256)).toBeCloseTo(10.244770920119917, 14)
    expect(averagePathLength(256, { convention: 'exact' })).toBeCloseTo(10.248689925634562, 14)
  })

  it('is the sum of the harmonic series where both of its forms meet', () => {
    for (const n of [2, 3, 62, 63, 64, 65, 1000, 100_000]) {
      let sum = 0
      for (let k = n; k >= 2; k--) sum += 2 / k
      // The plain sum of up to 100,000 terms is itself good to some 1e-15 relative only.
      expect(Math.abs(averagePathLength(n, { convention: 'exact' }) / sum - 1)).toBeLessThan(4e-15)
    }
  })

  it('rejects sizes that are no counts and names that are no formulas', () => {
    for (const n of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => averagePathLength(n)).toThrow(ParameterError)
    expect(() => averagePathLength(3, { convention: 'other' as PathLengthConvention })).toThrow(ParameterError)
  })
})

describe.skipIf(!hasShared)('averagePathLength beside the reference programs', () => {
  const golden = hasShared
    ? (JSON.parse(readFileSync(sharedFile('golden/average_path_length.json'), 'utf8')) as Record<string, number[]>)
    : {}
  it.each([
    ['scikit-learn', 'sklearn'],
    ['exact', 'exact_2Hn_minus_2'],
    ['linkedin', 'linkedin_eq1'],
  ] as const)('agrees with the %s formula', (convention, column) => {
    golden.n!.forEach((n, i) => {
      const expected = golden[column]![i]!
      // 1e-15 relative: the files hold doubles, and formulas may round their last operation differently.
      expect(Math.abs(averagePathLength(n, { convention }) - expected)).toBeLessThanOrEqual(1e-15 * expected)
    })
  })
})
