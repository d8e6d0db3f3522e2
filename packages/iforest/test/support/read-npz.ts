import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { type Matrix, matrix } from '@astronomaly/core'
import { sharedFile } from '../../../../test/shared-data.ts'

function* members(zip: Buffer): Generator<[name: string, bytes: Buffer]> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'))
  let at = zip.readUInt32LE(end + 16)
  for (let k = zip.readUInt16LE(end + 10); k > 0; k--) {
    const method = zip.readUInt16LE(at + 10)
    const size = zip.readUInt32LE(at + 20)
    const nameLength = zip.readUInt16LE(at + 28)
    const local = zip.readUInt32LE(at + 42)
    const from = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const bytes = zip.subarray(from, from + size)
    yield [zip.toString('latin1', at + 46, at + 46 + nameLength), method === 8 ? inflateRawSync(bytes) : bytes]
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32)
  }
}

const readers = {
  '|u1': (b: Buffer, k: number) => b.readUInt8(k),
  '<i4': (b: Buffer, k: number) => b.readInt32LE(4 * k),
  '<i8': (b: Buffer, k: number) => Number(b.readBigInt64LE(8 * k)),
  '<f4': (b: Buffer, k: number) => b.readFloatLE(4 * k),
  '<f8': (b: Buffer, k: number) => b.readDoubleLE(8 * k),
}

function readNpy(bytes: Buffer): Matrix<Float32Array> {
  const start = 10 + bytes.readUInt16LE(8)
  const header = bytes.toString('latin1', 10, start)
  const dtype = /'descr': '([^']*)'/.exec(header)![1] as keyof typeof readers
  const [rows = 1, columns = 1] = /'shape': \(([^)]*)\)/
    .exec(header)![1]!
    .split(',')
    .filter((s) => s.trim())
    .map(Number)
  const fortran = header.includes("'fortran_order': True")
  const read = readers[dtype]
  const data = Float32Array.from({ length: rows * columns }, (_, k) => {
    const place = fortran ? (k % columns) * rows + Math.floor(k / columns) : k
    return read(bytes.subarray(start), place)
  })
  return matrix(data, rows, columns)
}

/** A labelled set of ADBench: rows and, for each, 1 for an anomaly. */
export function readLabelledSet(name: string): { rows: Matrix<Float32Array>; anomalies: Float32Array } {
  const zip = readFileSync(sharedFile(`data/D_tabular/adbench/${name}.npz`))
  const arrays = new Map([...members(zip)].map(([member, bytes]) => [member, readNpy(bytes)]))
  return { rows: arrays.get('X.npy')!, anomalies: arrays.get('y.npy')!.data }
}
