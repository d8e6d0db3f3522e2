import { ParameterError, UnsupportedError, type Warning } from '@astronomaly/core'
import { type InputRange, inputRangeOf, unknownRangeMessage } from './input-range.ts'
import { beforeDense, followInput, producerOf } from './network-graph.ts'
import type { OnnxSession, OnnxValueInfo } from './onnx-session.ts'
import { isElementType, type OnnxElementType } from './onnx-tensors.ts'
import type { OnnxFile } from './read-onnx.ts'

/** How a network wants its pictures. */
export interface OnnxInput {
  readonly name: string
  readonly type: OnnxElementType
  readonly shape: readonly [height: number, width: number, channels: number]
  readonly channelsFirst: boolean
  readonly batchSize: number
  /** What the file says of black and white; undefined when nothing. */
  readonly range: InputRange | undefined
}

const describe = ({ name, type, shape }: OnnxValueInfo): string => `${name} ${type} [${shape ?? ''}]`

const isChannelCount = (size: number | string | undefined): boolean => size === 1 || size === 3 || size === 4

/** Reads the one input. @throws UnsupportedError when it takes no picture, or its axes cannot be told. */
export function readOnnxInput(session: OnnxSession, file: OnnxFile, size: number, source: string): OnnxInput {
  const [input, second] = session.inputMetadata
  if (!input || second) {
    const names = session.inputMetadata.map(describe).join('; ') || 'none'
    throw new UnsupportedError(`${source}: network must have one input. Received ${names}.`)
  }
  const shape = input.shape ?? []
  const { type } = input
  if (!input.isTensor || !isElementType(type) || shape.length !== 4) {
    throw new UnsupportedError(
      `${source}: input must be float32, float16, float64 or uint8 with 4 axes. Received ${describe(input)}.`,
    )
  }
  const meaning = followInput(file.graph, input.name)
  const [first, last] = [isChannelCount(shape[1]), isChannelCount(shape[3])]
  const byShape = first === last ? undefined : first ? 1 : 3
  const axis = meaning.channelAxis ?? byShape
  const stated = axis === undefined ? undefined : shape[axis]
  const channels = typeof stated === 'number' && stated > 0 ? stated : meaning.channels
  if ((axis !== 1 && axis !== 3) || channels === undefined) {
    throw new UnsupportedError(
      `${source}: input must have its channels on axis 1 or 3, told by their number (1, 3 or 4) or by a convolution. Received ${describe(input)}.`,
    )
  }
  const known = (value: number | string | undefined, otherwise: number): number =>
    typeof value === 'number' && value > 0 ? value : otherwise
  const [height, width] = axis === 1 ? [shape[2], shape[3]] : [shape[1], shape[2]]
  const own = file.producer === '@astronomaly/features'
  return {
    name: input.name,
    type,
    shape: [known(height, size), known(width, size), channels],
    channelsFirst: axis === 1,
    batchSize: known(shape[0], 1),
    range: own ? [0, 1] : type === 'uint8' ? [0, 255] : inputRangeOf(meaning),
  }
}

/**
 * The output that holds the features.
 *
 * @throws ParameterError listing the outputs when there are several and none is named.
 */
export function chooseOnnxOutput(
  session: OnnxSession,
  file: OnnxFile,
  output: string | undefined,
  source: string,
): string {
  const outputs = session.outputMetadata
  const names = outputs.map(({ name }) => name)
  if (output === undefined && names.length === 1) return names[0]!
  if (output === undefined) {
    throw new ParameterError(
      `${source}: output must be said, one of ${outputs.map(describe).join('; ')}. Received none.`,
    )
  }
  if (names.includes(output) || producerOf(file.graph, output)) return output
  throw new ParameterError(`${source}: output must be one of ${names.join(', ')}. Received '${output}'.`)
}

/** What a person should know who did not say range or output. */
export function onnxWarnings(
  file: OnnxFile,
  chosen: { readonly input: OnnxInput; readonly output: string },
  options: { readonly output?: string | undefined; readonly inputRange?: InputRange | undefined },
  source: string,
): Warning[] {
  const warnings: Warning[] = []
  if (!chosen.input.range && !options.inputRange) warnings.push({ message: unknownRangeMessage(source) })
  const op = producerOf(file.graph, chosen.output)?.op ?? ''
  if (options.output === undefined && /^(Softmax|LogSoftmax|Sigmoid|Gemm)$/.test(op)) {
    const read = beforeDense(file.graph, chosen.output)
    const instead = read === undefined ? '' : ` Output '${read}' is what its last dense layer reads.`
    const what = op === 'Gemm' ? 'may be scores of classes' : 'are probabilities of classes'
    warnings.push({ message: `${source}: the values of output '${chosen.output}' ${what} (${op}).${instead}` })
  }
  return warnings
}
