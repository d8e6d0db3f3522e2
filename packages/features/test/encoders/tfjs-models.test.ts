import { FormatError, ParameterError, UnsupportedError } from '@astronomaly/core'
import type { io, Tensor } from '@tensorflow/tfjs-core'
import * as layers from '@tensorflow/tfjs-layers'
import { beforeAll, describe, expect, it } from 'vitest'
import { createTfjsModelRunner, readTfjsModel, type TfjsModelFile } from '../../src/encoders/index.ts'
import { startTfjs } from '../../src/encoders/node/tfjs-runtime.ts'
import { madeUpPictures, worst } from './made-up.ts'

let runtime: Awaited<ReturnType<typeof startTfjs>>
beforeAll(async () => {
  runtime = await startTfjs('wasm')
})

async function saved(model: layers.LayersModel): Promise<TfjsModelFile> {
  let artifacts: io.ModelArtifacts | undefined
  await model.save({
    save: async (given: io.ModelArtifacts) => {
      artifacts = given
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } }
    },
  })
  return { kind: 'layers', artifacts: artifacts! }
}

const runner = async (file: TfjsModelFile, options = {}) => createTfjsModelRunner(runtime, runtime.tf, file, options)

const { data: picture } = madeUpPictures('tfjs', [1, 6, 6, 3])
const asTensor = () => runtime.tf.tensor4d(picture.slice(), [1, 6, 6, 3])
const valuesOf = (x: Tensor | Tensor[] | layers.SymbolicTensor | layers.SymbolicTensor[]) => (x as Tensor).dataSync()

function backbone(name: string): layers.LayersModel {
  const input = layers.input({ shape: [6, 6, 3] })
  const maps = layers.layers
    .conv2d({ filters: 4, kernelSize: 3, activation: 'relu', name: `${name}_conv` })
    .apply(input) as layers.SymbolicTensor
  const normed = layers.layers.batchNormalization({ name: `${name}_norm` }).apply(maps) as layers.SymbolicTensor
  return layers.model({ inputs: input, outputs: normed, name })
}

function sequential(...parts: layers.layers.Layer[]): layers.Sequential {
  const out = layers.sequential()
  for (const part of parts) out.add(part)
  return out
}

const l = layers.layers

