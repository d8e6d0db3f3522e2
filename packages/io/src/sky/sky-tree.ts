import { separationFromParts } from '@astronomaly/fits'
import type { FoundRows } from './found-rows.ts'
import { type SkyPoints, type SkyQuery, sortedPoints } from './sky-points.ts'
import type { SkyPositions } from './sky-positions.ts'

const radian = Math.PI / 180

/** Points of a leaf, and children of a node. */
const fanOut = 8

/** Most leaves that searches of a neighbourhood begin with. */
const mostStarts = 96

/** Bound of the error of a chord between two unit vectors in double precision: some units of 2^-52. */
const chordError = 2e-15

/** Square of the longest chord that a separation of at most `radiusDeg` can have, and `more`; rounding included. */
export function squaredChord(radiusDeg: number, more = 0): number {
  // Near 180 degrees the chord no longer changes with the separation.
  return radiusDeg > 179.99 ? Infinity : (2 * Math.sin((radiusDeg * radian) / 2) + more + chordError) ** 2
}

/** How far a value is outside a range. */
function gap(low: number, value: number, high: number): number {
  return value < low ? low - value : value > high ? value - high : 0
}

/**
 * A packed tree of boxes around unit vectors: leaves of eight points that follow each other on a curve through space, and eight
 * boxes in a larger one, up to the root.
 *
 * @remarks Three dimensions have neither poles nor a seam at 0 / 360 degrees. The tree only excludes; what is in reach, and what is
 * nearest, is decided by the separation itself. Built in O(n); a query takes O(log n + found) in practice. 44 bytes a row.
 */
export class SkyTree {
  readonly points: SkyPoints
  readonly positions: SkyPositions
  readonly #cosines: Float64Array
  /** Six numbers a node: least x, y, z and greatest x, y, z. Leaves first, the root last. */
  readonly #boxes: Float64Array
  readonly #lowestRow: Uint32Array
  readonly #firstChild: Uint32Array
  readonly #endChild: Uint32Array
  readonly #leaves: number
  readonly #stack: Uint32Array
  readonly #distances: Float64Array
  /** Nodes that searches begin with: the root, or the leaves of a neighbourhood. */
  readonly #starts = new Uint32Array(mostStarts)
  #startCount = 0
  /** Separation, in degrees, of the row that `nearest` returned last. */
  separation = 0

  constructor(positions: SkyPositions) {
    this.positions = positions
    this.points = sortedPoints(positions)
    this.#cosines = positions.decDeg.map((dec) => Math.cos(dec * radian))
    this.#leaves = Math.ceil(this.points.rows.length / fanOut)
    let nodes = this.#leaves
    let levels = 1
    for (let level = nodes; level > 1; levels++) {
      level = Math.ceil(level / fanOut)
      nodes += level
    }
    this.#boxes = new Float64Array(6 * nodes)
    this.#lowestRow = new Uint32Array(nodes).fill(0xffffffff)
    this.#firstChild = new Uint32Array(nodes)
    this.#endChild = new Uint32Array(nodes)
    // Of each level at most seven nodes wait while the eighth is looked into.
    this.#stack = new Uint32Array(mostStarts + fanOut * levels)
    this.#distances = new Float64Array(mostStarts + fanOut * levels)
    this.#fill(nodes)
    this.leave()
  }

