import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { encodeFitsImage } from '@astronomaly/fits'
import { blob } from '../sky.ts'

/** A picture that `rank` can use; each number has its own. */
export function pictureOf(number: number, size = 40): Uint8Array {
  return encodeFitsImage({ data: blob(number, size), shape: [3, size, size] })
}

/** A service of this machine alone. */
export interface PictureService {
  readonly url: string
  /** Paths with their queries, in the order of the requests. */
  readonly asked: string[]
  close(): Promise<void>
}

/** Answers instead of the picture, and then returns true. */
export type Fault = (response: ServerResponse, address: URL, count: number) => boolean

/** Serves a picture for every address that has no fault; `count` is how often it was asked for, from 1. */
export async function servePictures(fault: Fault = () => false): Promise<PictureService> {
  const asked: string[] = []
  const counts = new Map<string, number>()
  const server = createServer((request, response) => {
    const path = request.url ?? '/'
    const count = (counts.get(path) ?? 0) + 1
    counts.set(path, count)
    if (count === 1) asked.push(path)
    if (!fault(response, new URL(path, 'http://localhost'), count)) response.end(pictureOf(path.length + asked.length))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A mosaic of a band around (150, 2), whose pixels of 0.262 arcsec hold a slope that is `top` at its upper right corner. */
export function mosaic(band: string, size = 120, top = 1): Uint8Array {
  const scale = 0.262 / 3600
  const data = Float32Array.from({ length: size * size }, (_, i) => (top * i) / (size * size) + (i % 7) / 10)
  const cards = {
    ...{ FILTER: band, CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN', CRVAL1: 150, CRVAL2: 2 },
    ...{ CRPIX1: (size + 1) / 2, CRPIX2: (size + 1) / 2, CD1_1: -scale, CD1_2: 0, CD2_1: 0, CD2_2: scale },
  }
  const header = Object.entries(cards).map(([keyword, value]) => ({ keyword, value }))
  return encodeFitsImage({ data, shape: [size, size], header })
}
