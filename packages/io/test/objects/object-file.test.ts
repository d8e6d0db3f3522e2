import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { objectFileName, objectIdOf } from '../../src/node.ts'
import { objectPath } from '../../src/objects/object-file.ts'

const text = fc.string({ unit: 'binary', maxLength: 30 })

describe('objectFileName', () => {
  it.each([
    ['1234p567_0042', '1234p567_0042'],
    ['J012345.67+012345.6', 'J012345.67+012345.6'],
    ['NGC 1300', 'NGC%201300'],
    ['../../etc/passwd', '%2E.%2F..%2Fetc%2Fpasswd'],
    ['..', '%2E.'],
    ['.', '%2E'],
    ['/absolute', '%2Fabsolute'],
    ['C:\\Windows', 'C%3A%5CWindows'],
    ['a\0b', 'a%00b'],
    ['a\nb', 'a%0Ab'],
    ['con', '%63on'],
    ['COM1.x', '%43OM1.x'],
    ['lpt9', '%6Cpt9'],
    ['console', 'console'],
    ['100%', '100%25'],
    ['α Cen', '%CE%B1%20Cen'],
    ['a*b?c|d<e>f"g\'h', 'a%2Ab%3Fc%7Cd%3Ce%3Ef%22g%27h'],
  ])('writes %j as %j', (id, name) => {
    expect(objectFileName(id)).toBe(name)
    expect(objectIdOf(name)).toBe(id)
  })

  it.each(['', 'x'.repeat(201), ' '.repeat(67), '\ud800', 'a\udc00b'])('has none for %j', (id) => {
    expect(objectFileName(id)).toBeUndefined()
  })

  it('takes names up to 200 bytes', () => {
    expect(objectFileName('x'.repeat(200))).toBe('x'.repeat(200))
    expect(objectFileName(' '.repeat(66))).toBe('%20'.repeat(66))
  })

  it('knows no name that it did not give', () => {
    for (const name of ['a b', '%2e', '%61', 'con', '%', '..', 'a/b', '']) expect(objectIdOf(name)).toBeUndefined()
  })

  it('is safe and reversible for any text', () => {
    fc.assert(
      fc.property(text, (id) => {
        const name = objectFileName(id)
        if (name === undefined) return
        expect(name).toMatch(/^[\w+%-][\w.+%-]*$/)
        expect(objectIdOf(name)).toBe(id)
      }),
      { seed: 5, numRuns: 2000 },
    )
  })
})

describe('objectPath', () => {
  it('spreads objects evenly over 4096 folders, always the same', () => {
    // printf 1234p567_0042 | sha256sum
    expect(objectPath('1234p567_0042', 'sharded')).toBe('f01/1234p567_0042')
    expect(objectPath('1234p567_0042', 'flat')).toBe('1234p567_0042')
    const counts = new Map<string, number>()
    for (let i = 0; i < 40_960; i++) {
      const folder = objectPath(`object-${i}`, 'sharded')!.slice(0, 3)
      expect(folder).toMatch(/^[0-9a-f]{3}$/)
      counts.set(folder, (counts.get(folder) ?? 0) + 1)
    }
    expect(counts.size).toBeGreaterThan(4090) // A folder stays empty with probability exp(-10): 0.19 of 4096 are expected to.
    expect(Math.max(...counts.values())).toBeLessThan(35) // Poisson of mean 10 exceeds 34 with probability 1e-9.
  })
})