  #fill(nodes: number): void {
    const { rows, vectors } = this.points
    const boxes = this.#boxes
    for (let at = 0; at < boxes.length; at += 6) {
      boxes.fill(Infinity, at, at + 3)
      boxes.fill(-Infinity, at + 3, at + 6)
    }
    const include = (node: number, first: number, values: Float64Array, low: number, high: number): void => {
      for (let k = 0; k < 3; k++) {
        if (values[low + k]! < boxes[6 * node + k]!) boxes[6 * node + k] = values[low + k]!
        if (values[high + k]! > boxes[6 * node + 3 + k]!) boxes[6 * node + 3 + k] = values[high + k]!
      }
      if (first < this.#lowestRow[node]!) this.#lowestRow[node] = first
    }
    for (let i = 0; i < rows.length; i++) {
      const leaf = Math.floor(i / fanOut)
      include(leaf, rows[i]!, vectors, 3 * i, 3 * i)
      if (i % fanOut === 0) this.#firstChild[leaf] = i
      this.#endChild[leaf] = i + 1
    }
    for (let from = 0, to = this.#leaves; to < nodes; ) {
      for (let child = from; child < to; child++) {
        const node = to + Math.floor((child - from) / fanOut)
        include(node, this.#lowestRow[child]!, boxes, 6 * child, 6 * child + 3)
        if ((child - from) % fanOut === 0) this.#firstChild[node] = child
        this.#endChild[node] = child + 1
      }
      const parents = Math.ceil((to - from) / fanOut)
      from = to
      to += parents
    }
  }

  /** Separation of a row from a place, in degrees. */
  #separationOf(query: SkyQuery, cosine: number, row: number): number {
    const { raDeg, decDeg } = this.positions
    return separationFromParts(query.raDeg - raDeg[row]!, query.decDeg, decDeg[row]!, cosine * this.#cosines[row]!)
  }

  /** Square of the distance from a place to a node's box; where it is above `limit`, any number above. */
  #squaredDistance(query: SkyQuery, node: number, limit: number): number {
    const boxes = this.#boxes
    const at = 6 * node
    let side = gap(boxes[at]!, query.x, boxes[at + 3]!)
    let sum = side * side
    if (sum > limit) return sum
    side = gap(boxes[at + 1]!, query.y, boxes[at + 4]!)
    sum += side * side
    if (sum > limit) return sum
    side = gap(boxes[at + 2]!, query.z, boxes[at + 5]!)
    return sum + side * side
  }

  /** Lets searches begin at the root. */
  leave(): void {
    this.#starts[0] = this.#lowestRow.length - 1
    this.#startCount = this.#leaves > 0 ? 1 : 0
  }

