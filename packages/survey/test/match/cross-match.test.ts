import { readFileSync } from 'node:fs'
import { createRandom, ParameterError, ShapeError } from '@astronomaly/core'
import { angularSeparationDeg } from '@astronomaly/fits'
import { parseCsvTable } from '@astronomaly/io'
import type { SkyPositions } from '@astronomaly/io/sky'
import { SkyIndex } from '@astronomaly/io/sky'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasShared, sharedFile } from '../../../../test/shared-data.ts'
import { type CrossMatchOptions, crossMatch, type SkyMatches } from '../../src/match/cross-match.ts'

interface GoldenCase {
  readonly name: string
  readonly left: readonly [number[], number[]]
  readonly right: readonly [number[], number[]]
  readonly radiusArcsec: number
  readonly nearest: readonly number[]
  readonly nearestArcsec: readonly number[]
  readonly pairs: readonly (readonly [number, number, number])[]
}

const golden: {
  readonly cases: readonly GoldenCase[]
  readonly lenses: readonly Readonly<Record<string, number> & { right: string }>[]
} = JSON.parse(readFileSync(new URL('../golden/cross-match.json', import.meta.url), 'utf8'))

/** The reference subtracts numbers near 1, and rounds right ascensions of some turns to 1.8e-15 radians: 4e-10 seconds of arc. */
const referenceError = 1e-9

const positions = ([ra, dec]: readonly [ArrayLike<number>, ArrayLike<number>]): SkyPositions => ({
  raDeg: Float64Array.from(ra),
  decDeg: Float64Array.from(dec),
})

function pairsOf({ leftRows, rightRows, separationsArcsec }: SkyMatches): [number, number, number][] {
  return Array.from(leftRows, (row, i) => [row, rightRows[i] as number, separationsArcsec[i] as number])
}

/** Every pair within the radius, by looking at each: in the order of the results. */
function slowPairs(left: SkyPositions, right: SkyPositions, radiusDeg: number): [number, number, number][] {
  const out: [number, number, number][] = []
  left.raDeg.forEach((ra, i) => {
    const row: [number, number, number][] = []
    right.raDeg.forEach((otherRa, j) => {
      const separation = angularSeparationDeg(ra, left.decDeg[i] as number, otherRa, right.decDeg[j] as number)
      if (separation <= radiusDeg) row.push([i, j, separation * 3600])
    })
    out.push(...row.sort((a, b) => a[2] - b[2] || a[1] - b[1]))
  })
  return out
}

function slowMatches(
  left: SkyPositions,
  right: SkyPositions,
  radiusDeg: number,
  mode: CrossMatchOptions['mode'],
): [number, number, number][] {
  const pairs = slowPairs(left, right, radiusDeg)
  if (mode === 'all') return pairs
  const nearest = pairs.filter(([row], i) => i === 0 || pairs[i - 1]?.[0] !== row)
  if (mode === 'nearest') return nearest
  if (mode === 'mutual') {
    return nearest.filter(([row, other, separation]) =>
      pairs.every(([l, r, s]) => r !== other || s > separation || (s === separation && l >= row)),
    )
  }
  const [leftTaken, rightTaken] = [new Set<number>(), new Set<number>()]
  return [...pairs]
    .sort((a, b) => a[2] - b[2] || a[0] - b[0] || a[1] - b[1])
    .filter(([l, r]) => !leftTaken.has(l) && !rightTaken.has(r) && leftTaken.add(l) && rightTaken.add(r))
    .sort((a, b) => a[0] - b[0])
}

let lenscat: SkyPositions | undefined

/** Positions of a catalogue of lenses in the shared data. */
function readPositions(name: string, ra: string, dec: string): SkyPositions {
  const { columns } = parseCsvTable(readFileSync(sharedFile(`data/C_catalogues/lenses/${name}`), 'utf8'), name)
  return positions([columns.get(ra)?.values as Float64Array, columns.get(dec)?.values as Float64Array])
}

