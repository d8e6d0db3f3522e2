import { readFileSync } from 'node:fs'
import { FormatError, matrix, tensor, UnsupportedError } from '@astronomaly/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy } from '../../src/npy/npy.ts'

interface NpyCase {
  readonly name: string
  readonly file: string
  readonly shape: number[]
  readonly dtype: string
  readonly values: (number | string | boolean)[]
  readonly writtenAlike: boolean
}

const golden = JSON.parse(readFileSync(new URL('../golden/io-tables.json', import.meta.url), 'utf8')) as {
  npy: NpyCase[]
  npyUnsupported: Record<string, string>
}
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

const arrays: Record<string, string> = {
  float16: 'Float32Array',
  float32: 'Float32Array',
  float64: 'Float64Array',
  bool: 'Uint8Array',
  uint8: 'Uint8Array',
  int8: 'Int8Array',
  uint16: 'Uint16Array',
  int16: 'Int16Array',
  uint32: 'Uint32Array',
  int32: 'Int32Array',
  int64: 'Float64Array',
  uint64: 'Float64Array',
}

describe('decodeNpy', () => {
  it.each(golden.npy)('reads what numpy writes: $name', ({ file, shape, dtype, values }) => {
    const x = decodeNpy(bytesOf(file), 'golden')
    expect(x.shape).toEqual(shape)
    expect(x.data.constructor.name).toBe(arrays[dtype])
    expect(x.data.length).toBe(values.length)
    const wrong = values.filter((value, i) => !Object.is(x.data[i], Number(value)))
    expect(wrong).toEqual([])
  })

  it.each(Object.entries(golden.npyUnsupported))('says that it cannot read %s', (_, file) => {
    expect(() => decodeNpy(bytesOf(file), 'golden')).toThrow(UnsupportedError)
  })

  it('rejects every truncation with the place', () => {
    const bytes = encodeNpy(matrix(new Float32Array(12), 3, 4))
    for (let length = 0; length < bytes.length; length++) {
      let error: unknown
      try {
        decodeNpy(bytes.slice(0, length), 'a.npy')
      } catch (caught) {
        error = caught
      }
      expect(error, `length ${length}`).toBeInstanceOf(FormatError)
      expect(error).toMatchObject({ source: 'a.npy', offset: length })
    }
  })

  it('rejects bytes after the data', () => {
    const bytes = encodeNpy(matrix(new Float32Array(12), 3, 4))
    expect(() => decodeNpy(new Uint8Array([...bytes, 0]), 'a.npy')).toThrow(
      'npy: file must have 176 bytes for shape [3,4]. Received 177 (a.npy, byte 176)',
    )
  })

  it('rejects a shape that the file is too small for, without asking for the memory', () => {
    const header = (shape: string): Uint8Array => {
      const text = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117)
      return new Uint8Array([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0, ...Buffer.from(`${text}\n`)])
    }
    expect(decodeNpy(header('(0,)'), 'a').shape).toEqual([0])
    for (const shape of [
      '(1000000000,)',
      '(999999999, 999999999, 999999999)',
      '(-1,)',
      '(1.5,)',
      '(1 2,)',
      '7',
      '(,,)',
    ]) {
      expect(() => decodeNpy(header(shape), 'a'), shape).toThrow(FormatError)
    }
  })

  it('rejects a damaged header or reads another array, and never fails otherwise', () => {
    const bytes = encodeNpy(matrix(Float32Array.from({ length: 12 }, Math.sin), 3, 4))
    let refused = 0
    for (let at = 0; at < 128; at++) {
      for (const mask of [0xff, 0x01, 0x80, 0x20]) {
        const damaged = bytes.slice()
        damaged[at] = (damaged[at] as number) ^ mask
        try {
          decodeNpy(damaged, 'a')
        } catch (error) {
          refused++
          expect(error instanceof FormatError || error instanceof UnsupportedError, `byte ${at}: ${error}`).toBe(true)
        }
      }
    }
    // 65 bytes of magic, lengths and dictionary matter; the rest is padding and spaces.
    expect(refused).toBeGreaterThan(200)
  })

  it('does not share memory with its input', () => {
    const bytes = encodeNpy(matrix(Float32Array.of(1, 2), 1, 2))
    const { data } = decodeNpy(bytes, 'a')
    bytes.fill(0)
    expect([...data]).toEqual([1, 2])
  })
})

describe('encodeNpy', () => {
  it.each(golden.npy.filter(({ writtenAlike }) => writtenAlike))('writes the bytes of numpy.save: $name', (one) => {
    const { data, shape } = decodeNpy(bytesOf(one.file), 'golden')
    expect(Buffer.from(encodeNpy(tensor(data, shape))).toString('base64')).toBe(one.file)
  })

  it('writes strided matrices row-major', () => {
    const x = { data: Float32Array.of(9, 1, 2, 3, 4, 5, 6), shape: [3, 2] as const, stride: [1, 3], offset: 1 }
    expect(decodeNpy(encodeNpy(x), 'a')).toEqual({ data: Float32Array.of(1, 4, 2, 5, 3, 6), shape: [3, 2] })
  })

  it('gives back every float bit for bit', () => {
    const values = fc.oneof(
      fc.float32Array({ minLength: 1, maxLength: 40 }),
      fc.float64Array({ minLength: 1, maxLength: 40 }),
    )
    fc.assert(
      fc.property(values, (data) => {
        const back = decodeNpy(encodeNpy(tensor(data, [data.length, 1])), 'a').data
        expect(back.constructor).toBe(data.constructor)
        expect(Buffer.from(back.buffer).equals(Buffer.from(data.buffer, data.byteOffset, data.byteLength))).toBe(true)
      }),
      { seed: 1 },
    )
  })
})
