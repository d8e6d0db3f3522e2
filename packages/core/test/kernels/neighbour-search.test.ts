import { createRandom, ParameterError, ShapeError } from '@astronomaly/core'
import { NeighbourSearch } from '@astronomaly/core/kernels'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Nearest, type NearestTask, nearestPoints } from '../../src/kernels/nearest-points.ts'
import { instantiateNeighbourKernel } from '../../src/kernels/neighbour-kernel.ts'
import { neighboursWasm } from '../../src/kernels/neighbours-wasm.ts'
import { packPoints } from '../../src/kernels/pack-points.ts'

const kernel = instantiateNeighbourKernel(new WebAssembly.Module(Buffer.from(neighboursWasm, 'base64')))

const empty = (count: number, k: number): Nearest => ({
  squares: new Float64Array(count * k).fill(Number.NaN),
  numbers: new Uint32Array(count * k).fill(7),
})

function byKernel(points: Float32Array, columns: number, task: NearestTask): Nearest {
  const out = empty(task.count, task.k)
  kernel.search(packPoints(points, points.length / columns, columns), task, out)
  return out
}

function byTwin(points: Float32Array, columns: number, task: NearestTask): Nearest {
  const out = empty(task.count, task.k)
  nearestPoints(points, columns, task, out)
  return out
}

/** Sorts all distances. */
function bySorting(points: Float32Array, columns: number, { queries, count, k, own }: NearestTask): Nearest {
  const out = empty(count, k)
  for (let q = 0; q < count; q++) {
    const all = Array.from({ length: points.length / columns }, (_, number) => {
      let square = 0
      for (let c = 0; c < columns; c++) square += (points[number * columns + c]! - queries[q * columns + c]!) ** 2
      return { number, square }
    })
    const others = all
      .filter(({ number }) => number !== own?.[q])
      .sort((a, b) => a.square - b.square || a.number - b.number)
    for (const [j, { number, square }] of others.slice(0, k).entries()) {
      out.squares[q * k + j] = square
      out.numbers[q * k + j] = number
    }
  }
  return out
}

function expectSameBits(a: Nearest, b: Nearest): void {
  expect(Buffer.from(a.numbers.buffer).equals(Buffer.from(b.numbers.buffer))).toBe(true)
  expect(Buffer.from(a.squares.buffer).equals(Buffer.from(b.squares.buffer))).toBe(true)
}

const count = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => i)

function normals(length: number, seed: number, scale = 1): Float32Array {
  const random = createRandom(seed, 'neighbour-search')
  return Float32Array.from({ length }, () => random.normal() * scale)
}

/** Values of many kinds: ties, subnormal numbers, numbers whose squares overflow, both zeros. */
const value = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -3, max: 3 }) },
  { weight: 3, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.constantFrom(-0, 2 ** -149, -(2 ** -149), 2 ** -75, 3e38, -3e38, 1e20) },
)
const problem = fc
  .record({ points: fc.integer({ min: 2, max: 150 }), columns: fc.integer({ min: 1, max: 11 }) })
  .chain(({ points, columns }) =>
    fc.record({
      columns: fc.constant(columns),
      points: fc.array(value, { minLength: points * columns, maxLength: points * columns }),
      queries: fc.array(value, { minLength: columns, maxLength: columns * 20 }),
      k: fc.integer({ min: 1, max: points - 1 }),
    }),
  )