describe('a TensorFlow.js layers model', () => {
  it('is cut after its last global pooling, inside nested models too, without its head', async () => {
    const body = backbone('body')
    const trunk = sequential(body as unknown as layers.layers.Layer, l.globalAveragePooling2d({ name: 'pool' }))
    const head = sequential(l.dense({ units: 5, inputShape: [4], activation: 'relu' }), l.dense({ units: 2 }))
    const model = sequential(trunk as unknown as layers.layers.Layer, head as unknown as layers.layers.Layer)
    const found = await runner(await saved(model))
    expect(found.featureCount).toBe(4)
    expect(found.inputShape).toEqual([6, 6, 3])
    // The same operations on the same backend.
    expect(Array.from(await found.run(picture))).toEqual(Array.from(valuesOf(trunk.apply(asTensor()))))
  })

  it('is cut where a nested model stands inside a functional one', async () => {
    const body = backbone('inner')
    const input = layers.input({ shape: [6, 6, 3] })
    const flipped = l.activation({ activation: 'tanh', name: 'first' }).apply(input) as layers.SymbolicTensor
    const maps = body.apply(flipped) as layers.SymbolicTensor
    const out = l.flatten().apply(maps) as layers.SymbolicTensor
    const model = layers.model({ inputs: input, outputs: l.dense({ units: 3 }).apply(out) as layers.SymbolicTensor })
    const { tf } = runtime
    const expected = tf.mean(body.apply(tf.tanh(asTensor())) as Tensor, [1, 2]).dataSync()
    const found = await runner(await saved(model), { output: 'inner_norm' })
    expect(worst(await found.run(picture), expected)).toBeLessThan(1e-6) // The mean may be summed in another order.
  })

  it('without pooling gives what its last dense layer reads', async () => {
    const first = l.dense({ units: 7, activation: 'tanh' })
    const flat = l.flatten({ inputShape: [6, 6, 3] })
    const model = sequential(flat, first, l.dropout({ rate: 0.9 }), l.dense({ units: 2 }))
    const found = await runner(await saved(model))
    const expected = valuesOf(first.apply(flat.apply(asTensor())))
    expect(Array.from(await found.run(picture))).toEqual(Array.from(expected))
  })

  it('without pooling and dense layers gives its output, averaged over the picture', async () => {
    const model = sequential(l.conv2d({ filters: 5, kernelSize: 1, inputShape: [6, 6, 3] }))
    const found = await runner(await saved(model))
    expect(found.featureCount).toBe(5)
  })

  it('takes the size from the options where it leaves it open, and maps the range of pixels', async () => {
    const model = sequential(l.globalAveragePooling2d({ inputShape: [null, null, 3] }))
    const found = await runner(await saved(model), { size: 10, inputRange: [-1, 1] })
    expect(found.inputShape).toEqual([10, 10, 3])
    expect(Array.from(await found.run(new Float32Array(300).fill(0.75)))).toEqual([0.5, 0.5, 0.5])
    expect((await runner(await saved(model))).inputShape).toEqual([224, 224, 3])
  })

  it('names some of its layers when the output is not one', async () => {
    const model = sequential(l.globalAveragePooling2d({ inputShape: [6, 6, 3], name: 'the_pool' }))
    const error = runner(await saved(model), { output: 'nothing' })
    await expect(error).rejects.toThrow(ParameterError)
    await expect(error).rejects.toThrow(/such as .*the_pool/)
  })

  it('is rejected when it takes no pictures, or cannot be built', async () => {
    const vectors = sequential(l.dense({ units: 2, inputShape: [4] }))
    await expect(runner(await saved(vectors))).rejects.toThrow(UnsupportedError)
    const file = await saved(vectors)
    const weightSpecs = file.artifacts.weightSpecs!.map((spec) => ({ ...spec, name: `other/${spec.name}` }))
    const broken = runner({ ...file, artifacts: { ...file.artifacts, weightSpecs } })
    await expect(broken).rejects.toThrow(FormatError)
  })

  it('keeps the number of tensors constant over 200 pictures', async () => {
    const model = sequential(backbone('many') as unknown as layers.layers.Layer, l.globalMaxPooling2d({}))
    const found = await runner(await saved(model))
    const held = runtime.tf.memory().numTensors
    for (let i = 0; i < 200; i++) await found.run(picture)
    expect(runtime.tf.memory().numTensors).toBe(held)
  })
})

const type = { T: { type: 'DT_FLOAT' } }
interface GraphNode {
  readonly name: string
  readonly op: string
  readonly input?: readonly string[]
  readonly attr: Readonly<Record<string, unknown>>
}

const graph: { versions: object; node: GraphNode[] } = {
  versions: { producer: 1 },
  node: [
    { name: 'kernel', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } },
    { name: 'axes', op: 'Const', attr: { dtype: { type: 'DT_INT32' } } },
    { name: 'head', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } },
    {
      name: 'x',
      op: 'Placeholder',
      attr: {
        dtype: { type: 'DT_FLOAT' },
        shape: { shape: { dim: [{ size: '-1' }, { size: '6' }, { size: '6' }, { size: '3' }] } },
      },
    },
    {
      name: 'conv',
      op: 'Conv2D',
      input: ['x', 'kernel'],
      attr: {
        ...type,
        strides: { list: { i: ['1', '1', '1', '1'] } },
        dilations: { list: { i: ['1', '1', '1', '1'] } },
        padding: { s: 'VkFMSUQ=' },
        data_format: { s: 'TkhXQw==' },
      },
    },
    { name: 'relu', op: 'Relu', input: ['conv'], attr: type },
    { name: 'pool', op: 'Mean', input: ['relu', 'axes'], attr: { ...type, keep_dims: { b: false } } },
    {
      name: 'classes',
      op: 'MatMul',
      input: ['pool', 'head'],
      attr: { ...type, transpose_a: { b: false }, transpose_b: { b: false } },
    },
    { name: 'out', op: 'Softmax', input: ['classes'], attr: type },
  ],
}
const graphWeights = Float32Array.of(1, 0, 0, -1, 0.5, 0.25, 1, 2, 3, 4)
const weightsManifest = [
  {
    paths: ['one.bin', 'two.bin'],
    weights: [
      { name: 'kernel', shape: [1, 1, 3, 2], dtype: 'float32' },
      { name: 'axes', shape: [2], dtype: 'int32' },
      { name: 'head', shape: [2, 2], dtype: 'float32' },
    ],
  },
]
const graphBytes = new Uint8Array(48)
graphBytes.set(new Uint8Array(graphWeights.buffer, 0, 24), 0)
graphBytes.set(new Uint8Array(Int32Array.of(1, 2).buffer), 24)
graphBytes.set(new Uint8Array(graphWeights.buffer, 24, 16), 32)
const graphText = JSON.stringify({ format: 'graph-model', modelTopology: graph, weightsManifest })
const shard = async (path: string) => (path === 'one.bin' ? graphBytes.subarray(0, 30) : graphBytes.subarray(30))

