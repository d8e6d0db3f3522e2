import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { type Image, image } from '@astronomaly/core'

function predict(filter: number, left: number, up: number, corner: number): number {
  if (filter === 4) {
    const p = left + up - corner
    const [a, b, c] = [Math.abs(p - left), Math.abs(p - up), Math.abs(p - corner)]
    return a <= b && a <= c ? left : b <= c ? up : corner
  }
  return [0, left, up, (left + up) >> 1][filter]!
}

/** An 8-bit RGB picture without interlacing, as [0, 1]; enough for the reference inputs. */
export function readPng(path: string): Image {
  const bytes = readFileSync(path)
  const parts: Buffer[] = []
  let [width, height] = [0, 0]
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const kind = bytes.toString('latin1', at + 4, at + 8)
    if (kind === 'IHDR') [width, height] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)]
    if (kind === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  const raw = inflateSync(Buffer.concat(parts))
  const row = width * 3
  const out = new Uint8Array(height * row)
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < row; i++) {
      const at = y * row + i
      const left = i >= 3 ? out[at - 3]! : 0
      const up = y > 0 ? out[at - row]! : 0
      const corner = y > 0 && i >= 3 ? out[at - row - 3]! : 0
      out[at] = raw[y * (row + 1) + 1 + i]! + predict(raw[y * (row + 1)]!, left, up, corner)
    }
  }
  return image(
    Float32Array.from(out, (v) => v / 255),
    height,
    width,
    3,
  )
}
