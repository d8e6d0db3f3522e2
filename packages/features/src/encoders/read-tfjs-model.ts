import { concatArrays, definedOnly, FormatError, UnsupportedError } from '@astronomaly/core'

/** Name, shape and type of a weight, as a `model.json` has it. */
export interface TfjsWeightSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly quantization?: { readonly dtype: string }
}

/** What TensorFlow.js calls ModelArtifacts: a model's parts in memory. */
export interface TfjsArtifacts {
  readonly modelTopology?: object
  readonly weightSpecs?: readonly TfjsWeightSpec[]
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[]
  readonly signature?: object
}

/** A TensorFlow.js model with its weights in memory. */
export interface TfjsModelFile {
  /** Which loader understands it. */
  readonly kind: 'layers' | 'graph'
  readonly artifacts: TfjsArtifacts
}

/** Bytes of one element as it is stored. */
export const bytesOf: Readonly<Record<string, number>> = {
  float32: 4,
  int32: 4,
  bool: 1,
  complex64: 8,
  uint8: 1,
  uint16: 2,
  float16: 2,
}

interface WeightGroup {
  readonly paths: readonly string[]
  readonly weights: readonly TfjsWeightSpec[]
}

function isGroup(value: unknown): value is WeightGroup {
  const { paths, weights } = (value ?? {}) as Partial<WeightGroup>
  return (
    Array.isArray(paths) &&
    paths.every((path) => typeof path === 'string') &&
    Array.isArray(weights) &&
    weights.every(
      (entry) => typeof entry?.name === 'string' && Array.isArray(entry.shape) && typeof entry.dtype === 'string',
    )
  )
}

async function readGroup(
  group: WeightGroup,
  readShard: (path: string) => Promise<Uint8Array>,
  source: string,
): Promise<Uint8Array[]> {
  const shards = await Promise.all(group.paths.map(readShard))
  const received = shards.reduce((sum, shard) => sum + shard.length, 0)
  let end = 0
  for (const { name, shape, dtype, quantization } of group.weights) {
    const size = bytesOf[quantization?.dtype ?? dtype]
    if (size === undefined) throw new UnsupportedError(`model.json: tensor ${name} must be numeric. Received ${dtype}.`)
    const start = end
    end += size * shape.reduce((product, n) => product * n, 1)
    if (end > received) {
      throw new FormatError(
        `model.json: tensor ${name} of shape [${shape}] must end within ${group.paths.join(', ')} at byte ${end}. Received ${received} bytes.`,
        { source, keyword: name, offset: start },
      )
    }
  }
  return shards
}

/**
 * A TensorFlow.js `model.json` with its weight files, layers or graph.
 *
 * @param text - The file.
 * @param readShard - Reads a weight file named in it, given as a path relative to it.
 * @param source - Its path, for messages.
 * @throws FormatError when it is not such a file or its weights are truncated; whatever `readShard` throws.
 */
export async function readTfjsModel(
  text: string,
  readShard: (path: string) => Promise<Uint8Array>,
  source: string,
): Promise<TfjsModelFile> {
  let json: Record<string, unknown>
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new FormatError('model.json: must be JSON', { source, cause })
  }
  const topology = json?.modelTopology as Record<string, unknown> | undefined
  const manifest = json?.weightsManifest
  if (typeof topology !== 'object' || topology === null || !Array.isArray(manifest) || !manifest.every(isGroup)) {
    throw new FormatError('model.json: must have modelTopology and weightsManifest, as TensorFlow.js writes them', {
      source,
    })
  }
  const isGraph = json.format === 'graph-model' || Array.isArray(topology.node)
  const shards: Uint8Array[] = []
  for (const group of manifest) shards.push(...(await readGroup(group, readShard, source)))
  const data = concatArrays(Uint8Array, shards)
  return {
    kind: isGraph ? 'graph' : 'layers',
    artifacts: definedOnly({
      modelTopology: topology,
      weightSpecs: manifest.flatMap((group) => group.weights),
      weightData: data.buffer,
      signature: isGraph && json.signature ? (json.signature as object) : undefined,
    }),
  }
}
