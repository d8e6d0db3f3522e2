import { describe, expect, it } from 'vitest'
import { ParameterError } from '../../src/index.ts'
import { OnnxGraph } from '../../src/onnx/index.ts'
import { ProtobufWriter } from '../../src/onnx/protobuf-writer.ts'

type Field = [number: number, value: number | Uint8Array]

/** Reads one message by the documented wire format: varints and length-delimited fields. */
function readMessage(bytes: Uint8Array): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const value = varint()
    if (key % 8 === 0) fields.push([key >> 3, value])
    else {
      expect(key % 8).toBe(2)
      expect(at + value).toBeLessThanOrEqual(bytes.length)
      fields.push([key >> 3, bytes.slice(at, at + value)])
      at += value
    }
  }
  return fields
}

const text = (value: number | Uint8Array): string => new TextDecoder().decode(value as Uint8Array)

describe('ProtobufWriter', () => {
  it('writes the examples of the format’s own documentation', () => {
    // https://protobuf.dev/programming-guides/encoding: 150 in field 1, "testing" in field 2, packed 3, 270, 86942 in field 6.
    expect(Array.from(new ProtobufWriter().integer(1, 150).finish())).toEqual([0x08, 0x96, 0x01])
    expect(Buffer.from(new ProtobufWriter().bytes(2, 'testing').finish()).toString('hex')).toBe('120774657374696e67')
    expect(Buffer.from(new ProtobufWriter().integers(6, [3, 270, 86942]).finish()).toString('hex')).toBe(
      '3206038e029ea705',
    )
  })

  it('brings back integers of every length, long and short bytes and nested messages', () => {
    const integers = Array.from({ length: 53 }, (_, k) => 2 ** k).flatMap((n) => [n - 1, n])
    const long = Uint8Array.from({ length: 5000 }, (_, i) => i)
    const nested = new ProtobufWriter().bytes(1, long).integer(2, 7).bytes(3, 'é')
    const writer = new ProtobufWriter()
    for (const n of integers) writer.integer(1, n)
    writer.bytes(500, nested).bytes(2, new Uint8Array(0)).floats(3, [1.5, -0])
    const fields = readMessage(writer.finish())
    expect(fields.slice(0, integers.length)).toEqual(integers.map((n) => [1, n]))
    const [message, empty, floats] = fields.slice(integers.length)
    expect(message![0]).toBe(500)
    expect(readMessage(message![1] as Uint8Array)).toEqual([
      [1, long],
      [2, 7],
      [3, new TextEncoder().encode('é')],
    ])
    expect(empty).toEqual([2, new Uint8Array(0)])
    expect(new Float32Array((floats![1] as Uint8Array).buffer)).toEqual(Float32Array.of(1.5, -0))
  })
})

describe('integers that cannot be written', () => {
  it.each([-1, 0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])('are refused, and nothing of them: %d', (wrong) => {
    const writer = new ProtobufWriter().integer(1, 2)
    expect(() => writer.integer(1, wrong)).toThrow(ParameterError)
    expect(() => writer.integers(1, [3, wrong])).toThrow(ParameterError)
    expect(readMessage(writer.finish())).toEqual([[1, 2]])
    const graph = new OnnxGraph()
    expect(() => graph.node('Thing', ['x'], 'y', { axis: wrong })).toThrow(ParameterError)
    expect(() => graph.node('Thing', ['x'], 'y', { axes: [wrong] })).toThrow(ParameterError)
    expect(() => graph.constant('one', [wrong], [1])).toThrow(ParameterError)
    expect(() => graph.input('x', [wrong])).toThrow(ParameterError)
  })
})

describe('OnnxGraph', () => {
  it('writes the fields of onnx.proto', () => {
    const graph = new OnnxGraph()
    const one = graph.constant('one', [1], [1])
    graph.node('Thing', ['x', one], 'y', { count: 3, name: 'n', sizes: [1, 2], texts: ['a', 'b', 'a'] }, 'some.domain')
    graph.input('x', ['n', 4])
    graph.output('y', ['n', 1])
    const model = readMessage(
      graph.finish('g', { producer: 'p', irVersion: 4, operatorSets: { '': 9, 'some.domain': 1 } }),
    )
    expect(model.map(([field]) => field)).toEqual([1, 2, 7, 8, 8])
    expect([model[0]![1], text(model[1]![1])]).toEqual([4, 'p'])
    const fields = readMessage(model[2]![1] as Uint8Array)
    expect(fields.map(([field]) => field)).toEqual([5, 1, 11, 12, 2])
    const node = readMessage(fields[1]![1] as Uint8Array)
    expect(node.filter(([field]) => field !== 5).map(([field, value]) => [field, text(value)])).toEqual([
      [1, 'x'],
      [1, 'one'],
      [2, 'y'],
      [3, 'y'],
      [4, 'Thing'],
      [7, 'some.domain'],
    ])
    const attributes = node.filter(([field]) => field === 5).map(([, value]) => readMessage(value as Uint8Array))
    // Field and type code of each kind of value.
    expect(attributes.map((a) => [text(a[0]![1]), a[1]![0], a.at(-1)])).toEqual([
      ['count', 3, [20, 2]],
      ['name', 4, [20, 3]],
      ['sizes', 8, [20, 7]],
      ['texts', 9, [20, 8]],
    ])
    expect(attributes[3]!.slice(1, 4).map(([, value]) => text(value))).toEqual(['a', 'b', 'a'])
  })
})