describe('a TensorFlow.js graph model', () => {
  it('is cut at the mean that is nearest to its output', async () => {
    const file = await readTfjsModel(graphText, shard, 'model.json')
    expect(file.kind).toBe('graph')
    const found = await runner(file)
    expect(found.featureCount).toBe(2)
    let [a, b] = [0, 0]
    for (let p = 0; p < 36; p++) {
      a += Math.max(0, picture[p * 3]! + 0.5 * picture[p * 3 + 2]!)
      b += Math.max(0, -picture[p * 3 + 1]! + 0.25 * picture[p * 3 + 2]!)
    }
    expect(worst(await found.run(picture), [a / 36, b / 36])).toBeLessThan(1e-6) // Sums of 36 float32.
    const maps = await runner(file, { output: 'relu' })
    expect(worst(await maps.run(picture), [a / 36, b / 36])).toBeLessThan(1e-6) // The same mean, taken outside.
  })

  it('without pooling gives what its last matrix product reads, else its output', async () => {
    const topology = structuredClone(graph)
    topology.node = topology.node.map((node) => (node.name === 'pool' ? { ...node, op: 'Max' } : node))
    const text = JSON.stringify({ modelTopology: topology, weightsManifest })
    expect((await runner(await readTfjsModel(text, shard, 'm'))).featureCount).toBe(2)
    topology.node = topology.node.filter(({ name }) => ['x', 'kernel', 'conv', 'relu'].includes(name))
    const maps = JSON.stringify({ modelTopology: topology, weightsManifest })
    expect((await runner(await readTfjsModel(maps, shard, 'm'))).featureCount).toBe(2)
  })

  it('is rejected when an operation lacks what it needs', async () => {
    const topology = structuredClone(graph)
    topology.node = topology.node.map((node) => (node.name === 'conv' ? { ...node, attr: type } : node))
    const file = await readTfjsModel(JSON.stringify({ modelTopology: topology, weightsManifest }), shard, 'm')
    await expect(runner(file)).rejects.toThrow(FormatError)
  })

  it('names some of its nodes when the output is not one', async () => {
    const error = runner(await readTfjsModel(graphText, shard, 'm'), { output: 'nothing' })
    await expect(error).rejects.toThrow(/must name a node, such as .*out\. Received 'nothing'/)
  })
})

describe('readTfjsModel', () => {
  it('says which tensor of which file is truncated', async () => {
    const error = readTfjsModel(graphText, async (path) => (await shard(path)).subarray(0, 14), 'dir/model.json')
    await expect(error).rejects.toThrow(FormatError)
    await expect(error).rejects.toThrow(
      /tensor axes of shape \[2\] .* one\.bin, two\.bin .* Received 28 bytes.*dir\/model\.json/,
    )
  })

  it('rejects what is no model.json', async () => {
    for (const text of [
      '',
      'null',
      '[]',
      '{}',
      '{"modelTopology":{}}',
      '{"modelTopology":{},"weightsManifest":[{}]}',
    ]) {
      await expect(readTfjsModel(text, shard, 'm'), text).rejects.toThrow(FormatError)
    }
  })
})
