import { describe, expect, it } from 'vitest'
import { FormatError } from '../src/index.ts'
import { crc32, decodeModel, encodeModel } from '../src/model-buffer.ts'

const content = {
  kind: 'test',
  version: 2,
  meta: { name: 'é', size: 3 },
  arrays: {
    a: Float32Array.of(1, 2, 3),
    b: new Uint8Array(0),
    c: Float64Array.of(-0, Number.NaN),
    d: Int32Array.of(-7),
  },
}

/** A buffer with any header and 16 bytes of arrays, its checksum right. */
function withHeader(header: unknown): ArrayBuffer {
  const json = new TextEncoder().encode(JSON.stringify(header))
  const buffer = new ArrayBuffer(Math.ceil((12 + json.length) / 8) * 8 + 16)
  const bytes = new Uint8Array(buffer)
  const view = new DataView(buffer)
  view.setUint32(0, 0x4d545341, true)
  view.setUint32(8, json.length, true)
  bytes.set(json, 12)
  view.setUint32(4, crc32(bytes.subarray(8)), true)
  return buffer
}

describe('model buffers', () => {
  it('give back what they were given', () => {
    const decoded = decodeModel(encodeModel(content), 'test', 2)
    expect(decoded).toEqual(content)
    expect(Object.is(decoded.arrays.c?.[0], -0)).toBe(true)
  })

  it('are the same bytes each time', () => {
    expect(new Uint8Array(encodeModel(content))).toEqual(new Uint8Array(encodeModel(content)))
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926) // the check value of CRC-32
  })

  it('reject truncation at every byte and a change of any bit', () => {
    const buffer = encodeModel(content)
    for (let length = 0; length < buffer.byteLength; length++) {
      expect(() => decodeModel(buffer.slice(0, length), 'test', 2)).toThrow(FormatError)
    }
    for (let i = 0; i < buffer.byteLength; i++) {
      const copy = buffer.slice(0)
      new Uint8Array(copy)[i]! ^= 1 << (i % 8)
      expect(() => decodeModel(copy, 'test', 2)).toThrow(FormatError)
    }
  })

  it('reject another kind, a newer version and anything that is no buffer', () => {
    const buffer = encodeModel(content)
    expect(() => decodeModel(buffer, 'other', 2)).toThrow('is a test, not a other')
    expect(() => decodeModel(buffer, 'test', 1)).toThrow('version must be 1 to 1')
    expect(() => decodeModel('x' as unknown as ArrayBuffer, 'test', 1)).toThrow(FormatError)
  })

  it('reject a header that is not what encodeModel writes, though its checksum is right', () => {
    const header = (entry: unknown) => ({ kind: 'test', version: 1, meta: {}, arrays: [entry] })
    const good = { name: 'a', dtype: 'f64', length: 2, offset: 0 }
    expect(decodeModel(withHeader(header(good)), 'test', 1).arrays.a).toEqual(Float64Array.of(0, 0))
    const bad: unknown[] = [
      null,
      7,
      'test',
      [],
      {},
      { ...header(good), meta: null },
      { ...header(good), meta: [] },
      { ...header(good), arrays: {} },
      ...['1', 0, 1.5, 2 ** 53, null, { toString: null }].map((version) => ({ ...header(good), version })),
      ...[1, null, { toString: null }].map((kind) => ({ ...header(good), kind })),
      { ...header(good), arrays: [good, good] },
      ...[null, 3, 'a', [], {}].map(header),
      ...[null, 1, {}].map((name) => header({ ...good, name })),
      ...[null, 'f16', 'toString', ['f64'], {}].map((dtype) => header({ ...good, dtype })),
      ...[null, -1, 1.5, 0, 1, 3, '2', 2 ** 29, 2 ** 53, 1e300].map((length) => header({ ...good, length })),
      ...[null, -8, 4, 8, 16, '0', 2 ** 53, { toString: null }].map((offset) => header({ ...good, offset })),
    ]
    for (const content of bad) {
      expect(() => decodeModel(withHeader(content), 'test', 1), JSON.stringify(content)).toThrow(FormatError)
    }
  })

  it('reject arrays that overlap, leave gaps or bytes behind them, or name gigabytes', () => {
    const header = (...arrays: { name: string; dtype: string; length: number; offset: number }[]) => ({
      ...{ kind: 'test', version: 1, meta: {} },
      arrays,
    })
    const a = { name: 'a', dtype: 'u8', length: 3, offset: 0 }
    const b = { name: 'b', dtype: 'i32', length: 2, offset: 8 }
    expect(decodeModel(withHeader(header(a, b)), 'test', 1).arrays).toEqual({
      a: new Uint8Array(3),
      b: new Int32Array(2),
    })
    for (const [arrays, message] of [
      [[a, { ...b, offset: 0 }], 'must begin where the one before it ends, at 8. Received 0'],
      [[b, a], 'must begin where the one before it ends, at 0. Received 8'],
      [[{ ...a, length: 9 }, b], 'must begin where the one before it ends, at 16'],
      [[a], 'bytes follow the last array'],
      [[], 'bytes follow the last array'],
      [[a, { ...b, length: 3 }], 'lies outside the buffer'],
      [[a, { ...b, dtype: 'f64', length: 2 ** 32 }], 'lies outside the buffer'],
    ] as const) {
      expect(() => decodeModel(withHeader(header(...arrays)), 'test', 1)).toThrow(message)
    }
  })

  it('give the same content, or a FormatError, whatever byte is changed and the checksum mended', () => {
    const buffer = encodeModel(content)
    // 12 bytes of three f32, 16 of two f64, 4 of one i32, each in whole 8 bytes.
    const elements = buffer.byteLength - 40
    for (let at = 0; at < buffer.byteLength; at++) {
      for (const mask of [0x01, 0x02, 0x10, 0x20, 0x80, 0xff]) {
        const changed = buffer.slice(0)
        const bytes = new Uint8Array(changed)
        bytes[at]! ^= mask
        if (at >= 8) new DataView(changed).setUint32(4, crc32(bytes.subarray(8)), true)
        let decoded: unknown
        try {
          decoded = decodeModel(changed, 'test', 2)
        } catch (error) {
          decoded = error
        }
        if (decoded instanceof FormatError) {
          expect(at).toBeLessThan(elements)
          continue
        }
        // Elements, names, meta and an older version may be anything; magic, checksum, lengths and types may not.
        expect(at).toBeGreaterThan(11)
        const { kind, version, arrays } = decoded as ReturnType<typeof decodeModel>
        expect([kind, version === 1 || version === 2]).toEqual(['test', true])
        expect(Object.values(arrays).map((array) => array.byteLength)).toEqual([12, 0, 16, 4])
      }
    }
  })

  it('keep an array of any name', () => {
    const arrays = Object.fromEntries([['__proto__', Uint8Array.of(5)]])
    const decoded = decodeModel(encodeModel({ ...content, arrays }), 'test', 2)
    expect(Object.entries(decoded.arrays)).toEqual([['__proto__', Uint8Array.of(5)]])
  })
})
