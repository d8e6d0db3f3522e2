import { FormatError, UnsupportedError } from '@astronomaly/core'
import { galaxy10Cnn } from './galaxy10-cnn.ts'
import { mobileNetV2 } from './mobilenet-v2.ts'
import type { NetworkDescription } from './network.ts'
import type { WeightTensor, WeightTensors } from './weight-tensors.ts'

interface ManifestTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly byteOffset: number
  readonly byteLength: number
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0

function readTensor(entry: unknown, bytes: Uint8Array, source: string): [string, WeightTensor] {
  const { name, shape, dtype, byteOffset, byteLength } = entry as Partial<ManifestTensor> & { readonly dtype?: unknown }
  if (typeof name !== 'string')
    throw new FormatError('weights: each tensor must have a name. Received none.', { source })
  const place = { source, keyword: name }
  if (dtype !== 'float32') {
    throw new UnsupportedError(`weights: tensor ${name} must be float32. Received ${String(dtype)}.`)
  }
  if (!Array.isArray(shape) || !shape.every(isCount) || !isCount(byteOffset) || !isCount(byteLength)) {
    throw new FormatError(`weights: tensor ${name} must have shape, byteOffset and byteLength.`, place)
  }
  const length = shape.reduce((product, size) => product * size, 1)
  if (byteLength !== 4 * length) {
    throw new FormatError(
      `weights: tensor ${name} of shape [${shape}] must take ${4 * length} bytes. Received byteLength ${byteLength}.`,
      place,
    )
  }
  if (byteOffset + byteLength > bytes.length) {
    throw new FormatError(
      `weights: tensor ${name} of shape [${shape}] must end within the file at byte ${byteOffset + byteLength}. Received ${bytes.length} bytes.`,
      { ...place, offset: byteOffset },
    )
  }
  return [
    name,
    { shape, data: new Float32Array(new Uint8Array(bytes.subarray(byteOffset, byteOffset + byteLength)).buffer) },
  ]
}

function readShape(text: string, source: string): readonly [number, number, number] {
  const found = /(\d+)x(\d+)x(\d+)/.exec(text)
  if (!found) {
    throw new FormatError(`manifest: must state the picture's size as HEIGHTxWIDTHxCHANNELS. Received '${text}'.`, {
      source,
    })
  }
  return [Number(found[1]), Number(found[2]), Number(found[3])]
}

/** 'x/127.5 - 1' for pixels 0 … 255, as factor and summand for pixels in [0, 1]. */
function readScaling(text: string, source: string): { readonly inputScale: number; readonly inputOffset: number } {
  const found = /x\s*\/\s*(\d+(?:\.\d+)?)(?:\s*([-+])\s*(\d+(?:\.\d+)?))?/.exec(text)
  if (!found || !(Number(found[1]) > 0)) {
    throw new FormatError(`manifest: must state what pixels become, such as 'x/127.5 - 1'. Received '${text}'.`, {
      source,
    })
  }
  return {
    inputScale: 255 / Number(found[1]),
    inputOffset: found[3] === undefined ? 0 : Number(`${found[2]}${found[3]}`),
  }
}

/**
 * A folder of weights: `manifest.json`, which names network, pre-processing and tensors, and `weights.f32.bin`.
 *
 * @param text - The manifest.
 * @param bytes - The weights, little-endian float32.
 * @param source - The weights' path, for messages.
 * @throws FormatError when the manifest is not JSON, contradicts itself or reaches beyond the weights; UnsupportedError when
 * its tensors are those of neither MobileNetV2 nor the Galaxy10 network.
 */
export function readManifest(
  text: string,
  bytes: Uint8Array,
  source: string,
): { readonly network: NetworkDescription; readonly weights: WeightTensors } {
  let manifest: Record<string, unknown>
  try {
    manifest = JSON.parse(text)
  } catch (cause) {
    throw new FormatError('manifest: must be JSON', { source, cause })
  }
  if (typeof manifest !== 'object' || manifest === null || !Array.isArray(manifest.tensors)) {
    throw new FormatError("manifest: must have a list 'tensors'. Received none.", { source })
  }
  const tensors = new Map(manifest.tensors.map((entry) => readTensor(entry, bytes, source)))
  const architecture = String(manifest.architecture ?? '')
  const input = String(manifest.input ?? architecture)
  const inputShape = readShape(input, source)
  const scaling = readScaling(String(manifest.preprocess ?? input), source)
  const weights: WeightTensors = { source, layout: 'keras', tensors }
  const epsilon = Number(
    manifest.batchnorm_epsilon ?? /eps(?:ilon)?\s*=?\s*([\d.e-]+)/.exec(architecture)?.[1] ?? 0.001,
  )
  if (/MobileNetV2/.test(architecture)) {
    const alpha = Number(/alpha\s*=\s*([\d.]+)/.exec(architecture)?.[1] ?? 1)
    return { network: { ...mobileNetV2({ alpha, inputShape, epsilon }), ...scaling }, weights }
  }
  if (tensors.has('conv2d/kernel') && tensors.has('batch_normalization/gamma')) {
    const filters: number[] = []
    for (;;) {
      const kernel = tensors.get(`conv2d${filters.length === 0 ? '' : `_${filters.length}`}/kernel`)
      if (!kernel) break
      filters.push(kernel.shape[3] ?? 0)
    }
    return { network: { ...galaxy10Cnn({ inputShape, filters, epsilon }), ...scaling }, weights }
  }
  throw new UnsupportedError(
    `manifest: architecture must be MobileNetV2 or the Galaxy10 network. Received '${architecture}' in ${source}.`,
  )
}