describe('the kernel for nearest points', () => {
  it('equals its TypeScript twin bit for bit', () => {
    fc.assert(
      fc.property(problem, ({ points, columns, queries, k }) => {
        const data = Float32Array.from(points)
        const n = data.length / columns
        const inner = { queries: data, count: n, k, own: count(n) }
        expectSameBits(byKernel(data, columns, inner), byTwin(data, columns, inner))
        const outer = { queries: Float32Array.from(queries), count: Math.floor(queries.length / columns), k }
        expectSameBits(byKernel(data, columns, outer), byTwin(data, columns, outer))
      }),
      { seed: 4, numRuns: 300 },
    )
  })

  it.each([
    { name: 'several blocks of queries', n: 1000, columns: 3, k: 5, scale: 1 },
    { name: 'several chunks of points', n: 1000, columns: 200, k: 5, scale: 1 },
    { name: 'almost all points as neighbours', n: 700, columns: 2, k: 690, scale: 1 },
    { name: 'squares that vanish in 32 bits', n: 300, columns: 5, k: 9, scale: 1e-30 },
    { name: 'squares between the subnormal 32-bit numbers', n: 300, columns: 5, k: 9, scale: 1e-22 },
    { name: 'squares that overflow in 32 bits', n: 300, columns: 5, k: 9, scale: 1e30 },
  ])('equals its TypeScript twin bit for bit: $name', ({ n, columns, k, scale }) => {
    const points = normals(n * columns, 1, scale)
    const inner = { queries: points, count: n, k, own: count(n) }
    expectSameBits(byKernel(points, columns, inner), byTwin(points, columns, inner))
    const outer = { queries: normals(40 * columns, 2, scale), count: 40, k }
    expectSameBits(byKernel(points, columns, outer), byTwin(points, columns, outer))
  })

  it('equals its TypeScript twin where all points are the same', () => {
    const points = new Float32Array(400 * 3).fill(2)
    const task = { queries: points, count: 400, k: 6, own: count(400) }
    const found = byKernel(points, 3, task)
    expectSameBits(found, byTwin(points, 3, task))
    expect(Array.from(found.numbers.subarray(0, 6))).toEqual([1, 2, 3, 4, 5, 6])
    expect(Array.from(found.numbers.subarray(12, 18))).toEqual([0, 1, 3, 4, 5, 6])
  })

  it('sees the nearest where f32 sums cannot tell them apart', () => {
    // Squares of about 1e6: each of the 26 additions is off by up to 1/32, and those of the nearest differ by as little.
    const points = normals(500 * 26, 6, 0.0003).map((x) => x + 200)
    const task = { queries: normals(50 * 26, 7, 0.0003), count: 50, k: 20 }
    expectSameBits(byKernel(points, 26, task), bySorting(points, 26, task))
  })

  it('gives a query the same whatever queries stand beside it', () => {
    const points = normals(600 * 4, 3)
    const all = byKernel(points, 4, { queries: points, count: 600, k: 8, own: count(600) })
    for (const q of [0, 17, 599]) {
      const queries = points.subarray(4 * q, 4 * q + 4)
      const alone = byKernel(points, 4, { queries, count: 1, k: 8, own: Uint32Array.of(q) })
      expect(Array.from(alone.squares)).toEqual(Array.from(all.squares.subarray(8 * q, 8 * q + 8)))
      expect(Array.from(alone.numbers)).toEqual(Array.from(all.numbers.subarray(8 * q, 8 * q + 8)))
    }
  })
})

describe('the TypeScript twin', () => {
  it('gives what sorting all distances gives', () => {
    fc.assert(
      fc.property(problem, ({ points, columns, k }) => {
        const data = Float32Array.from(points)
        const n = data.length / columns
        const task = { queries: data, count: n, k, own: count(n) }
        expectSameBits(byTwin(data, columns, task), bySorting(data, columns, task))
      }),
      { seed: 5, numRuns: 60 },
    )
  })
})

describe('packed points', () => {
  it('hold each point once, and lie in the boxes of their panels', () => {
    const columns = 3
    for (const n of [1, 31, 32, 33, 1000]) {
      const points = normals(n * columns, n)
      const { panels, numbers, boxes, places } = packPoints(points, n, columns)
      const filled = numbers.filter((number) => number !== 0xffffffff)
      expect(Array.from(filled).sort((a, b) => a - b)).toEqual(Array.from(count(n)))
      for (const [slot, number] of numbers.entries()) {
        if (number === 0xffffffff) continue
        const panel = slot >> 5
        for (let c = 0; c < columns; c++) {
          const place = places[c]!
          const x = panels[panel * 32 * columns + place * 32 + (slot & 31)]!
          expect(x).toBe(points[number * columns + c])
          expect(x).toBeGreaterThanOrEqual(boxes[panel * 8 + place]!)
          expect(x).toBeLessThanOrEqual(boxes[panel * 8 + 4 + place]!)
        }
      }
    }
  })
})