describe('crossMatch', () => {
  it.each(golden.cases)("finds the pairs of astropy's search_around_sky: $name", async (one) => {
    const { radiusArcsec } = one
    const found = await crossMatch(positions(one.left), positions(one.right), { radiusArcsec, mode: 'all' })
    const byRows = pairsOf(found).sort((a, b) => a[0] - b[0] || a[1] - b[1])
    expect(byRows.map(([l, r]) => [l, r])).toEqual(one.pairs.map(([l, r]) => [l, r]))
    byRows.forEach(([, , separation], i) => {
      expect(Math.abs(separation - (one.pairs[i]?.[2] as number))).toBeLessThan(referenceError)
    })
  })

  it.each(golden.cases)("finds the nearest rows of astropy's match_to_catalog_sky: $name", async (one) => {
    const found = await crossMatch(positions(one.left), positions(one.right), { radiusDeg: 180 })
    expect([...found.leftRows]).toEqual([...one.nearest.keys()])
    const seen = new Map<string, number>()
    one.right[0].forEach((ra, row) => {
      const place = `${ra} ${one.right[1][row]}`
      if (!seen.has(place)) seen.set(place, row)
    })
    found.rightRows.forEach((row, i) => {
      const reference = one.nearest[i] as number
      const place = `${one.right[0][reference]} ${one.right[1][reference]}`
      // Of copies of a place the reference takes any, and all right ascensions of a pole are one place.
      if (Math.abs(one.right[1][row] as number) < 90) expect(row).toBe(seen.get(place))
      expect(Math.abs((found.separationsArcsec[i] as number) - (one.nearestArcsec[i] as number))).toBeLessThan(
        referenceError,
      )
    })
  })

  it.runIf(hasShared).each(golden.lenses)('matches lenscat with $right as astropy does', async (one) => {
    lenscat ??= readPositions('lenscat.csv', 'RA [deg]', 'DEC [deg]')
    const left = lenscat
    const right = new SkyIndex(readPositions(one.right, 'ra', 'dec'))
    const { radiusArcsec } = one as unknown as { radiusArcsec: number }
    const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0)
    const nearest = await crossMatch(left, right, { radiusArcsec })
    expect(nearest.leftRows.length).toBe(one.matched)
    expect(sum(nearest.rightRows)).toBe(one.nearestRowSum)
    // Some thousand separations, each with the reference's own error.
    expect(sum(nearest.separationsArcsec)).toBeCloseTo(one.nearestArcsecSum as number, 6)
    const all = await crossMatch(left, right, { radiusArcsec, mode: 'all' })
    expect([all.leftRows.length, sum(all.leftRows), sum(all.rightRows)]).toEqual([
      one.pairs,
      one.leftRowSum,
      one.rightRowSum,
    ])
    // As above.
    expect(sum(all.separationsArcsec)).toBeCloseTo(one.pairsArcsecSum as number, 6)
  })

  it('agrees in every mode with looking at all pairs', async () => {
    // A coarse grid makes copies and ties; the other places are anywhere, at the poles or missing.
    const place = fc.oneof(
      fc.tuple(fc.integer({ min: -2, max: 2 }), fc.integer({ min: -2, max: 2 })),
      fc.tuple(fc.double({ min: -720, max: 720, noNaN: true }), fc.double({ min: -90, max: 90, noNaN: true })),
      fc.tuple(fc.double({ min: 0, max: 360, noNaN: true }), fc.constantFrom(-90, 90, 89.9999, Number.NaN)),
    )
    const catalogue = fc
      .array(place, { maxLength: 60 })
      .map((places) => positions([places.map(([ra]) => ra), places.map(([, dec]) => dec)]))
    const radius = fc.oneof(
      fc.constantFrom(0, 0.0002, 1, Math.SQRT2, 180),
      fc.double({ min: 0, max: 180, noNaN: true }),
    )
    await fc.assert(
      fc.asyncProperty(catalogue, catalogue, radius, async (left, right, radiusDeg) => {
        for (const mode of ['nearest', 'all', 'mutual', 'greedy'] as const) {
          const found = await crossMatch(left, right, { radiusDeg, mode })
          expect(pairsOf(found)).toEqual(slowMatches(left, right, radiusDeg, mode))
        }
      }),
      { seed: 11, numRuns: 150 },
    )
  })

  it('agrees with looking at all pairs when most places crowd into one cell of the curve, or are one place', async () => {
    const random = createRandom(7, 'test.crowd')
    const crowd = (count: number): SkyPositions =>
      positions([
        Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 20 : i === 1 ? 200 : 20 + 1e-6 * random.normal())),
        Array.from({ length: count }, (_, i) => (i % 3 === 0 ? 10 : i === 1 ? -80 : 10 + 1e-6 * random.normal())),
      ])
    const [left, right] = [crowd(300), crowd(500)]
    for (const mode of ['nearest', 'all', 'mutual', 'greedy'] as const) {
      const found = await crossMatch(left, right, { radiusArcsec: 0.002, mode })
      expect(pairsOf(found)).toEqual(slowMatches(left, right, 0.002 / 3600, mode))
    }
  })

  it('keeps every mutual pair among the greedy ones', async () => {
    const random = createRandom(3, 'test.greedy')
    const some = (): SkyPositions =>
      positions([
        Array.from({ length: 400 }, () => random.uniform()),
        Array.from({ length: 400 }, () => random.uniform()),
      ])
    const [left, right] = [some(), some()]
    const greedy = new Set(pairsOf(await crossMatch(left, right, { radiusDeg: 0.05, mode: 'greedy' })).map(String))
    const mutual = pairsOf(await crossMatch(left, right, { radiusDeg: 0.05, mode: 'mutual' })).map(String)
    expect(mutual.length).toBeGreaterThan(100)
    expect(mutual.filter((pair) => !greedy.has(pair))).toEqual([])
    expect(greedy.size).toBeGreaterThan(mutual.length)
  })

  it('gives the same from an index, which can be matched again, and mutates nothing', async () => {
    const [left, right] = [
      positions([
        [1, 2, Number.NaN],
        [0, 0, 0],
      ]),
      positions([
        [2, 1.0001, 1],
        [0, 0, Number.NaN],
      ]),
    ]
    const copies = structuredClone([left, right])
    for (const mode of ['nearest', 'all', 'mutual', 'greedy'] as const) {
      const options = { radiusDeg: 1.5, mode }
      const expected = await crossMatch(left, right, options)
      expect(await crossMatch(new SkyIndex(left), new SkyIndex(right), options)).toEqual(expected)
    }
    expect([left, right]).toEqual(copies)
  })

  it('returns empty arrays for catalogues without rows or positions', async () => {
    const none = positions([[], []])
    const missing = positions([[Number.NaN], [5]])
    const one = positions([[1], [1]])
    for (const [left, right] of [
      [none, one],
      [one, none],
      [missing, one],
      [one, missing],
      [none, none],
    ] as const) {
      for (const mode of ['nearest', 'all', 'mutual', 'greedy'] as const) {
        expect(pairsOf(await crossMatch(left, right, { radiusDeg: 180, mode }))).toEqual([])
      }
    }
  })

  it('includes what lies exactly at the radius', async () => {
    const [left, right] = [positions([[0], [0]]), positions([[0], [1]])]
    const { separationsArcsec } = await crossMatch(left, right, { radiusDeg: angularSeparationDeg(0, 0, 0, 1) })
    expect(separationsArcsec.length).toBe(1)
  })

  it('looks at one of the copies of a place only, which catalogues use for missing positions', async () => {
    const count = 30_000
    const [left, right] = [positions([new Float64Array(count), new Float64Array(count)]), new Float64Array(count)]
    const found = await crossMatch(left, { raDeg: right.map(() => 1e-5), decDeg: right }, { radiusDeg: 180 })
    // Looking at all pairs would be 9e8 separations, which the limit of a test's time would not allow.
    expect(found.rightRows.every((row) => row === 0)).toBe(true)
    expect(found.leftRows.length).toBe(count)
  })

  it('rejects more pairs than are allowed', async () => {
    const crowd = positions([new Float64Array(100), new Float64Array(100)])
    const found = crossMatch(crowd, crowd, { radiusArcsec: 1, mode: 'all', maxPairs: 9999 })
    await expect(found).rejects.toThrow(ParameterError)
    await expect(found).rejects.toThrow('at most maxPairs (9999) pairs')
    expect((await crossMatch(crowd, crowd, { radiusArcsec: 1, mode: 'all', maxPairs: 10_000 })).leftRows.length).toBe(
      1e4,
    )
  })

  it('reports progress and stops at an abort', async () => {
    const random = createRandom(3, 'test.abort')
    const ra = Float64Array.from({ length: 70_000 }, () => 360 * random.uniform())
    const many = { raDeg: ra, decDeg: ra.map(() => 10 * random.uniform()) }
    const done: number[] = []
    await crossMatch(many, many, { radiusArcsec: 1, onProgress: (p) => done.push(p.done / (p.total as number)) })
    expect(done.at(-1)).toBe(1)
    expect(done.length).toBe(3)
    const reason = new Error('enough')
    const controller = new AbortController()
    const stopped = crossMatch(many, many, {
      radiusArcsec: 1,
      signal: controller.signal,
      onProgress: () => setImmediate(() => controller.abort(reason)),
    })
    await expect(stopped).rejects.toBe(reason)
  })

  it.each([
    [[[1, 2], [1]], ShapeError, 'crossMatch: left must have as many raDeg as decDeg. Received 2 and 1.'],
    [
      [
        [1, Infinity],
        [1, 1],
      ],
      ParameterError,
      'crossMatch: left row 1: raDeg must be finite or NaN. Received Infinity.',
    ],
    [
      [[1], [90.01]],
      ParameterError,
      'crossMatch: left row 0: decDeg must be within -90 to 90, or NaN. Received 90.01.',
    ],
    [[[1], [-Infinity]], ParameterError, 'left row 0: decDeg must be within -90 to 90'],
  ] as const)('rejects positions %j', async (bad, kind, message) => {
    const found = crossMatch(positions(bad as never), positions([[1], [1]]), { radiusDeg: 1 })
    await expect(found).rejects.toThrow(kind)
    await expect(found).rejects.toThrow(message)
  })

  it.each([
    [{}, 'must give one of radiusArcsec and radiusDeg. Received neither'],
    [{ radiusArcsec: 1, radiusDeg: 1 }, 'Received both'],
    [{ radiusArcsec: -1 }, 'radiusArcsec must be >= 0'],
    [{ radiusDeg: 181 }, 'radiusDeg must be >= 0 and be <= 180'],
    [{ radiusDeg: 1, mode: 'closest' }, 'mode must be one of nearest, all, mutual, greedy'],
    [{ radiusDeg: 1, maxPairs: 0 }, 'maxPairs must be an integer and be >= 1'],
    [{ radius: 1 }, "unknown option 'radius'"],
  ])('rejects options %j', async (options, message) => {
    const one = positions([[1], [1]])
    await expect(crossMatch(one, one, options as CrossMatchOptions)).rejects.toThrow(message)
  })
})
