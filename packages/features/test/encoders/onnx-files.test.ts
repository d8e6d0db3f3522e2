import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FormatError, NotFoundError, ParameterError, UnsupportedError } from '@astronomaly/core'
import { OnnxGraph } from '@astronomaly/core/onnx'
import { afterAll, describe, expect, it } from 'vitest'
import { fromFloat16, toFloat16 } from '../../src/encoders/float16.ts'
import { type LoadEncoderOptions, loadEncoder } from '../../src/node.ts'
import { madeUpPictures, uniform, worst } from './made-up.ts'

const cases = fileURLToPath(new URL('../cases/onnx/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'onnx-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

const pictures = madeUpPictures('onnx', [2, 32, 32, 3])
/** The weights of all networks here, `[5, 3, 3, 3]`. */
const kernel = new Float32Array(new Uint8Array(readFileSync(join(cases, 'ext.onnx.data'))).buffer)

/** The maps `[8, 8, 5]` of a picture: stride 4, one pixel of zeros around it; `see` is what the convolution sees of a pixel. */
function mapOf(picture: number, see: (v: number, channel: number) => number = (v) => v): Float64Array {
  const out = new Float64Array(320)
  for (let at = 0; at < 320; at++) {
    const [y, x, o] = [Math.floor(at / 40), Math.floor(at / 5) % 8, at % 5]
    for (let k = 0; k < 27; k++) {
      const [c, dy, dx] = [Math.floor(k / 9), Math.floor(k / 3) % 3, k % 3]
      const [row, column] = [4 * y + dy - 1, 4 * x + dx - 1]
      if (row < 0 || column < 0) continue
      out[at]! += kernel[o * 27 + k]! * see(pictures.data[picture * 3072 + (row * 32 + column) * 3 + c]!, c)
    }
  }
  return out
}

function meansOf(values: Float64Array): number[] {
  const out = [0, 0, 0, 0, 0]
  values.forEach((v, at) => {
    out[at % 5]! += v / (values.length / 5)
  })
  return out
}

const means = (see?: (v: number, channel: number) => number): number[] => [0, 1].flatMap((i) => meansOf(mapOf(i, see)))

/** Sums of float32, 27 × 64 of them. */
const tolerance = 1e-5

interface Found {
  readonly data: Float32Array
  readonly warnings: readonly string[]
  readonly inputShape: readonly number[]
  readonly id: string
}

async function encode(path: string, options: LoadEncoderOptions = {}): Promise<Found> {
  const warnings: string[] = []
  const encoder = await loadEncoder(path, { ...options, onWarning: ({ message }) => warnings.push(message) })
  try {
    const [height, width, channels] = encoder.inputShape
    expect([height, width, channels]).toEqual([32, 32, 3])
    return { data: (await encoder.encode(pictures)).data, warnings, inputShape: encoder.inputShape, id: encoder.id }
  } finally {
    await encoder.dispose()
  }
}

type Sizes = readonly (number | string)[]

/** Writes a network around the convolution, which reads `seen` and gives `map`. */
function write(
  name: string,
  input: Sizes,
  outputs: Readonly<Record<string, Sizes>>,
  build: (graph: OnnxGraph, convolve: (from: string) => string) => void,
): string {
  const graph = new OnnxGraph()
  build(graph, (from) =>
    graph.node('Conv', [from, graph.constant('W', [5, 3, 3, 3], kernel)], 'map', {
      pads: [1, 1, 1, 1],
      strides: [4, 4],
    }),
  )
  graph.input('x', input)
  for (const [output, shape] of Object.entries(outputs)) graph.output(output, shape)
  const path = join(folder, name)
  writeFileSync(path, graph.finish('g', { producer: 'test', irVersion: 8, operatorSets: { '': 13 } }))
  return path
}

const pool = (graph: OnnxGraph, map: string): string =>
  graph.node('Flatten', [graph.node('GlobalAveragePool', [map], 'p')], 'f', { axis: 1 })

describe('an .onnx file', () => {
  it('has the means of its maps wherever their channels lie', async () => {
    for (const name of ['nchw-map', 'nchw-in-nhwc-map']) {
      const { data, warnings } = await encode(join(cases, `${name}.onnx`))
      expect(worst(data, means()), name).toBeLessThan(tolerance)
      expect(warnings.join()).toMatch(/does not say what it takes for black and white/)
    }
  })

  it('takes pictures and gives maps in any order of axes that its operations tell', async () => {
    const nhwc = { perm: [0, 3, 1, 2] }
    const files = [
      write('nhwc-nchw.onnx', ['N', 32, 32, 3], { map: ['N', 5, 8, 8] }, (g, conv) => {
        conv(g.node('Transpose', ['x'], 'xt', nhwc))
      }),
      write('nhwc-nhwc.onnx', ['N', 'h', 'w', 'c'], { r: ['N', 8, 8, 5] }, (g, conv) => {
        const map = conv(g.node('Identity', [g.node('Transpose', ['x'], 'xt', nhwc)], 'same'))
        g.node('Identity', [g.node('Transpose', [map], 'm', { perm: [0, 2, 3, 1] })], 'r')
      }),
      write('all-open.onnx', ['N', 'C', 'H', 'W'], { f: ['N', 5] }, (g, conv) => {
        pool(g, conv('x'))
      }),
      write('batch-2.onnx', [2, 3, 'H', 'W'], { map: [2, 5, 'h', 'w'] }, (_, conv) => {
        conv('x')
      }),
    ]
    for (const file of files) {
      const { data } = await encode(file, { size: 32 })
      expect(worst(data, means()), file).toBeLessThan(tolerance)
    }
  })

  it('is refused where nothing tells which axis is which', async () => {
    const turned = write('turned.onnx', ['N', 3, 32, 32], { m: ['N', 8, 5, 8] }, (g, conv) => {
      g.node('Einsum', [conv('x')], 'm', { equation: 'nchw->nwch' })
    })
    await expect(loadEncoder(turned)).rejects.toThrow(
      /output m: which axis holds the features .* Received shape \[1,8,5,8\]/,
    )
    const square = write('square.onnx', ['N', 'a', 'b', 'c'], { m: ['N', 'a'] }, (g) => {
      g.node('Einsum', ['x'], 'm', { equation: 'nabc->na' })
    })
    await expect(loadEncoder(square)).rejects.toThrow(/must have its channels on axis 1 or 3.*x float32 \[N,a,b,c\]/)
    const shaped = write('shaped.onnx', ['N', 3, 32, 32], { m: ['N', 8, 8, 5] }, (g, conv) => {
      g.node('Einsum', [conv('x')], 'm', { equation: 'nchw->nhwc' })
    })
    expect(worst((await encode(shaped)).data, means())).toBeLessThan(tolerance)
  })

  it('with several outputs asks for one, and takes any tensor inside', async () => {
    const file = join(cases, 'two-out.onnx')
    await expect(loadEncoder(file)).rejects.toThrow(ParameterError)
    await expect(loadEncoder(file)).rejects.toThrow(/one of prob float32 \[N,2\]; f float32 \[N,5\]/)
    await expect(loadEncoder(file, { output: 'nothing' })).rejects.toThrow(/one of prob, f\. Received 'nothing'/)
    expect(worst((await encode(file, { output: 'f' })).data, means())).toBeLessThan(tolerance)
    expect(worst((await encode(file, { output: 'map' })).data, means())).toBeLessThan(tolerance)
    expect((await encode(file, { output: 'prob' })).data).toHaveLength(4)
  })

  it('says when its only output is what a classifier says, and which tensor is not', async () => {
    const file = write('classes.onnx', ['N', 3, 32, 32], { prob: ['N', 2] }, (g, conv) => {
      const head = g.constant('head', [5, 2], uniform('head', 10))
      g.node('Softmax', [g.node('MatMul', [pool(g, conv('x')), head], 'logits')], 'prob')
    })
    expect((await encode(file)).warnings.join()).toMatch(
      /'prob' are probabilities of classes \(Softmax\)\. Output 'f' is what/,
    )
    const { data, warnings } = await encode(file, { output: 'f', inputRange: [0, 1] })
    expect(worst(data, means())).toBeLessThan(tolerance)
    expect(warnings).toEqual([])
  })

  it('may take and give half-precision numbers', async () => {
    const { data } = await encode(join(cases, 'f16.onnx'))
    // 11 bits a number, 27 numbers of about 1 in a sum.
    expect(worst(data, means())).toBeLessThan(5e-3)
    expect(worst(data, means())).toBeGreaterThan(tolerance)
  })

  it('may keep its weights in a file beside it, which is part of its id', async () => {
    const there = join(folder, 'ext')
    cpSync(cases, there, { recursive: true })
    const file = join(there, 'ext.onnx')
    const { data, id } = await encode(file)
    expect(worst(data, means())).toBeLessThan(tolerance)
    writeFileSync(join(there, 'ext.onnx.data'), new Uint8Array(Float32Array.from(kernel, (w) => 2 * w).buffer))
    const other = await encode(file)
    expect(
      worst(
        other.data,
        means((v) => 2 * v),
      ),
    ).toBeLessThan(2 * tolerance)
    expect(other.id).not.toBe(id)
    writeFileSync(join(there, 'ext.onnx.data'), new Uint8Array(100))
    await expect(loadEncoder(file)).rejects.toThrow(FormatError)
    await expect(loadEncoder(file)).rejects.toThrow(
      /tensor W .*within ext\.onnx\.data at byte 540\. Received 100 bytes/,
    )
    rmSync(join(there, 'ext.onnx.data'))
    await expect(loadEncoder(file)).rejects.toThrow(NotFoundError)
    await expect(loadEncoder(file)).rejects.toThrow(/ext\.onnx\.data must be a readable file/)
  })

  it('reads no weights from outside its folder', async () => {
    const bytes = readFileSync(join(cases, 'ext.onnx'))
    const at = bytes.indexOf('ext.onnx.data')
    for (const name of ['../onnx.data1', '/xt.onnx.data', 'x/../../.data']) {
      bytes.write(name, at)
      const file = join(folder, 'outside.onnx')
      writeFileSync(file, bytes)
      await expect(loadEncoder(file), name).rejects.toThrow(`onnx: weights must lie beside it. Received '${name}'`)
    }
  })

  it('has the mean of its tokens, with a word, or the first one', async () => {
    const file = join(cases, 'vit.onnx')
    const tokens = [0, 1].flatMap((i) => {
      const map = mapOf(i)
      // The file takes the planes one after the other for 64 tokens of 5.
      return meansOf(map.map((_, at) => map[(at % 64) * 5 + Math.floor(at / 64)]!))
    })
    const { data, warnings } = await encode(file, { inputRange: [0, 1] })
    expect(worst(data, tokens)).toBeLessThan(tolerance)
    expect(warnings.join()).toMatch(/64 tokens of 5 features; they are averaged/)
    const first = await encode(file, { inputRange: [0, 1], pooling: 'first' })
    const heads = [0, 1].flatMap((i) => [0, 1, 2, 3, 4].map((p) => mapOf(i)[p * 5]!))
    expect(worst(first.data, heads)).toBeLessThan(tolerance)
    expect(first.warnings).toEqual([])
    expect((await encode(file, { inputRange: [0, 1], pooling: 'mean' })).warnings).toEqual([])
    await expect(loadEncoder(join(cases, 'nchw-map.onnx'), { pooling: 'first' })).rejects.toThrow(
      /pooling is for tokens/,
    )
  })

  it('leaves a class token, the one beside a square number of others, out of the mean', async () => {
    const file = write('class-token.onnx', ['N', 3, 32, 32], { tokens: ['N', 5, 8] }, (g, conv) => {
      g.node('ReduceMean', [conv('x')], 'tokens', { axes: [3], keepdims: 0 })
    })
    const rows = [0, 1].flatMap((i) => {
      const map = mapOf(i)
      return Array.from({ length: 8 }, (_, y) => {
        let sum = 0
        for (let x = 0; x < 8; x++) for (let c = 1; c < 5; c++) sum += map[(y * 8 + x) * 5 + c]!
        return sum / 32
      })
    })
    const { data, warnings } = await encode(file)
    expect(worst(data, rows)).toBeLessThan(tolerance)
    expect(warnings.join()).toMatch(/5 tokens of 8 features; the first is left out and the others are averaged/)
  })

  it('gets pixels as its first operations want them', async () => {
    const scalar = (g: OnnxGraph, name: string, value: number) => g.constant(name, [], [value])
    const wants: [string, (g: OnnxGraph) => string, (v: number, c: number) => number][] = [
      ['by-255', (g) => g.node('Div', ['x', scalar(g, 'd', 255)], 's'), (v) => v],
      [
        'sides',
        (g) => g.node('Sub', [g.node('Mul', ['x', scalar(g, 'm', 1 / 127.5)], 'r'), scalar(g, 'o', 1)], 's'),
        (v) => 2 * v - 1,
      ],
      [
        'double',
        (g) => g.node('Sub', [g.node('Mul', ['x', scalar(g, 'm', 2)], 'r'), scalar(g, 'o', 1)], 's'),
        (v) => 2 * v - 1,
      ],
      ['sixteen', (g) => g.node('Mul', ['x', scalar(g, 'm', 1 / 65_535)], 's'), (v) => v],
      [
        'backwards',
        (g) => g.node('Div', [g.node('Sub', [scalar(g, 'o', 255), 'x'], 'r'), scalar(g, 'd', 255)], 's'),
        (v) => 1 - v,
      ],
      [
        'signed',
        (g) => g.node('Mul', [g.node('Add', ['x', scalar(g, 'o', 1)], 'r'), scalar(g, 'm', 127.5)], 's'),
        (v) => 255 * v,
      ],
      [
        'imagenet',
        (g) => {
          const centred = g.node('Sub', ['x', g.constant('mean', [1, 3, 1, 1], [0.485, 0.456, 0.406])], 'r')
          return g.node('Div', [centred, g.constant('std', [1, 3, 1, 1], [0.229, 0.224, 0.225])], 's')
        },
        (v, c) => (v - [0.485, 0.456, 0.406][c]!) / [0.229, 0.224, 0.225][c]!,
      ],
      [
        'caffe',
        (g) =>
          g.node('Sub', [g.node('Identity', ['x'], 'i'), g.constant('mean', [1, 3, 1, 1], [103.9, 116.8, 123.7])], 's'),
        (v, c) => 255 * v - [103.9, 116.8, 123.7][c]!,
      ],
    ]
    for (const [name, build, see] of wants) {
      const file = write(`${name}.onnx`, ['N', 3, 32, 32], { f: ['N', 5] }, (g, conv) => {
        pool(g, conv(build(g)))
      })
      const { data, warnings } = await encode(file)
      const wanted = means(see)
      expect(worst(data, wanted) / Math.max(...wanted.map(Math.abs)), name).toBeLessThan(tolerance)
      expect(warnings, name).toEqual([])
    }
    const asked = await encode(join(folder, 'by-255.onnx'), { inputRange: [0, 1] })
    expect(
      worst(
        asked.data,
        means((v) => v / 255),
      ),
    ).toBeLessThan(tolerance)
  })

  it('names all of its inputs when it has several, and its type when that is none of pixels', async () => {
    const graph = new OnnxGraph()
    graph.node('Add', ['x', 'y'], 'z')
    for (const name of ['x', 'y']) graph.input(name, ['N', 3, 8, 8])
    graph.output('z', ['N', 3, 8, 8])
    const file = join(folder, 'two-in.onnx')
    writeFileSync(file, graph.finish('g', { producer: 'test', irVersion: 8, operatorSets: { '': 13 } }))
    await expect(loadEncoder(file)).rejects.toThrow(UnsupportedError)
    await expect(loadEncoder(file)).rejects.toThrow(/one input\. Received x float32 .*; y float32/)
  })

  it('that is damaged anywhere is refused by a typed error or gives numbers', async () => {
    const bytes = readFileSync(join(cases, 'two-out.onnx'))
    const file = join(folder, 'damaged.onnx')
    for (let at = 0; at < bytes.length; at += 29) {
      for (const part of [bytes.subarray(0, at), Buffer.from(bytes).fill(255, at, at + 3)]) {
        writeFileSync(file, part)
        const found = await loadEncoder(file, { output: 'f' }).catch((error: unknown) => error)
        if (found instanceof Error) {
          expect(found.name, String(found)).toMatch(/^(FormatError|UnsupportedError|ParameterError)$/)
        }
      }
    }
  })
})

describe('half precision', () => {
  it('has every bit pattern back, and rounds to the nearest, ties to even', () => {
    for (let half = 0; half < 0x7c01; half++) expect(toFloat16(fromFloat16(half))).toBe(half)
    for (const [value, half] of [
      [-2, 0xc000],
      [65_504, 0x7bff],
      [65_519.99, 0x7bff],
      [65_520, 0x7c00],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [2 ** -25, 0],
      [1.5 * 2 ** -24, 2],
      [Number.NaN, 0x7e00],
    ] as const) {
      expect(toFloat16(value), String(value)).toBe(half)
    }
  })
})
