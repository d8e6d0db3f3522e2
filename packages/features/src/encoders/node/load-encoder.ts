import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, isAbsolute, join, normalize } from 'node:path'
import { FormatError, NotFoundError, UnsupportedError } from '@astronomaly/core'
import { contentHash, networkHash } from '../content-hash.ts'
import { createEncoder } from '../create-encoder.ts'
import { describeStateDict } from '../describe-state-dict.ts'
import type { Encoder } from '../encoder.ts'
import type { FeatureRunner } from '../feature-runner.ts'
import { foldNetwork } from '../fold-network.ts'
import { unknownRangeMessage } from '../input-range.ts'
import { lowerOnnx } from '../lower-onnx.ts'
import { lowerTfjs } from '../lower-tfjs.ts'
import type { NetworkDescription } from '../network.ts'
import { inlineOnnxData } from '../onnx-data.ts'
import { createOnnxRunner } from '../onnx-runner.ts'
import type { OnnxRuntime } from '../onnx-session.ts'
import { readManifest } from '../read-manifest.ts'
import { readSafetensors } from '../read-safetensors.ts'
import { readTfjsModel } from '../read-tfjs-model.ts'
import { createTfjsModelRunner } from '../tfjs-model-runner.ts'
import type { WeightTensors } from '../weight-tensors.ts'
import {
  type EncoderFileOptions,
  type LoadEncoderOptions,
  type ResolvedLoadOptions,
  rejectOptions,
  resolveLoadOptions,
} from './load-options.ts'
import { startOnnx } from './onnx-runtime.ts'
import { startTfjs } from './tfjs-runtime.ts'

/** A network on an engine, and what identifies it. */
interface Loaded {
  readonly runner: FeatureRunner
  readonly method: string
  readonly hash: string
}

async function readOrNotFound(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new NotFoundError(
      `loadEncoder: ${path} must be a readable file. Received ${(cause as NodeJS.ErrnoException).code}.`,
      { cause },
    )
  }
}

const readText = async (path: string): Promise<string> => new TextDecoder().decode(await readOrNotFound(path))

/** Reads files that a model names; none outside its folder. */
function readBeside(path: string, subject: string): (name: string) => Promise<Uint8Array> {
  return async (name) => {
    if (name === '' || isAbsolute(name) || normalize(name).startsWith('..')) {
      throw new FormatError(`${subject}: weights must lie beside it. Received '${name}'.`, { source: path })
    }
    return readOrNotFound(join(dirname(path), name))
  }
}

async function onnxRunner(
  runtime: OnnxRuntime,
  bytes: Uint8Array,
  source: string,
  options: ResolvedLoadOptions,
): Promise<FeatureRunner> {
  const { threads, output, inputRange, size, pooling, onWarning } = options
  const runner = await createOnnxRunner(runtime, bytes, {
    threads,
    source,
    output,
    inputRange,
    size,
    pooling,
    onWarning,
  })
  return threads > 1 ? { ...runner, engine: `${runner.engine} threads ${threads}` } : runner
}

async function loadDescribed(
  network: NetworkDescription,
  weights: WeightTensors,
  options: ResolvedLoadOptions,
): Promise<Loaded> {
  const folded = foldNetwork(network, weights)
  const identity = { method: network.name, hash: await networkHash(folded) }
  const { engine, views, threads } = options
  const runner =
    engine === 'onnx'
      ? await onnxRunner(await startOnnx(engine), lowerOnnx(folded), weights.source, { engine, views, threads })
      : lowerTfjs(await startTfjs(engine), folded)
  return { ...identity, runner }
}

async function loadWeightFolder(folder: string, options: ResolvedLoadOptions): Promise<Loaded> {
  rejectOptions(folder, options, ['output', 'inputRange', 'size', 'pooling'])
  const source = join(folder, 'weights.f32.bin')
  const [text, bytes] = await Promise.all([readText(join(folder, 'manifest.json')), readOrNotFound(source)])
  const { network, weights } = readManifest(text, bytes, source)
  return loadDescribed(network, weights, options)
}

async function loadSafetensors(path: string, options: ResolvedLoadOptions): Promise<Loaded> {
  rejectOptions(path, options, ['output', 'pooling'])
  const weights = readSafetensors(await readOrNotFound(path), path)
  const { size = 224, inputRange: [black, white] = [0, 1] } = options
  if (!options.inputRange) options.onWarning?.({ message: unknownRangeMessage(path) })
  const network = describeStateDict(weights, { inputShape: [size, size, 3] })
  return loadDescribed({ ...network, inputScale: white - black, inputOffset: black }, weights, options)
}

async function loadOnnx(path: string, options: ResolvedLoadOptions): Promise<Loaded> {
  const { engine } = options
  if (engine === 'tfjs-node') {
    throw new UnsupportedError(
      `loadEncoder: engine must be wasm or onnx for an .onnx file. Received ${engine} for ${path}.`,
    )
  }
  const bytes = await inlineOnnxData(await readOrNotFound(path), readBeside(path, 'onnx'), path)
  const runner = await onnxRunner(await startOnnx(engine), bytes, path, options)
  return { runner, method: 'onnx', hash: await contentHash(bytes, settingsText(options)) }
}