  /**
   * Lets searches begin at the leaves near a box, which all places that are looked from lie in; they are valid for limits up to `limit`.
   *
   * @param box - Least x, y, z and greatest x, y, z.
   * @remarks With more than some leaves it is the root as ever.
   */
  enter(box: Float64Array, limit: number): void {
    const boxes = this.#boxes
    const stack = this.#stack
    let waiting = 0
    let count = 0
    if (this.#leaves > 0) stack[waiting++] = this.#lowestRow.length - 1
    while (waiting > 0) {
      const node = stack[--waiting]!
      const at = 6 * node
      const dx = Math.max(0, boxes[at]! - box[3]!, box[0]! - boxes[at + 3]!)
      const dy = Math.max(0, boxes[at + 1]! - box[4]!, box[1]! - boxes[at + 4]!)
      const dz = Math.max(0, boxes[at + 2]! - box[5]!, box[2]! - boxes[at + 5]!)
      if (dx * dx + dy * dy + dz * dz > limit) continue
      if (node < this.#leaves) {
        if (count === mostStarts) {
          this.leave()
          return
        }
        this.#starts[count++] = node
      } else for (let child = this.#firstChild[node]!; child < this.#endChild[node]!; child++) stack[waiting++] = child
    }
    this.#startCount = count
  }

  /** Adds all rows within `radiusDeg` of a place to `found`, in no order; `limit` is {@link squaredChord} of the radius. */
  within(query: SkyQuery, radiusDeg: number, limit: number, found: FoundRows): void {
    const { rows, vectors } = this.points
    const { x, y, z } = query
    const cosine = Math.cos(query.decDeg * radian)
    const [stack, starts, leaves] = [this.#stack, this.#starts, this.#leaves]
    let waiting = 0
    for (let k = 0; k < this.#startCount; k++) {
      if (this.#squaredDistance(query, starts[k]!, limit) <= limit) stack[waiting++] = starts[k]!
    }
    while (waiting > 0) {
      const node = stack[--waiting]!
      const end = this.#endChild[node]!
      if (node >= leaves) {
        for (let child = this.#firstChild[node]!; child < end; child++) {
          if (this.#squaredDistance(query, child, limit) <= limit) stack[waiting++] = child
        }
        continue
      }
      for (let i = this.#firstChild[node]!; i < end; i++) {
        const dx = vectors[3 * i]! - x
        const dy = vectors[3 * i + 1]! - y
        const dz = vectors[3 * i + 2]! - z
        if (dx * dx + dy * dy + dz * dz > limit) continue
        const separation = this.#separationOf(query, cosine, rows[i]!)
        if (separation <= radiusDeg) found.add(rows[i]!, separation)
      }
    }
  }

  /**
   * The nearest row within `radiusDeg` of a place, the lowest of equally near ones; −1 when there is none.
   *
   * @param limit - {@link squaredChord} of the radius, or less where it is known that the nearest row is nearer.
   * @remarks A point can be nearer than the best one only if its chord is at most 2e-15 longer than the shortest one
   * met. Chords that differ by less are told apart by their separations.
   */
  nearest(query: SkyQuery, radiusDeg: number, limit: number): number {
    const { rows, vectors } = this.points
    const { x, y, z } = query
    const cosine = Math.cos(query.decDeg * radian)
    const [stack, distances, starts, leaves] = [this.#stack, this.#distances, this.#starts, this.#leaves]
    let best = -1
    let bestPoint = -1
    let bestSquare = Infinity
    let bestSeparation = -1
    let reach = limit
    let waiting = 0
    // The starts are looked through as the children of a node are.
    let [child, end, bottom] = [0, this.#startCount, 0]
    let begun = false
    for (;;) {
      for (; child < end; child++) {
        const inner = begun ? child : starts[child]!
        const square = this.#squaredDistance(query, inner, reach)
        if (square > reach) continue
        if (best >= 0 && this.#lowestRow[inner]! > best && this.#isPoint(inner, bestPoint)) continue
        let place = waiting++
        for (; place > bottom && distances[place - 1]! < square; place--) {
          distances[place] = distances[place - 1]!
          stack[place] = stack[place - 1]!
        }
        distances[place] = square
        stack[place] = inner
      }
      begun = true
      if (waiting === 0) break
      const node = stack[--waiting]!
      if (distances[waiting]! > reach) continue
      if (node >= leaves) {
        child = this.#firstChild[node]!
        end = this.#endChild[node]!
        bottom = waiting
        continue
      }
      const last = this.#endChild[node]!
      for (let i = this.#firstChild[node]!; i < last; i++) {
        const dx = vectors[3 * i]! - x
        const dy = vectors[3 * i + 1]! - y
        const dz = vectors[3 * i + 2]! - z
        const square = dx * dx + dy * dy + dz * dz
        if (square > reach) continue
        const row = rows[i]!
        const closer = (Math.sqrt(square) + chordError) ** 2
        let separation = -1
        if (best >= 0 && closer >= bestSquare) {
          // A separation of -1 has not been needed so far.
          if (bestSeparation < 0) bestSeparation = this.#separationOf(query, cosine, best)
          separation = this.#separationOf(query, cosine, row)
          if (separation > bestSeparation || (separation === bestSeparation && row > best)) continue
        }
        best = row
        bestPoint = i
        bestSquare = square
        bestSeparation = separation
        if (closer < reach) reach = closer
      }
    }
    if (best < 0) return -1
    this.separation = bestSeparation < 0 ? this.#separationOf(query, cosine, best) : bestSeparation
    this.#lastPoint = bestPoint
    return this.separation <= radiusDeg ? best : -1
  }

  #lastPoint = -1

  /** A limit for the nearest row to a place: what `nearest` found last is no farther. */
  limitByLast({ x, y, z }: SkyQuery, limit: number): number {
    if (this.#lastPoint < 0) return limit
    const { vectors } = this.points
    const at = 3 * this.#lastPoint
    const chord = Math.hypot(vectors[at]! - x, vectors[at + 1]! - y, vectors[at + 2]! - z)
    return Math.min(limit, (chord + chordError) ** 2)
  }

  /** Whether a node holds nothing but copies of a point. */
  #isPoint(node: number, point: number): boolean {
    const boxes = this.#boxes
    const { vectors } = this.points
    for (let k = 0; k < 3; k++) {
      const value = vectors[3 * point + k]!
      if (boxes[6 * node + k]! !== value || boxes[6 * node + 3 + k]! !== value) return false
    }
    return true
  }
}
