import { describe, expect, it } from 'vitest'
import { type MinimizeOptions, minimizeInBox, type Objective } from '../../src/gaussian-process/minimize-in-box.ts'

const options: MinimizeOptions = {
  gradientTolerance: 1e-8,
  valueTolerance: 0,
  maxIterations: 300,
  pause: async () => {},
}
const rosenbrock: Objective = ([x, y] = new Float64Array(2), gradient) => {
  const [a, b] = [x!, y!]
  gradient[0] = -400 * a * (b - a * a) - 2 * (1 - a)
  gradient[1] = 200 * (b - a * a)
  return 100 * (b - a * a) ** 2 + (1 - a) ** 2
}

describe('minimizeInBox', () => {
  it('finds the end of Rosenbrock’s valley', async () => {
    const { x, evaluations } = await minimizeInBox(rosenbrock, [-1.2, 1], [-5, -5], [5, 5], options)
    expect(x[0]).toBeCloseTo(1, 6)
    expect(x[1]).toBeCloseTo(1, 6)
    // scipy's L-BFGS-B needs about 50.
    expect(evaluations).toBeLessThan(100)
  })

  it('stops on the edge of the box where the minimum lies outside', async () => {
    const { x } = await minimizeInBox(rosenbrock, [-1.2, 1], [-5, -5], [0.5, 5], options)
    expect(x[0]).toBe(0.5)
    expect(x[1]).toBeCloseTo(0.25, 6)
  })

  it('moves a start into the box and can stay in a corner', async () => {
    const plane: Objective = (_x, gradient) => {
      gradient.fill(1)
      return _x.reduce((a, b) => a + b, 0)
    }
    const { x, value } = await minimizeInBox(plane, [9, 9, 9], [-1, -2, -3], [4, 4, 4], options)
    expect(Array.from(x)).toEqual([-1, -2, -3])
    expect(value).toBe(-6)
  })

  it('backs away from where the function is not defined', async () => {
    const logBarrier: Objective = ([x] = new Float64Array(1), gradient) => {
      gradient[0] = x! > 0 ? 1 - 1 / x! : 0
      return x! > 0 ? x! - Math.log(x!) : Number.POSITIVE_INFINITY
    }
    expect((await minimizeInBox(logBarrier, [40], [-100], [100], options)).x[0]).toBeCloseTo(1, 6)
    expect((await minimizeInBox(logBarrier, [-1], [-100], [100], options)).value).toBe(Number.POSITIVE_INFINITY)
  })
})
