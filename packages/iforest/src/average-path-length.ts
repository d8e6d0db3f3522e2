import { checkNumber, checkOneOf } from '@astronomaly/core'
import { ln } from '@astronomaly/core/numeric'

/**
 * Which formula for the mean depth of a random search tree: `'scikit-learn'` (Liu et al. 2008, eq. 1, with c(2) = 1), `'exact'`,
 * or `'linkedin'` (eq. 1 also for two rows, as LinkedIn's implementation has it; for its forests only).
 */
export type PathLengthConvention = 'scikit-learn' | 'exact' | 'linkedin'

/** How to compute {@link averagePathLength}. */
export interface AveragePathLengthOptions {
  /** @defaultValue 'scikit-learn' */
  readonly convention?: PathLengthConvention | undefined
}

/** Every {@link PathLengthConvention}. */
export const pathLengthConventions: readonly PathLengthConvention[] = ['scikit-learn', 'exact', 'linkedin']

const eulerGamma = 0.5772156649015329
const eulerGammaOfLinkedIn = 0.5772156649

/**
 * The mean depth at which `n` rows are isolated by random cuts: what a leaf of `n` rows adds to its own depth.
 *
 * @param n - Number of rows, an integer ≥ 0.
 * @returns c(n) ≥ 0; 0 for n ≤ 1.
 * @throws ParameterError
 * @remarks `'scikit-learn'`: c(2) = 1 and above 2 (ln(n − 1) + γ) − 2 (n − 1)/n. `'exact'`: 2 (H_n − 1), H_n the n-th harmonic
 * number, which the first approximates to 0.46 at n = 3 and 0.004 at n = 256. `'linkedin'`: the first formula from n = 2 on, with
 * ten digits of γ.
 * @see Liu, Ting & Zhou 2008, doi:10.1109/ICDM.2008.17, eq. 1
 */
export function averagePathLength(n: number, options: AveragePathLengthOptions = {}): number {
  const size = checkNumber('averagePathLength: n', n, { integer: true, min: 0 })
  const convention = options.convention ?? 'scikit-learn'
  return meanDepth(size, checkOneOf('averagePathLength: convention', convention, pathLengthConventions))
}

function meanDepth(n: number, convention: PathLengthConvention): number {
  if (n <= 1) return 0
  if (convention === 'exact') return 2 * harmonicMinusOne(n)
  if (n === 2 && convention === 'scikit-learn') return 1
  const gamma = convention === 'linkedin' ? eulerGammaOfLinkedIn : eulerGamma
  return 2 * (ln(n - 1) + gamma) - (2 * (n - 1)) / n
}

/** H_n − 1: summed from the smallest term below 64, and above it by the asymptotic series (relative error < 1e-16). */
function harmonicMinusOne(n: number): number {
  if (n < 64) {
    let sum = 0
    for (let k = n; k >= 2; k--) sum += 1 / k
    return sum
  }
  const s = 1 / (n * n)
  return ln(n) + (eulerGamma - 1) + 1 / (2 * n) - s * (1 / 12 - s * (1 / 120 - s / 252))
}

const longestTable = 0xffff

/** c as a function, from a table for sizes up to `largest` (and 65,535). */
export function pathLengthFunction(largest: number, convention: PathLengthConvention): (n: number) => number {
  const length = Math.min(largest, longestTable) + 1
  const table = Float64Array.from({ length }, (_, n) => meanDepth(n, convention))
  return (n) => (n < length ? table[n]! : meanDepth(n, convention))
}
