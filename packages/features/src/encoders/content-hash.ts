import type { FoldedNetwork } from './fold-network.ts'

/** The first 16 hexadecimal digits of the SHA-256 of `parts`, one after the other. */
export async function contentHash(...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const chunks = parts.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part))
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    all.set(chunk, at)
    at += chunk.length
  }
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', all))
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Identifies structure and numbers of a network. */
export function networkHash(network: FoldedNetwork): Promise<string> {
  const parts: (string | Uint8Array)[] = [
    JSON.stringify(network, (key, value) => (key === 'weights' || key === 'biases' ? undefined : value)),
  ]
  for (const layer of network.layers) {
    if (layer.kind !== 'convolution') continue
    for (const { buffer, byteOffset, byteLength } of [layer.weights, layer.biases]) {
      parts.push(new Uint8Array(buffer, byteOffset, byteLength))
    }
  }
  return contentHash(...parts)
}
