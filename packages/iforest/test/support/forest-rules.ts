import { averagePathLength, type IsolationForestModel } from '@astronomaly/iforest'

/** The first rule in the documentation of `FlatForest` and the model that a model breaks, if any. */
export function brokenRule(model: IsolationForestModel): string | undefined {
  const { forest, columns, sampleSize, missing, pathLength, offset } = model
  const { roots, feature, threshold, left, size, value, low, high, termColumns, termWeights, termCentres } = forest
  const nodes = left.length
  if (!(Number.isInteger(columns) && columns >= 1)) return 'columns'
  if (!(Number.isInteger(sampleSize) && sampleSize >= 1)) return 'sampleSize'
  if (missing !== 'reject' && missing !== 'both-ways') return 'missing'
  if (!Number.isFinite(offset)) return 'offset'
  for (const array of [feature, threshold, size, value, low ?? left, high ?? left]) {
    if (array.length !== nodes) return 'length'
  }
  if (roots[0] !== 0 || roots.at(-1) !== nodes || roots.length - 1 !== model.trees || model.trees < 1) return 'roots'
  if (!low !== !high) return 'low, high'
  const k = termColumns ? termColumns.length / nodes : 1
  if (termColumns && !(Number.isInteger(k) && k >= 2)) return 'termColumns'
  if (termWeights?.length !== termColumns?.length || termCentres?.length !== termColumns?.length) return 'terms'
  const seen = new Uint8Array(nodes)
  const visit = (i: number, depth: number, end: number): string | undefined => {
    if (seen[i] !== 0) return `node ${i} has two parents`
    seen[i] = 1
    if (size[i]! < 1) return `size ${i}`
    if (Math.abs(value[i]! - depth - averagePathLength(size[i]!, { convention: pathLength })) > 1e-9)
      return `value ${i}`
    const terms = Array.from({ length: termColumns ? k : 0 }, (_, j) => i * k + j)
    const l = left[i]!
    if (l === i) {
      if (feature[i] !== 0 || threshold[i] !== Number.POSITIVE_INFINITY) return `leaf ${i}`
      if (low && (low[i] !== Number.NEGATIVE_INFINITY || high?.[i] !== Number.POSITIVE_INFINITY)) return `range ${i}`
      return terms.some((j) => termColumns![j] || termWeights![j] || termCentres![j]) ? `terms of leaf ${i}` : undefined
    }
    if (!(l > i && l + 1 < end)) return `left ${i}`
    if (!(feature[i]! >= 0 && feature[i]! < columns)) return `feature ${i}`
    if (!Number.isFinite(threshold[i]!)) return `threshold ${i}`
    if (low && !(Number.isFinite(low[i]!) && low[i]! <= threshold[i]!)) return `low ${i}`
    if (high && !(Number.isFinite(high[i]!) && high[i]! > threshold[i]!)) return `high ${i}`
    for (const j of terms) {
      if (!(termColumns![j]! >= 0 && termColumns![j]! < columns)) return `termColumns ${i}`
      if (!Number.isFinite(termWeights![j]!) || !Number.isFinite(termCentres![j]!)) return `term ${i}`
    }
    if (terms.length > 0 && (termColumns![i * k] !== feature[i] || termWeights![i * k] === 0)) return `first term ${i}`
    if (size[i] !== size[l]! + size[l + 1]!) return `size ${i}`
    return visit(l, depth + 1, end) ?? visit(l + 1, depth + 1, end)
  }
  for (let t = 0; t < model.trees; t++) {
    if (roots[t + 1]! <= roots[t]!) return `roots ${t}`
    const broken = visit(roots[t]!, 0, roots[t + 1]!)
    if (broken) return broken
  }
  return seen.every((count) => count === 1) ? undefined : 'a node without a parent'
}

/** Score of a row by plain recursion, from depths and sizes alone, for every kind of cut. */
export function scoreByRules(model: IsolationForestModel, row: ArrayLike<number>): number {
  const { forest, sampleSize, pathLength } = model
  const { roots, feature, threshold, left, size, low, high, termColumns, termWeights, termCentres } = forest
  const k = termColumns ? termColumns.length / left.length : 1
  const lengthFrom = (i: number, depth: number): number => {
    const l = left[i]!
    if (l === i) return depth + averagePathLength(size[i]!, { convention: pathLength })
    let x = row[feature[i]!]!
    if (termColumns && termWeights && termCentres) {
      x = 0
      for (let j = i * k; j < i * k + k; j++) x += termWeights[j]! * (row[termColumns[j]!]! - termCentres[j]!)
      x = Math.fround(x)
    }
    const outside = low !== undefined && high !== undefined && (x < low[i]! || x > high[i]!)
    const below = depth + (outside ? 0 : 1)
    if (!Number.isNaN(x)) return lengthFrom(x <= threshold[i]! ? l : l + 1, below)
    return (size[l]! * lengthFrom(l, below) + size[l + 1]! * lengthFrom(l + 1, below)) / size[i]!
  }
  let sum = 0
  for (let t = 0; t < model.trees; t++) sum += lengthFrom(roots[t]!, 0)
  const normaliser = averagePathLength(sampleSize, { convention: pathLength })
  return normaliser > 0 ? 2 ** -(sum / model.trees / normaliser) : 0.5
}
