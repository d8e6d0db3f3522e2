import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import { type Image, image } from '@astronomaly/core'

/** An 8-bit grey or RGB PNG without interlacing, 0 … 255: enough for the shared pictures. */
export function readPng(path: string): Image {
  const bytes = readFileSync(path)
  const parts: Buffer[] = []
  let [width, height, channels] = [0, 0, 0]
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    const kind = bytes.toString('latin1', at + 4, at + 8)
    if (kind === 'IHDR') {
      width = bytes.readUInt32BE(at + 8)
      height = bytes.readUInt32BE(at + 12)
      channels = bytes[at + 17] === 2 ? 3 : 1
    }
    if (kind === 'IDAT') parts.push(bytes.subarray(at + 8, at + 8 + length))
    at += 12 + length
  }
  const raw = inflateSync(Buffer.concat(parts))
  const row = width * channels
  const out = new Uint8Array(height * row)
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)]!
    for (let i = 0; i < row; i++) {
      const at = y * row + i
      const left = i >= channels ? out[at - channels]! : 0
      const up = y > 0 ? out[at - row]! : 0
      const corner = y > 0 && i >= channels ? out[at - row - channels]! : 0
      const near = [left, up, corner].map((v) => Math.abs(left + up - corner - v)) as [number, number, number]
      const paeth = near[0] <= near[1] && near[0] <= near[2] ? left : near[1] <= near[2] ? up : corner
      out[at] = raw[y * (row + 1) + 1 + i]! + [0, left, up, (left + up) >> 1, paeth][filter]!
    }
  }
  return image(Float32Array.from(out), height, width, channels)
}
