import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { matrix, UnsupportedError } from '@astronomaly/core'
import { afterAll, describe, expect, it } from 'vitest'
import { type LoadEncoderOptions, loadEncoder } from '../../src/node.ts'
import { madeUpPictures, worst } from './made-up.ts'

const caseOf = (name: string): string => fileURLToPath(new URL(`../cases/${name}/`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'keras-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pictures = madeUpPictures('keras', [2, 32, 32, 3])
const weights = readFileSync(join(caseOf('tfjs-keras3'), 'w.bin'))
/** Kernel `[3, 3, 3, 5]` and biases of all networks here. */
const numbers = new Float32Array(new Uint8Array(weights).buffer)

/** The channel means of the convolution with stride 2, zeros below and to the right; `see` is what it sees of a pixel. */
function means(see: (v: number, channel: number) => number = (v) => v): number[] {
  const out = Array.from({ length: 10 }, (_, at) => numbers[135 + (at % 5)]!)
  for (let at = 0; at < 2 * 256 * 5; at++) {
    const [i, y, x, o] = [Math.floor(at / 1280), Math.floor(at / 80) % 16, Math.floor(at / 5) % 16, at % 5]
    for (let k = 0; k < 27; k++) {
      const [row, column, c] = [2 * y + Math.floor(k / 9), 2 * x + (Math.floor(k / 3) % 3), k % 3]
      if (row > 31 || column > 31) continue
      out[i * 5 + o]! += (numbers[k * 5 + o]! * see(pictures.data[((i * 32 + row) * 32 + column) * 3 + c]!, c)) / 256
    }
  }
  return out
}

/** Sums of float32, 27 × 256 of them. */
const tolerance = 2e-5

async function encode(path: string, options: LoadEncoderOptions = {}, batch = pictures) {
  const warnings: string[] = []
  const encoder = await loadEncoder(path, { ...options, onWarning: ({ message }) => warnings.push(message) })
  try {
    expect(encoder.inputShape).toEqual([32, 32, 3])
    const { data } = await encoder.encode(batch)
    return { data, warnings: warnings.filter((message) => !/faster/.test(message)), id: encoder.id }
  } finally {
    await encoder.dispose()
  }
}

type Json = Record<string, unknown>

const read = (name: string) => JSON.parse(readFileSync(join(caseOf(name), 'model.json'), 'utf8'))

/** Writes a case with other layers, and other weights after its own. */
function write(
  name: string,
  from: string,
  change: (layers: Json[]) => Json[] | Json,
  more: readonly { readonly name: string; readonly values: readonly number[] }[] = [],
): string {
  const json = read(from)
  const config = json.modelTopology.model_config
  const changed = change(config.config.layers)
  if (Array.isArray(changed)) config.config.layers = changed
  else json.modelTopology.model_config = changed
  for (const { name: own, values } of more) {
    json.weightsManifest[0].weights.push({ name: own, shape: [values.length], dtype: 'float32' })
  }
  const path = join(folder, name)
  mkdirSync(path)
  writeFileSync(join(path, 'model.json'), JSON.stringify(json))
  const added = Float32Array.from(more.flatMap(({ values }) => values))
  writeFileSync(join(path, 'w.bin'), Buffer.concat([weights, new Uint8Array(added.buffer)]))
  return path
}

const layer = (kind: string, config: Json): Json => ({
  class_name: kind,
  config: { name: kind.toLowerCase(), ...config },
})
const before =
  (...added: Json[]) =>
  (layers: Json[]) => [layers[0]!, ...added, ...layers.slice(1)]

describe('a Keras model that scales its pixels itself', () => {
  it('gets what its Rescaling wants', async () => {
    const { data, warnings, id } = await encode(caseOf('tfjs-rescaling'))
    expect(worst(data, means())).toBeLessThan(tolerance)
    expect(warnings).toEqual([])
    const grey = { ...pictures, data: new Float32Array(6144).fill(0.5) }
    const asked = await encode(caseOf('tfjs-rescaling'), { inputRange: [0, 1] })
    expect(
      worst(
        asked.data,
        means((v) => v / 255),
      ),
    ).toBeLessThan(tolerance)
    expect(asked.id).not.toBe(id)
    expect((await encode(caseOf('tfjs-rescaling'), {}, grey)).data).not.toEqual(data)
  })

  it('gets it for any scale and offset, behind padding and in nested models', async () => {
    const nested = (layers: Json[]): Json[] => [
      layers[0]!,
      {
        class_name: 'Sequential',
        config: { name: 'inner', layers: [layers[0]!, layer('Rescaling', { scale: 1 / 255, offset: 0 })] },
      },
      ...layers.slice(1),
    ]
    const wants: [string, (layers: Json[]) => Json[], (v: number) => number][] = [
      ['sides', before(layer('Rescaling', { scale: 1 / 127.5, offset: -1 })), (v) => 2 * v - 1],
      ['double', before(layer('Rescaling', { scale: 2, offset: -1 })), (v) => 2 * v - 1],
      ['sixteen', before(layer('Rescaling', { scale: 1 / 65_535, offset: 0 })), (v) => v],
      ['bytes', before(layer('Rescaling', { scale: 255, offset: 0 })), (v) => 255 * v],
      [
        'twice',
        before(
          layer('Dropout', { rate: 0.1 }),
          layer('Rescaling', { scale: 1 / 255, offset: 0 }),
          layer('Rescaling', { name: 'again', scale: 4, offset: -2 }),
        ),
        (v) => 4 * v - 2,
      ],
      ['nested', nested, (v) => v],
    ]
    for (const [name, change, see] of wants) {
      const { data, warnings } = await encode(write(`scaled-${name}`, 'tfjs-keras3', change))
      const wanted = means(see)
      expect(worst(data, wanted) / Math.max(...wanted.map(Math.abs)), name).toBeLessThan(tolerance)
      expect(warnings, name).toEqual([])
    }
  })

  it('gets it for a Normalization, which TensorFlow.js does not have', async () => {
    const mean = [123.675, 116.28, 103.53]
    const variance = [3409.98, 3261.18, 3290.14]
    const path = write(
      'normalized',
      'tfjs-rescaling',
      (layers) => [
        layers[0]!,
        layer('Normalization', { name: 'normalization', axis: [-1], mean: null, variance: null, invert: false }),
        ...layers.slice(2),
      ],
      [
        { name: 'normalization/mean', values: mean },
        { name: 'normalization/variance', values: variance },
      ],
    )
    const { data, warnings } = await encode(path)
    const wanted = means((v, c) => (255 * v - mean[c]!) / Math.sqrt(variance[c]!))
    expect(worst(data, wanted)).toBeLessThan(5 * tolerance)
    expect(warnings).toEqual([])
  })

  it('that says nothing gets 0 … 1, and a word', async () => {
    const { data, warnings } = await encode(caseOf('tfjs-keras3'))
    expect(worst(data, means())).toBeLessThan(tolerance)
    expect(warnings.join()).toMatch(/does not say what it takes for black and white: 0 and 1 are assumed/)
    expect((await encode(caseOf('tfjs-keras3'), { inputRange: [0, 1] })).warnings).toEqual([])
  })
})

describe('a model of Keras 3', () => {
  it('is read with batch_shape, as a sequence and as a graph of layers', async () => {
    const functional = write('functional', 'tfjs-keras3', (layers) => {
      const dtype = { module: 'keras', class_name: 'DTypePolicy', config: { name: 'float32' }, registered_name: null }
      const keras = (name: string) => ({
        class_name: '__keras_tensor__',
        config: { shape: [null], dtype: 'float32', keras_history: [name, 0, 0] },
      })
      const names = ['i', 'conv', 'gap']
      return {
        class_name: 'Functional',
        config: {
          name: 'f',
          layers: layers.map((one, at) => ({
            ...one,
            module: 'keras.layers',
            name: names[at],
            config: { ...(one.config as Json), dtype },
            inbound_nodes: at === 0 ? [] : [{ args: [keras(names[at - 1]!)], kwargs: {} }],
          })),
          input_layers: ['i', 0, 0],
          output_layers: ['gap', 0, 0],
        },
      }
    })
    expect(worst((await encode(functional)).data, means())).toBeLessThan(tolerance)
  })

  it('with a sum of two branches has both', async () => {
    const path = write('branches', 'tfjs-keras3', (layers) => {
      const keras = (name: string) => ({ class_name: '__keras_tensor__', config: { keras_history: [name, 0, 0] } })
      const all = [layers[0]!, layers[1]!, layer('Add', { name: 'sum' }), layers[2]!]
      const reads = [[], [keras('i')], [[keras('conv'), keras('conv')]], [keras('sum')]]
      return {
        class_name: 'Functional',
        config: {
          name: 'f',
          layers: all.map((one, at) => ({
            ...one,
            name: (one.config as Json).name,
            inbound_nodes: at === 0 ? [] : [{ args: reads[at], kwargs: {} }],
          })),
          input_layers: ['i', 0, 0],
          output_layers: [['gap', 0, 0]],
        },
      }
    })
    expect(
      worst(
        (await encode(path)).data,
        means().map((v) => 2 * v),
      ),
    ).toBeLessThan(2 * tolerance)
  })
})

describe('a model with channels first', () => {
  it('gets its pictures transposed', async () => {
    expect(worst((await encode(caseOf('tfjs-channels-first'))).data, means())).toBeLessThan(tolerance)
    const maps = await encode(caseOf('tfjs-channels-first'), { output: 'conv' })
    expect(worst(maps.data, means())).toBeLessThan(tolerance)
  })

  it('gets them so when it puts the channels last itself', async () => {
    const path = write('permuted', 'tfjs-keras3', (layers) => [
      layer('InputLayer', { batch_input_shape: [null, 3, 32, 32], dtype: 'float32' }),
      layer('Permute', { dims: [2, 3, 1] }),
      ...layers.slice(1),
    ])
    expect(worst((await encode(path)).data, means())).toBeLessThan(tolerance)
  })
})

describe('the features of a model', () => {
  it('are its own map where that is what it gives, not a pooling inside', async () => {
    const path = write('map', 'tfjs-keras3', (layers) => {
      const place = (name: string) => [[[name, 0, 0, {}]]]
      const of = (one: Json, name: string, from: unknown) => ({ ...one, name, inbound_nodes: from })
      return {
        class_name: 'Functional',
        config: {
          name: 'f',
          layers: [
            of(layers[0]!, 'i', []),
            of(layers[1]!, 'conv', place('i')),
            of(layers[2]!, 'gap', place('conv')),
            of(layer('Reshape', { name: 'one', target_shape: [1, 1, 5] }), 'one', place('gap')),
            of(layer('Add', { name: 'sum' }), 'sum', [
              [
                ['conv', 0, 0, {}],
                ['one', 0, 0, {}],
              ],
            ]),
          ],
          input_layers: [['i', 0, 0]],
          output_layers: [['sum', 0, 0]],
        },
      }
    })
    expect(
      worst(
        (await encode(path)).data,
        means().map((v) => 2 * v),
      ),
    ).toBeLessThan(2 * tolerance)
  })

  it('are the mean of tokens, with a word', async () => {
    const path = write('tokens', 'tfjs-keras3', (layers) => [
      ...layers.slice(0, 2),
      layer('Reshape', { target_shape: [256, 5] }),
    ])
    const { data, warnings } = await encode(path, { inputRange: [0, 1] })
    expect(worst(data, means())).toBeLessThan(tolerance)
    expect(warnings.join()).toMatch(/256 tokens of 5 features; they are averaged/)
    const first = await encode(path, { inputRange: [0, 1], pooling: 'first' })
    expect(worst(first.data, data)).toBeGreaterThan(1e-3)
    expect(matrix(first.data, 2, 5).shape).toEqual([2, 5])
  })
})

describe('a TensorFlow graph', () => {
  const node = (name: string, op: string, input: readonly string[], attr: Json = {}): Json => ({
    name,
    op,
    input,
    attr: { T: { type: 'DT_FLOAT' }, ...attr },
  })
  const constant = (name: string, dtype = 'DT_FLOAT'): Json => ({ name, op: 'Const', attr: { dtype: { type: dtype } } })
  const ints = (...i: number[]): Json => ({ list: { i: i.map(String) } })
  const convolution = (from: string, format: string): Json =>
    node('conv', 'Conv2D', [from, 'kernel'], {
      strides: ints(1, 2, 2, 1),
      dilations: ints(1, 1, 1, 1),
      padding: { s: btoa('SAME') },
      data_format: { s: btoa(format) },
    })

  function graph(name: string, sizes: readonly number[], nodes: readonly Json[], type = 'DT_FLOAT'): string {
    const dim = sizes.map((size) => ({ size: String(size) }))
    const placeholder = { name: 'x', op: 'Placeholder', attr: { dtype: { type }, shape: { shape: { dim } } } }
    const used = new Set(nodes.flatMap(({ input }) => input as string[]))
    const constants = [
      constant('kernel'),
      constant('scale'),
      constant('order', 'DT_INT32'),
      constant('axes', 'DT_INT32'),
    ]
    const fixed = [placeholder, ...constants.filter((one) => used.has(one.name as string))]
    const path = join(folder, name)
    mkdirSync(path)
    const specs = [
      { name: 'kernel', shape: [3, 3, 3, 5], dtype: 'float32' },
      { name: 'scale', shape: [], dtype: 'float32' },
      { name: 'order', shape: [4], dtype: 'int32' },
      { name: 'axes', shape: [2], dtype: 'int32' },
    ]
    const modelTopology = { versions: { producer: 1 }, node: [...fixed, ...nodes] }
    const weightsManifest = [{ paths: ['w.bin'], weights: specs }]
    writeFileSync(join(path, 'model.json'), JSON.stringify({ format: 'graph-model', modelTopology, weightsManifest }))
    const rest = [Float32Array.of(1 / 255), Int32Array.of(0, 2, 3, 1), Int32Array.of(1, 2)]
    writeFileSync(
      join(path, 'w.bin'),
      Buffer.concat([weights.subarray(0, 540), ...rest.map(({ buffer }) => new Uint8Array(buffer))]),
    )
    return path
  }

  const pool = node('pool', 'Mean', ['conv', 'axes'], { keep_dims: { b: false } })
  const wanted = (): number[] => means().map((v, at) => v - numbers[135 + (at % 5)]!)

  it('gets pixels and axes as its operations want them', async () => {
    const perm = { Tperm: { type: 'DT_INT32' } }
    const scaled = graph('scaled', [-1, 32, 32, 3], [node('s', 'Mul', ['x', 'scale']), convolution('s', 'NHWC'), pool])
    const turned = graph(
      'turned',
      [-1, 3, 32, 32],
      [node('t', 'Transpose', ['x', 'order'], perm), node('s', 'Mul', ['t', 'scale']), convolution('s', 'NHWC')],
    )
    for (const path of [scaled, turned]) {
      const { data, warnings } = await encode(path)
      expect(worst(data, wanted()), path).toBeLessThan(tolerance)
      expect(warnings).toEqual([])
    }
  })

  it('gets whole numbers up to 255 where it takes integers', async () => {
    const cast = node('f', 'Cast', ['x'], { SrcT: { type: 'DT_INT32' }, DstT: { type: 'DT_FLOAT' } })
    const path = graph(
      'integers',
      [-1, 32, 32, 3],
      [cast, node('s', 'Mul', ['f', 'scale']), convolution('s', 'NHWC'), pool],
      'DT_INT32',
    )
    // Pixels are rounded to 1/255, 27 of them in a sum, and averaged over 256 places.
    expect(worst((await encode(path)).data, wanted())).toBeLessThan(5e-3)
  })

  it('with channels first inside is refused by the name of the operation', async () => {
    const path = graph('first', [-1, 3, 32, 32], [convolution('x', 'NCHW'), pool])
    await expect(loadEncoder(path)).rejects.toThrow(UnsupportedError)
    await expect(loadEncoder(path)).rejects.toThrow(
      /operation conv \(Conv2D\) must have its channels last.*Received NCHW/,
    )
  })
})
