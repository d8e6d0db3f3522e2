import { describe, expect, it } from 'vitest'
import { crc32, decodeModel, encodeModel, FormatError } from '../src/index.ts'

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
})
