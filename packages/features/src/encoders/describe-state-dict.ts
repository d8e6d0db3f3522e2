import { UnsupportedError } from '@astronomaly/core'
import { type EfficientNetOptions, efficientNetB0 } from './efficientnet.ts'
import type { NetworkDescription } from './network.ts'
import type { WeightTensors } from './weight-tensors.ts'

/**
 * The description that fits a PyTorch state dict: EfficientNet-B0 in timm's names, behind any prefix.
 *
 * @throws UnsupportedError when the names are of another network.
 */
export function describeStateDict(weights: WeightTensors, options: EfficientNetOptions = {}): NetworkDescription {
  const stem = 'conv_stem.weight'
  const names = [...weights.tensors.keys()]
  const found = names.find((name) => name === stem || name.endsWith(`.${stem}`))
  if (found === undefined) {
    throw new UnsupportedError(
      `state dict: network must be EfficientNet-B0 in timm's names (${stem}, …). Received ${names.slice(0, 3).join(', ') || 'no tensors'} in ${weights.source}.`,
    )
  }
  return efficientNetB0({ ...options, prefix: found.slice(0, -stem.length) })
}
