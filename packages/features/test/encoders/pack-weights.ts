import type { NetworkDescription, WeightTensor, WeightTensors } from '@astronomaly/features/encoders'

const bytesOf = (data: Float32Array): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Manifest and weights file of a Galaxy10 network, as in the shared weight folders. */
export function packManifest(network: NetworkDescription, weights: WeightTensors): { text: string; bytes: Uint8Array } {
  let byteOffset = 0
  const tensors = [...weights.tensors].map(([name, { shape, data }]) => {
    const entry = { name, shape, dtype: 'float32', byteOffset, byteLength: data.byteLength }
    byteOffset += data.byteLength
    return entry
  })
  const input = `${network.inputShape.join('x')} RGB, x/255`
  const text = JSON.stringify({ architecture: 'a few [Conv 3x3, BatchNorm(eps 1e-3)]', input, tensors })
  return { text, bytes: concatenate([...weights.tensors.values()].map(({ data }) => bytesOf(data))) }
}

/** A `.safetensors` file with float32 tensors, one integer each for `integers`, and `raw` ones as they are. */
export function packSafetensors(
  tensors: ReadonlyMap<string, WeightTensor>,
  integers: Readonly<Record<string, string>> = {},
  raw: Readonly<Record<string, { dtype: string; shape: readonly number[]; bytes: Uint8Array }>> = {},
): Uint8Array {
  const all = [
    ...[...tensors].map(([name, { shape, data }]) => ({ name, dtype: 'F32', shape, bytes: bytesOf(data) })),
    ...Object.entries(integers).map(([name, dtype]) => ({ name, dtype, shape: [], bytes: new Uint8Array(8) })),
    ...Object.entries(raw).map(([name, value]) => ({ name, ...value })),
  ]
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  let offset = 0
  for (const { name, dtype, shape, bytes } of all) {
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] }
    offset += bytes.length
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true)
  return concatenate([length, text, ...all.map(({ bytes }) => bytes)])
}
