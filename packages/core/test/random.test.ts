import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom, meanAndStd, ParameterError } from '../src/index.ts'

const draw = (seed: string | number, purpose = 'a', index = 0): number[] => {
  const random = createRandom(seed, purpose, index)
  return Array.from({ length: 5 }, () => random.uniform())
}

describe('createRandom', () => {
  it('gives the same stream for the same seed, purpose and index, and an unrelated one when any of them differs', () => {
    expect(draw(1)).toEqual(draw(1))
    for (const other of [draw(2), draw('1'), draw(1, 'b'), draw(1, 'a', 1)]) {
      for (const [i, x] of draw(1).entries()) expect(other[i]).not.toBe(x)
    }
  })

  it('keeps its bits from release to release', () => {
    expect(draw(1).slice(0, 2)).toEqual([0.9015535910995852, 0.2404838435643204])
  })

  it('draws normals of mean 0 and variance 1', () => {
    const random = createRandom(1, 'test')
    const { mean, std } = meanAndStd(Float64Array.from({ length: 40_000 }, () => random.normal()))
    expect(Math.abs(mean)).toBeLessThan(0.02) // 4 standard errors of 1/√40,000
    expect(Math.abs(std - 1)).toBeLessThan(0.015) // 4 standard errors of 1/√80,000
  })

  it('draws Poisson counts of the mean and variance asked for, small and large', () => {
    for (const mean of [0, 0.3, 8, 29, 31, 400]) {
      const random = createRandom(3, 'test')
      const n = 20_000
      const found = meanAndStd(Float64Array.from({ length: n }, () => random.poisson(mean)))
      expect(Math.abs(found.mean - mean)).toBeLessThanOrEqual(4.5 * Math.sqrt(mean / n)) // 4.5 standard errors
      expect(Math.abs(found.std ** 2 - mean)).toBeLessThanOrEqual(0.06 * mean + 0.02) // 4.5 standard errors of a variance
    }
    expect(() => createRandom(1, 'x').poisson(-1)).toThrow(ParameterError)
    expect(() => createRandom(1, 'x').poisson(Number.NaN)).toThrow(ParameterError)
  })

  it('samples without repeating and shuffles without losing anything', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.nat(300), fc.integer(), (a, b, seed) => {
        const [count, n] = a < b ? [a, b] : [b, a]
        const random = createRandom(seed, 'test')
        const chosen = random.sample(n, count)
        expect(new Set(chosen).size).toBe(count)
        expect(chosen.every((x) => x < n)).toBe(true)
        const shuffled = random.shuffle(Array.from({ length: n }, (_, i) => i))
        expect([...shuffled].sort((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i))
      }),
      { seed: 1, numRuns: 100 },
    )
    expect(() => createRandom(1, 'x').sample(3, 4)).toThrow(ParameterError)
    expect(() => createRandom(1, 'x').sample(2 ** 32, 4)).toThrow(ParameterError)
    expect(() => createRandom(1, 'x').sample(2.5, 1)).toThrow(ParameterError)
  })

  it.each([
    ['few of many', 3, 7],
    ['most', 5, 7],
  ])('samples %s in every order with the same probability', (_, count, n) => {
    const random = createRandom(2, 'test')
    const draws = 30_000
    const first = new Float64Array(n)
    const last = new Float64Array(n)
    const pairs = new Float64Array(n * n)
    for (let i = 0; i < draws; i++) {
      const chosen = random.sample(n, count)
      first[chosen[0]!]!++
      last[chosen[count - 1]!]!++
      pairs[chosen[0]! * n + chosen[count - 1]!]!++
    }
    for (const counts of [first, last]) {
      // 4.5 standard errors of a binomial count.
      for (const c of counts) expect(Math.abs(c - draws / n)).toBeLessThan(4.5 * Math.sqrt(draws / n))
    }
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        const expected = i === j ? 0 : draws / (n * (n - 1))
        expect(Math.abs(pairs[i * n + j]! - expected)).toBeLessThanOrEqual(4.5 * Math.sqrt(expected))
      }
    }
  })

  it('samples the largest numbers without repeating', () => {
    const random = createRandom(3, 'test')
    expect(random.sample(0, 0)).toHaveLength(0)
    expect(random.sample(9, 0)).toHaveLength(0)
    const chosen = random.sample(0xffffffff, 10_000)
    expect(new Set(chosen).size).toBe(10_000)
    // A mean of uniform numbers below 2^32: 2^31 ± 2^32 / √(12 × 10,000), 4.5 of them.
    expect(Math.abs(chosen.reduce((a, b) => a + b, 0) / 10_000 - 2 ** 31)).toBeLessThan(
      (4.5 * 2 ** 32) / Math.sqrt(120_000),
    )
  })

  it('rejects a seed that is neither text nor a finite number', () => {
    expect(() => createRandom(Number.NaN, 'x')).toThrow(ParameterError)
    expect(() => createRandom(undefined as unknown as number, 'x')).toThrow(ParameterError)
  })
})
