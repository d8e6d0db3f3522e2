import type { Random } from '@astronomaly/core'

/** The labelled rows prepared once for all trees. */
export interface TrainingTable {
  readonly count: number
  readonly columns: number
  /** Column-major, so that one feature's values are neighbours. */
  readonly values: Float32Array
  readonly targets: Float64Array
  /** For each column, the rows in ascending order of its values; `[columns × count]`. */
  readonly sorted: Uint32Array
}

/** Sorts every column once. `rows` is contiguous and row-major. O(columns · count · log count). */
export function prepareTable(rows: Float32Array, count: number, columns: number, targets: Float64Array): TrainingTable {
  const values = new Float32Array(count * columns)
  const sorted = new Uint32Array(count * columns)
  for (let j = 0; j < columns; j++) {
    const column = values.subarray(j * count, (j + 1) * count)
    const order = sorted.subarray(j * count, (j + 1) * count)
    for (let i = 0; i < count; i++) {
      column[i] = rows[i * columns + j]!
      order[i] = i
    }
    order.sort((a, b) => column[a]! - column[b]! || a - b)
  }
  return { count, columns, values, targets, sorted }
}

/**
 * One tree as growing lists. Node i splits rows at `threshold[i]` of `feature[i]`: lower or equal values go to node i + 1,
 * others to `right[i]`. Leaves have feature −1.
 */
export interface TreeNodes {
  readonly feature: number[]
  readonly threshold: number[]
  readonly right: number[]
  readonly value: number[]
}

/**
 * Grows one regression tree of unlimited depth on a bootstrap sample, splitting where the squared error falls most.
 *
 * @param random - Draws the bootstrap sample, then the order in which features are tried: of equal splits the first counts.
 * @remarks Columns stay sorted by stable partition, so that each level costs O(rows × columns) without sorting.
 * Nodes are numbered in pre-order.
 */
export function growTree(table: TrainingTable, random: Random, bootstrap: boolean): TreeNodes {
  const { count, columns, values, targets, sorted } = table
  // A row drawn twice weighs two and is stored once, so that a tree of a bootstrap sample has a third fewer rows to sort.
  const weights = new Uint32Array(count)
  if (bootstrap) for (let i = 0; i < count; i++) weights[random.integer(count)]!++
  else weights.fill(1)
  let kept = 0
  for (let i = 0; i < count; i++) if (weights[i]! > 0) kept++
  const order = new Uint32Array(kept * columns)
  for (let j = 0; j < columns; j++) {
    let at = j * kept
    for (let i = 0; i < count; i++) {
      const row = sorted[j * count + i]!
      if (weights[row]! > 0) order[at++] = row
    }
  }
  const nodes: TreeNodes = { feature: [], threshold: [], right: [], value: [] }
  const tried = Uint32Array.from({ length: columns }, (_, j) => j)
  const goesLeft = new Uint8Array(count)
  const rightRows = new Uint32Array(kept)
  const stack: { from: number; to: number; parent: number }[] = [{ from: 0, to: kept, parent: -1 }]
  for (let work = stack.pop(); work; work = stack.pop()) {
    const { from, to, parent } = work
    const node = nodes.feature.length
    if (parent >= 0) nodes.right[parent] = node
    let weight = 0
    let sum = 0
    let lowest = Number.POSITIVE_INFINITY
    let highest = Number.NEGATIVE_INFINITY
    for (let i = from; i < to; i++) {
      const row = order[i]!
      const target = targets[row]!
      weight += weights[row]!
      sum += weights[row]! * target
      if (target < lowest) lowest = target
      if (target > highest) highest = target
    }
    // Equal targets are their own mean to the bit, and sum / weight may miss it: such a node would go on splitting for rounding's sake.
    const mean = lowest === highest ? lowest : sum / weight
    nodes.feature.push(-1)
    nodes.threshold.push(0)
    nodes.right.push(0)
    nodes.value.push(mean)
    if (lowest === highest || columns === 0) continue

    // Targets are centred on the node's mean, so the gain of a split is left² / left weight + left² / right weight.
    let best = 0
    let bestFeature = -1
    let bestAt = 0
    random.shuffle(tried)
    for (let f = 0; f < columns; f++) {
      const j = tried[f]!
      const base = j * kept
      const column = j * count
      let leftWeight = 0
      let leftSum = 0
      let value = values[column + order[base + from]!]!
      for (let i = from; i < to - 1; i++) {
        const row = order[base + i]!
        const w = weights[row]!
        leftWeight += w
        leftSum += w * (targets[row]! - mean)
        // Rows of one value stay together: no threshold parts them.
        const next = values[column + order[base + i + 1]!]!
        if (next > value) {
          const gain = leftSum * leftSum * (1 / leftWeight + 1 / (weight - leftWeight))
          if (gain > best) {
            best = gain
            bestFeature = j
            bestAt = i
          }
          value = next
        }
      }
    }
    if (bestFeature < 0) continue
    const base = bestFeature * kept
    const low = values[bestFeature * count + order[base + bestAt]!]!
    const high = values[bestFeature * count + order[base + bestAt + 1]!]!
    nodes.feature[node] = bestFeature
    nodes.threshold[node] = low + (high - low) / 2
    for (let i = from; i < to; i++) goesLeft[order[base + i]!] = i <= bestAt ? 1 : 0
    // Stable, so that both halves of every column are still sorted.
    const middle = bestAt + 1
    for (let j = 0; j < columns; j++) {
      const start = j * kept
      let left = from
      let right = 0
      for (let i = from; i < to; i++) {
        const row = order[start + i]!
        if (goesLeft[row] === 1) order[start + left++] = row
        else rightRows[right++] = row
      }
      for (let i = 0; i < right; i++) order[start + left + i] = rightRows[i]!
    }
    // The left child is popped first and so becomes node + 1.
    stack.push({ from: middle, to, parent: node }, { from, to: middle, parent: -1 })
  }
  return nodes
}