describe('NeighbourSearch', () => {
  it('finds what the twin finds', () => {
    const points = normals(500 * 6, 4)
    const task = { queries: points, count: 500, k: 10, own: count(500) }
    const out = empty(500, 10)
    new NeighbourSearch(points, 6).nearest(task, out)
    expectSameBits(out, byTwin(points, 6, task))
  })

  it('orders points and other queries so that close ones stand close', () => {
    const points = normals(500, 5)
    const search = new NeighbourSearch(points, 1)
    const queries = normals(800, 6)
    for (const values of [points, queries]) {
      const order = search.orderOf(values)
      expect(Array.from(order.slice().sort((a, b) => a - b))).toEqual(Array.from(count(values.length)))
      // Panels of one column follow each other; within a panel there is no order.
      let steps = 0
      for (let i = 1; i < order.length; i++) steps += Math.abs(values[order[i]!]! - values[order[i - 1]!]!)
      let given = 0
      for (let i = 1; i < order.length; i++) given += Math.abs(values[i]! - values[i - 1]!)
      expect(steps).toBeLessThan(given / 4)
    }
  })

  it('gives the same bits, in the order of the tasks, for any number of threads', async () => {
    const points = normals(900 * 6, 8)
    const search = new NeighbourSearch(points, 6)
    const tasks = [0, 100, 200, 201, 500].map((from, i, all) => {
      const to = all[i + 1] ?? 900
      const own = count(900).slice(from, to)
      return { queries: points.slice(6 * from, 6 * to), count: to - from, k: 9, own }
    })
    for (const workers of [0, 1, 3]) {
      let at = 0
      for await (const { task, found } of search.nearestOf(tasks, { workers })) {
        expect(task).toBe(tasks[at++])
        expectSameBits(found, byTwin(points, 6, task))
      }
      expect(at).toBe(tasks.length)
    }
  })

  it('searches other points on the same threads', async () => {
    for (const seed of [9, 10]) {
      const points = normals(200 * 3, seed)
      const task = { queries: points, count: 200, k: 4, own: count(200) }
      for await (const { found } of new NeighbourSearch(points, 3).nearestOf([task, task], { workers: 2 })) {
        expectSameBits(found, byTwin(points, 3, task))
      }
    }
  })

  it('stops with the reason of the signal, and can be left early', async () => {
    const points = normals(300, 11)
    const search = new NeighbourSearch(points, 1)
    const tasks = Array.from({ length: 20 }, () => ({ queries: points, count: 300, k: 3 }))
    for (const workers of [0, 2]) {
      const stop = new AbortController()
      const seen: unknown[] = []
      const run = async () => {
        for await (const { task } of search.nearestOf(tasks, { workers, signal: stop.signal })) {
          seen.push(task)
          stop.abort('enough')
        }
      }
      await expect(run()).rejects.toBe('enough')
      expect(seen).toEqual([tasks[0]])
      for await (const { found } of search.nearestOf(tasks, { workers })) {
        expect(found.numbers.length).toBe(900)
        break
      }
    }
  })

  it('rejects points that are no rows, more neighbours than there are, and arrays too short', () => {
    expect(() => new NeighbourSearch(new Float32Array(7), 3)).toThrow(ShapeError)
    expect(() => new NeighbourSearch(new Float32Array(0), 3)).toThrow(ShapeError)
    expect(() => new NeighbourSearch(new Float32Array(6), 0)).toThrow(ShapeError)
    const search = new NeighbourSearch(normals(12, 6), 3)
    const queries = new Float32Array(3)
    search.nearest({ queries, count: 1, k: 4 }, empty(1, 4))
    for (const k of [0, 5, 1.5]) {
      expect(() => search.nearest({ queries, count: 1, k }, empty(1, 5))).toThrow(ParameterError)
    }
    expect(() => search.nearest({ queries, count: 1, k: 4, own: Uint32Array.of(0) }, empty(1, 4))).toThrow(
      ParameterError,
    )
    expect(() => search.nearest({ queries, count: 2, k: 1 }, empty(2, 1))).toThrow(ShapeError)
    expect(() => search.nearest({ queries, count: 1, k: 2 }, empty(1, 1))).toThrow(ShapeError)
    expect(() => search.nearest({ queries, count: 1, k: 1, own: new Uint32Array(0) }, empty(1, 1))).toThrow(ShapeError)
  })
})
