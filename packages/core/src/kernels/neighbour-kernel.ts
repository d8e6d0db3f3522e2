import type { Nearest, NearestTask } from './nearest-points.ts'
import type { PackedPoints } from './pack-points.ts'

/** One WebAssembly instance with its memory. */
export interface NeighbourKernel {
  /** `[count]`: queries `[count, columns]` in an order in which those close to each other stand close. */
  order(packed: PackedPoints, queries: Float32Array, count: number): Uint32Array
  /** The nearest points of each query. @throws RangeError when the memory cannot grow. */
  search(packed: PackedPoints, task: NearestTask, out: Nearest): void
}

const page = 65_536
const panelPoints = 32
/** Most bytes of points and of heaps at a time, for the second-level cache. */
const chunkBytes = 2 ** 18
const heapBytes = 2 ** 19
const mostQueries = 256
/** A number that no point has. */
const nobody = 0xfffffffe

/** The panel that a query, with its columns in the order of the panels', would lie in. */
function panelOf({ cutPlaces, cuts }: PackedPoints, query: Float32Array): number {
  let panel = 0
  let node = 0
  let panels = cuts.length + 1
  while (panels > 1) {
    const half = panels >> 1
    if (query[cutPlaces[node]!]! <= cuts[node]!) {
      panels = half
      node += 1
    } else {
      panel += half
      panels -= half
      node += half
    }
  }
  return panel
}

/** The queries with their columns in the order of the panels', the panels that they would lie in, and their order by these. */
function arrange(packed: PackedPoints, rows: Float32Array, count: number) {
  const { columns, places } = packed
  const queries = new Float32Array(count * columns)
  const home = new Uint32Array(count)
  for (let q = 0; q < count; q++) {
    const query = queries.subarray(q * columns, (q + 1) * columns)
    for (let c = 0; c < columns; c++) query[places[c]!] = rows[q * columns + c]!
    home[q] = panelOf(packed, query)
  }
  const order = Uint32Array.from(home, (_, q) => q).sort((a, b) => home[a]! - home[b]! || a - b)
  return { queries, home, order }
}

/**
 * Instantiates the kernel.
 *
 * @remarks The memory holds what one block of queries needs, and a few panels of points, which stream through it: some MiB, however many
 * points there are.
 */
export function instantiateNeighbourKernel(module: WebAssembly.Module): NeighbourKernel {
  const memory = new WebAssembly.Memory({ initial: 16 })
  const { exports } = new WebAssembly.Instance(module, { env: { memory } })
  const offerPanels = exports.offerPanels as (...args: number[]) => void
  const sortHeaps = exports.sortHeaps as (...args: number[]) => void

  return {
    order: (packed, queries, count) => arrange(packed, queries, count).order,
    search(packed, task, out) {
      const { columns, places, panels, numbers, boxes } = packed
      const { count, k } = task
      const panelCount = numbers.length / panelPoints
      const wide = Math.ceil(columns / 4) * 4
      const block = Math.min(mostQueries, Math.max(1, Math.floor(heapBytes / (12 * k))))
      const groups = Math.ceil(block / 8)
      const panelBytes = (4 * columns + 4) * panelPoints + 8 * wide
      const chunk = Math.max(1, Math.min(panelCount, Math.floor(chunkBytes / panelBytes)))
      let top = 1024
      const place = (bytes: number): number => {
        const at = top
        top = Math.ceil((top + bytes) / 16) * 16
        return at
      }
      const at = {
        squares: place(8 * block * k),
        numbers: place(4 * block * k),
        limits: place(32 * groups),
        owns: place(4 * block),
        queries: place(4 * block * columns),
        queryBoxes: place(8 * wide * groups),
        places: place(4 * columns),
        panels: place(4 * columns * panelPoints * chunk),
        panelNumbers: place(4 * panelPoints * chunk),
        boxes: place(8 * wide * chunk),
      }
      const missing = top - memory.buffer.byteLength
      if (missing > 0) memory.grow(Math.ceil(missing / page))
      const f32 = (from: number, length: number) => new Float32Array(memory.buffer, from, length)
      const u32 = (from: number, length: number) => new Uint32Array(memory.buffer, from, length)
      const heapSquares = new Float64Array(memory.buffer, at.squares, block * k)
      const heapNumbers = u32(at.numbers, block * k)
      const limits = f32(at.limits, 8 * groups)
      const owns = u32(at.owns, block)
      const held = f32(at.queries, block * columns)
      const queryBoxes = f32(at.queryBoxes, 2 * wide * groups)
      u32(at.places, columns).set(places)
      const chunkPanels = f32(at.panels, chunk * panelPoints * columns)
      const chunkNumbers = u32(at.panelNumbers, chunk * panelPoints)
      const chunkBoxes = f32(at.boxes, 2 * wide * chunk)
      const slack = (columns + 8) * 2 ** -23
      const tiny = (columns + 8) * 2 ** -149
      const { queries, home, order } = arrange(packed, task.queries, count)

      const offer = (some: number, from: number, to: number): void => {
        for (let first = from; first < to; first += chunk) {
          const n = Math.min(chunk, to - first)
          chunkPanels.set(panels.subarray(first * panelPoints * columns, (first + n) * panelPoints * columns))
          chunkNumbers.set(numbers.subarray(first * panelPoints, (first + n) * panelPoints))
          chunkBoxes.set(boxes.subarray(2 * first * wide, 2 * (first + n) * wide))
          offerPanels(
            ...[at.panels, at.panelNumbers, at.boxes, n, columns, at.places, at.queries, at.owns, some, at.queryBoxes],
            ...[k, at.squares, at.numbers, at.limits, slack, tiny],
          )
        }
      }

      for (let start = 0; start < count; start += block) {
        const some = Math.min(block, count - start)
        heapSquares.fill(Number.POSITIVE_INFINITY, 0, some * k)
        heapNumbers.fill(0xffffffff, 0, some * k)
        limits.fill(Number.POSITIVE_INFINITY, 0, some)
        // The last group may have fewer than eight queries: nothing is near to the others.
        limits.fill(-1, some)
        queryBoxes.fill(0)
        for (let i = 0; i < some; i++) {
          const q = order[start + i]!
          owns[i] = task.own ? task.own[q]! : nobody
          for (let c = 0; c < columns; c++) {
            const x = queries[q * columns + c]!
            held[i * columns + c] = x
            const low = (i >> 3) * 2 * wide + c
            const begins = i % 8 === 0
            if (begins || x < queryBoxes[low]!) queryBoxes[low] = x
            if (begins || x > queryBoxes[low + wide]!) queryBoxes[low + wide] = x
          }
        }
        // The closest panels first: they leave little to the others.
        const first = home[order[start]!]!
        offer(some, first, panelCount)
        offer(some, 0, first)
        sortHeaps(some, k, at.squares, at.numbers)
        for (let i = 0; i < some; i++) {
          const q = order[start + i]!
          out.squares.set(heapSquares.subarray(i * k, (i + 1) * k), q * k)
          out.numbers.set(heapNumbers.subarray(i * k, (i + 1) * k), q * k)
        }
      }
    },
  }
}