/** Raised when the same file is understood otherwise than before. */
const meaningVersion = 3

/** What decides the features beside the file. */
function settingsText({ output, inputRange, size, pooling }: EncoderFileOptions): string {
  return JSON.stringify([meaningVersion, output ?? null, inputRange ?? null, size ?? null, pooling ?? null])
}

async function isTeachableMachine(folder: string): Promise<boolean> {
  try {
    const metadata = JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8'))
    return metadata?.packageName === '@teachablemachine/image'
  } catch {
    return false
  }
}

async function loadTfjsModel(path: string, options: ResolvedLoadOptions): Promise<Loaded> {
  const { engine } = options
  if (engine === 'onnx') {
    throw new UnsupportedError(
      `loadEncoder: engine must be wasm or tfjs-node for a model.json. Received ${engine} for ${path}.`,
    )
  }
  const folder = dirname(path)
  const file = await readTfjsModel(await readText(path), readBeside(path, 'model.json'), path)
  const stated = (await isTeachableMachine(folder)) ? ([-1, 1] as const) : undefined
  const { inputRange = stated, output, size, pooling, onWarning } = options
  const runtime = await startTfjs(engine)
  const runner = await createTfjsModelRunner(runtime, runtime.tf, file, {
    source: path,
    inputRange,
    output,
    size,
    pooling,
    onWarning,
  })
  const { modelTopology, weightSpecs, weightData } = file.artifacts
  const hash = await contentHash(
    JSON.stringify([modelTopology, weightSpecs]),
    new Uint8Array(weightData as ArrayBuffer),
    settingsText({ output, inputRange, size, pooling }),
  )
  return { runner, method: `tfjs-${file.kind}`, hash }
}

const unsupported: Readonly<Record<string, string>> = {
  '.keras': 'it holds HDF5: convert it with tensorflowjs_converter (model.json) or tf2onnx (.onnx)',
  '.h5': 'it is HDF5: convert it with tensorflowjs_converter (model.json) or tf2onnx (.onnx)',
  '.pt': 'it is a pickle: save the state dict as .safetensors, or export .onnx',
  '.pth': 'it is a pickle: save the state dict as .safetensors, or export .onnx',
  '.ckpt': 'it is a pickle: save the state dict as .safetensors, or export .onnx',
  '.bin': 'a pytorch_model.bin is a pickle: save the state dict as .safetensors; for weights.f32.bin name its folder',
}

async function loadPath(path: string, options: ResolvedLoadOptions): Promise<Loaded> {
  let isFolder: boolean
  try {
    isFolder = (await stat(path)).isDirectory()
  } catch (cause) {
    throw new NotFoundError(`loadEncoder: encoder must be an existing file or folder. Received '${path}'.`, { cause })
  }
  if (isFolder) {
    for (const name of ['manifest.json', 'model.json']) {
      const inside = join(path, name)
      if (await stat(inside).catch(() => undefined)) return loadPath(inside, options)
    }
    throw new NotFoundError(`loadEncoder: folder must hold manifest.json or model.json. Received '${path}'.`)
  }
  if (basename(path) === 'manifest.json') return loadWeightFolder(dirname(path), options)
  const extension = extname(path).toLowerCase()
  if (extension === '.json') return loadTfjsModel(path, options)
  if (extension === '.onnx') return loadOnnx(path, options)
  if (extension === '.safetensors') return loadSafetensors(path, options)
  const reason = unsupported[extension] ?? 'known are .onnx, model.json, .safetensors and weight folders'
  throw new UnsupportedError(`loadEncoder: cannot read ${path}: ${reason}.`)
}

/**
 * Loads a network that turns pictures into feature vectors.
 *
 * @param path - A folder with `manifest.json` and `weights.f32.bin`; a TensorFlow.js `model.json` (layers or graph) or its folder;
 * an `.onnx` file; a `.safetensors` state dict of timm's `efficientnet_b0`, as Zoobot publishes.
 * @returns The encoder; it takes pixels in [0, 1], whatever the network was trained on. `dispose()` frees its memory.
 * @throws NotFoundError when there is no such file; FormatError when it is damaged; UnsupportedError when its format or network
 * is not known, the engine does not read it, or the engine's package is not installed (the message has the command); ParameterError for options.
 */
export async function loadEncoder(path: string, options: LoadEncoderOptions = {}): Promise<Encoder> {
  const resolved = resolveLoadOptions(options)
  const { runner, method, hash } = await loadPath(path, resolved)
  try {
    return createEncoder(runner, { method, hash, views: resolved.views })
  } catch (error) {
    await runner.dispose()
    throw error
  }
}
