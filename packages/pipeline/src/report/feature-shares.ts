import { matrix } from '@astronomaly/core'
import type { PcaModel } from '@astronomaly/features'
import type { IsolationForestModel } from '@astronomaly/iforest'

/**
 * How much path length each feature saved an object in the isolation forest: the forest's explanation of the principal components,
 * carried back through the loadings.
 *
 * @param row - `[inputColumns]` The object's features, finite.
 * @returns `[inputColumns]` ≥ 0, in path lengths (mean over the trees); the sum is that of the positive e_c.
 * @remarks e = {@link IsolationForestModel.explain} of the components z. z_c = Σ_j t_cj, t_cj = (row_j − mean_j) / scale_j · V_cj, V the
 * `components`. Feature j gets Σ_c max(0, e_c) · p_cj, where p_cj = max(0, t_cj / z_c) / Σ_k max(0, t_ck / z_c): its share among the terms
 * that have the sign of their sum. A component on which the object was no easier to isolate (e_c ≤ 0) counts for nothing.
 * O(trees × depth + components × columns).
 */
export function featureShares(pca: PcaModel, forest: IsolationForestModel, row: ArrayLike<number>): Float64Array {
  const { inputColumns, columns, mean, scale, components } = pca
  const { data: z } = pca.transform(matrix(Float32Array.from(row), 1, inputColumns))
  const saved = forest.explain(z)
  const shares = new Float64Array(inputColumns)
  const terms = new Float64Array(inputColumns)
  for (let c = 0; c < columns; c++) {
    if (!(saved[c]! > 0)) continue
    const sign = Math.sign(z[c]!)
    let sum = 0
    for (let j = 0; j < inputColumns; j++) {
      terms[j] = Math.max(0, ((sign * (row[j]! - mean[j]!)) / scale[j]!) * components[c * inputColumns + j]!)
      sum += terms[j]!
    }
    if (sum > 0) for (let j = 0; j < inputColumns; j++) shares[j] = shares[j]! + (saved[c]! * terms[j]!) / sum
  }
  return shares
}
