import { readFileSync } from 'node:fs'
import { inflateRawSync, inflateSync } from 'node:zlib'
import { type Matrix, matrix } from '@astronomaly/core'

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

/** A table whose rows are known to be anomalies or not. */
export interface LabelledTable {
  readonly rows: Matrix<Float32Array>
  /** For each row 1 for an anomaly, else 0. */
  readonly anomalies: Float32Array
}

/** A labelled set of ADBench: the arrays X and y of a .npz file. */
export function readLabelledNpz(path: string): LabelledTable {
  const arrays = new Map([...members(readFileSync(path))].map(([member, bytes]) => [member, readNpy(bytes)]))
  return { rows: arrays.get('X.npy')!, anomalies: arrays.get('y.npy')!.data }
}

/** Element types of MATLAB v5 that numbers come in, by their code: size in bytes and reader. */
const matlabTypes: Readonly<Record<number, readonly [bytes: number, read: (b: Buffer, at: number) => number]>> = {
  1: [1, (b, at) => b.readInt8(at)],
  2: [1, (b, at) => b.readUInt8(at)],
  3: [2, (b, at) => b.readInt16LE(at)],
  4: [2, (b, at) => b.readUInt16LE(at)],
  5: [4, (b, at) => b.readInt32LE(at)],
  6: [4, (b, at) => b.readUInt32LE(at)],
  7: [4, (b, at) => b.readFloatLE(at)],
  9: [8, (b, at) => b.readDoubleLE(at)],
}

interface MatlabElement {
  readonly type: number
  readonly bytes: Buffer
}

/** The elements that follow each other in a part of a MATLAB file. */
function* matlabElements(part: Buffer): Generator<MatlabElement> {
  for (let at = 0; at + 8 <= part.length; ) {
    const word = part.readUInt32LE(at)
    // Up to four bytes of data stand in the tag itself, with their number in its upper half.
    const small = word >>> 16
    const type = word & 0xffff
    const length = small || part.readUInt32LE(at + 4)
    const from = at + (small ? 4 : 8)
    const bytes = part.subarray(from, from + length)
    if (type === 15) yield* matlabElements(inflateSync(bytes))
    else yield { type, bytes }
    at = small ? at + 8 : type === 15 ? from + length : from + 8 * Math.ceil(length / 8)
  }
}

function numbers({ type, bytes }: MatlabElement): number[] {
  const [size, read] = matlabTypes[type]!
  return Array.from({ length: bytes.length / size }, (_, k) => read(bytes, k * size))
}

/** A labelled set of ODDS: the real matrices X and y of a MATLAB v5 file. */
export function readLabelledMat(path: string): LabelledTable {
  const matrices = new Map<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>()
  for (const { type, bytes } of matlabElements(readFileSync(path).subarray(128))) {
    if (type !== 14) continue
    const [, dimensions, name, values] = matlabElements(bytes)
    matrices.set(name!.bytes.toString('latin1'), { shape: numbers(dimensions!), values: numbers(values!) })
  }
  const { shape, values } = matrices.get('X')!
  const [rows = 0, columns = 0] = shape
  const data = Float32Array.from(
    { length: rows * columns },
    (_, k) => values[(k % columns) * rows + Math.floor(k / columns)]!,
  )
  return { rows: matrix(data, rows, columns), anomalies: Float32Array.from(matrices.get('y')!.values) }
}
