/** A function to minimise: writes its gradient and returns its value; +∞ where it is not defined. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number

/** When to stop, and what to do between evaluations. */
export interface MinimizeOptions {
  /** Stops when no component of the projected gradient is larger. */
  readonly gradientTolerance: number
  /** Stops when a step lowers the value by less than this share of it. */
  readonly valueTolerance: number
  readonly maxIterations: number
  /** Awaited after each evaluation; throws to stop. */
  readonly pause: () => Promise<void>
}

/** The lowest point found. */
export interface Minimum {
  readonly x: Float64Array
  readonly value: number
  readonly evaluations: number
}

const memory = 10
const sufficientDecrease = 1e-4

/**
 * Minimises a smooth function inside a box with projected L-BFGS.
 *
 * @param start - Moved into the box first.
 * @returns `value` = +∞ when the function is not defined at the start.
 * @remarks The two-loop recursion runs over the coordinates that are free: not at a bound that the gradient pushes against.
 * The step is projected into the box and halved, by quadratic interpolation where that is safe, until Armijo's condition
 * holds. A pair (s, y) is kept when sᵀy is clearly positive.
 * @see Nocedal & Wright 2006, algorithm 7.4 and §18.6; Bertsekas 1982, doi:10.1137/0320018
 */
export async function minimizeInBox(
  objective: Objective,
  start: ArrayLike<number>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  options: MinimizeOptions,
): Promise<Minimum> {
  const n = start.length
  const clip = (value: number, j: number): number => Math.min(upper[j]!, Math.max(lower[j]!, value))
  let x = Float64Array.from(start, clip)
  let gradient = new Float64Array(n)
  let value = objective(x, gradient)
  let evaluations = 1
  await options.pause()
  if (!Number.isFinite(value)) return { x, value: Number.POSITIVE_INFINITY, evaluations }
  const steps: Float64Array[] = []
  const changes: Float64Array[] = []
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    const free = Uint8Array.from(x, (xj, j) =>
      Number(!((xj <= lower[j]! && gradient[j]! > 0) || (xj >= upper[j]! && gradient[j]! < 0))),
    )
    let largest = 0
    for (let j = 0; j < n; j++) {
      if (free[j] === 1) largest = Math.max(largest, Math.abs(clip(x[j]! - gradient[j]!, j) - x[j]!))
    }
    if (largest <= options.gradientTolerance) break

    let direction = quasiNewtonDirection(gradient, free, steps, changes)
    if (!(dot(direction, gradient) < 0)) {
      steps.length = 0
      changes.length = 0
      direction = quasiNewtonDirection(gradient, free, steps, changes)
    }
    let length = steps.length > 0 ? 1 : Math.min(1, 1 / Math.sqrt(dot(direction, direction)))
    let accepted: { x: Float64Array<ArrayBuffer>; gradient: Float64Array<ArrayBuffer>; value: number } | undefined
    for (let attempt = 0; attempt < 40 && !accepted; attempt++) {
      const next = x.map((xj, j) => clip(xj + length * direction[j]!, j))
      const step = next.map((v, j) => v - x[j]!)
      const slope = dot(gradient, step)
      if (!(slope < 0)) break
      const nextGradient = new Float64Array(n)
      const nextValue = objective(next, nextGradient)
      evaluations++
      await options.pause()
      if (nextValue <= value + sufficientDecrease * slope) {
        accepted = { x: next, gradient: nextGradient, value: nextValue }
      } else {
        const parabola = Number.isFinite(nextValue) ? -slope / (2 * (nextValue - value - slope)) : 0.1
        length *= Math.min(0.5, Math.max(0.1, parabola))
      }
    }
    if (!accepted) {
      if (steps.length === 0) break
      steps.length = 0
      changes.length = 0
      continue
    }
    const step = accepted.x.map((v, j) => v - x[j]!)
    const change = accepted.gradient.map((v, j) => v - gradient[j]!)
    if (dot(step, change) > 1e-10 * dot(change, change)) {
      steps.push(step)
      changes.push(change)
      if (steps.length > memory) {
        steps.shift()
        changes.shift()
      }
    }
    const gain = value - accepted.value
    x = accepted.x
    gradient = accepted.gradient
    value = accepted.value
    if (gain <= options.valueTolerance * Math.max(1, Math.abs(value))) break
  }
  return { x, value, evaluations }
}

function quasiNewtonDirection(
  gradient: Float64Array,
  free: Uint8Array,
  steps: readonly Float64Array[],
  changes: readonly Float64Array[],
): Float64Array {
  const inside = (v: Float64Array): Float64Array => v.map((value, j) => (free[j] === 1 ? value : 0))
  const q = inside(gradient)
  const used: { s: Float64Array; y: Float64Array; rho: number; alpha: number }[] = []
  for (let k = steps.length - 1; k >= 0; k--) {
    const s = inside(steps[k]!)
    const y = inside(changes[k]!)
    const sy = dot(s, y)
    if (!(sy > 1e-10 * dot(y, y))) continue
    const alpha = dot(s, q) / sy
    for (let j = 0; j < q.length; j++) q[j]! -= alpha * y[j]!
    used.push({ s, y, rho: 1 / sy, alpha })
  }
  const newest = used[0]
  if (newest) {
    const scale = 1 / (newest.rho * dot(newest.y, newest.y))
    for (let j = 0; j < q.length; j++) q[j]! *= scale
  }
  for (const { s, y, rho, alpha } of used.reverse()) {
    const beta = rho * dot(y, q)
    for (let j = 0; j < q.length; j++) q[j]! += (alpha - beta) * s[j]!
  }
  return q.map((v) => -v)
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!
  return sum
}
