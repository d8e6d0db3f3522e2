import { ParameterError, UnsupportedError, type Warning } from '@astronomaly/core'

/**
 * How the tokens of a transformer become one vector. `'mean'`: their average, without the first where it is beside a square number
 * of others, for then it is no part of the picture. `'first'`: the first one, a class token.
 */
export type TokenPooling = 'mean' | 'first'

/** Values of {@link TokenPooling}, the default first. */
export const tokenPoolings: readonly TokenPooling[] = ['mean', 'first']

/** What {@link poolFeatures} goes by. */
export interface PoolingRule {
  /** The axis of a map that holds the features; undefined where it is not known. */
  readonly channelAxis: number | undefined
  readonly pooling: TokenPooling | undefined
  /** Begins messages: file and output. */
  readonly subject: string
}

/** Mean over all axes but the first and `axis`. */
function meanOver(data: Float32Array, dims: readonly number[], axis: number): Float32Array {
  const [batch, channels] = [dims[0]!, dims[axis]!]
  const inner = dims.slice(axis + 1).reduce((product, size) => product * size, 1)
  const outer = dims.slice(1, axis).reduce((product, size) => product * size, 1)
  const out = new Float32Array(batch * channels)
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < channels; c++) {
      let sum = 0
      for (let o = 0; o < outer; o++) {
        const from = ((n * outer + o) * channels + c) * inner
        for (let i = 0; i < inner; i++) sum += data[from + i]!
      }
      out[n * channels + c] = sum / (outer * inner)
    }
  }
  return out
}

const hasClassToken = (tokens: number): boolean => tokens > 1 && Number.isInteger(Math.sqrt(tokens - 1))

function tokenMean(data: Float32Array, [batch, tokens, features]: readonly number[]): Float32Array {
  const first = hasClassToken(tokens!) ? 1 : 0
  const size = tokens! * features!
  const parts = new Float32Array(batch! * (tokens! - first) * features!)
  for (let n = 0; n < batch!; n++) {
    parts.set(data.subarray(n * size + first * features!, (n + 1) * size), n * (size - first * features!))
  }
  return meanOver(parts, [batch!, tokens! - first, features!], 2)
}

function firstToken(data: Float32Array, [batch, tokens, features]: readonly number[]): Float32Array {
  const out = new Float32Array(batch! * features!)
  for (let n = 0; n < batch!; n++) {
    const from = n * tokens! * features!
    out.set(data.subarray(from, from + features!), n * features!)
  }
  return out
}

/**
 * What a network gives, as one vector a picture: `[n, features]` as it is, a map averaged over the picture, tokens
 * `[n, tokens, features]` by the rule.
 *
 * @throws UnsupportedError for other axes, or a map whose axes are not known; ParameterError when `pooling` is said and there are
 * no tokens.
 */
export function poolFeatures(data: Float32Array, dims: readonly number[], rule: PoolingRule): Float32Array {
  const { channelAxis, pooling, subject } = rule
  if (pooling !== undefined && dims.length !== 3) {
    throw new ParameterError(
      `${subject}: pooling is for tokens [n, tokens, features]. Received '${pooling}' for [${dims}].`,
    )
  }
  if (dims.length === 2) return data
  if (dims.length === 3) return pooling === 'first' ? firstToken(data, dims) : tokenMean(data, dims)
  if (dims.length !== 4) {
    throw new UnsupportedError(
      `${subject}: features must have 2 axes, 3 for tokens or 4 for a map. Received shape [${dims}].`,
    )
  }
  if (channelAxis !== 1 && channelAxis !== 3) {
    throw new UnsupportedError(
      `${subject}: which axis holds the features must be told by the network; choose another output. Received shape [${dims}].`,
    )
  }
  return meanOver(data, dims, channelAxis)
}

/** What a person should know of how a vector was made, when nobody chose it. */
export function poolingWarning(dims: readonly number[], { pooling, subject }: PoolingRule): Warning | undefined {
  if (dims.length !== 3 || pooling !== undefined) return undefined
  const [, tokens, features] = dims as [number, number, number]
  const which = hasClassToken(tokens)
    ? `${tokens} tokens of ${features} features; the first is left out and the others`
    : `${tokens} tokens of ${features} features; they`
  return { message: `${subject} gives ${which} are averaged. Pooling 'first' takes a class token instead.` }
}
