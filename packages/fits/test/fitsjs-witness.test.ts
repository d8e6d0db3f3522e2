import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { hasShared, sharedFile } from '../../../test/shared-data.ts'
import { encodeFitsImage, listHdus, readFitsImage } from '../src/index.ts'

/** What is used of fitsjs 0.6.6, which has no types. */
interface FitsjsImage {
  readonly blob: Blob
  readonly bitpix: number
  readonly bzero: number
  readonly bscale: number
  _getFrame(buffer: ArrayBuffer, bitpix: number, bzero: number, bscale: number): ArrayLike<number>
}

/** The one browser class that fitsjs needs to read a file: blobs to array buffers. */
class FileReaderOfBlobs {
  onloadend: ((event: { target: { result: ArrayBuffer } }) => void) | undefined
  readAsArrayBuffer(blob: Blob): void {
    blob.arrayBuffer().then((result) => this.onloadend?.({ target: { result } }))
  }
}

/** The pixels of the first HDU as fitsjs reads them. */
async function witness(bytes: Uint8Array): Promise<ArrayLike<number>> {
  const { astro } = createRequire(import.meta.url)('fitsjs')
  vi.stubGlobal('astro', astro)
  const image = await new Promise<FitsjsImage>((resolve) => {
    new astro.FITS(new Blob([bytes as BlobPart]), (file: { getDataUnit(): FitsjsImage }) => resolve(file.getDataUnit()))
  })
  return image._getFrame(await image.blob.arrayBuffer(), image.bitpix, image.bzero, image.bscale)
}

async function compare(bytes: Uint8Array): Promise<void> {
  const ours = (await readFitsImage(bytes)).data
  const theirs = await witness(bytes)
  // fitsjs gives the padding of the last block as pixels too.
  expect(theirs.length).toBeGreaterThanOrEqual(ours.length)
  for (let i = 0; i < ours.length; i++)
    if (!Object.is(ours[i]! + 0, theirs[i]! + 0)) expect([i, theirs[i]]).toEqual([i, ours[i]])
}

beforeAll(() => {
  vi.stubGlobal('FileReader', FileReaderOfBlobs)
})
afterAll(() => {
  vi.unstubAllGlobals()
})

describe('fitsjs, where it can read a file', { timeout: 30_000 }, () => {
  it('sees the pixels that we wrote', async () => {
    for (const data of [
      Float32Array.of(1.5, -2, Number.NaN, 3e30, 0, 7),
      Int16Array.of(-5, 4, 300, -32768, 32767, 0),
    ]) {
      await compare(encodeFitsImage({ data, shape: [2, 3] }))
    }
  })

  it.skipIf(!hasShared)('agrees on every pixel of every real file that it can read', async () => {
    const root = sharedFile('data/B_fits')
    const files = (await readdir(root, { recursive: true })).filter((file) => /\.(fits|fit)$/.test(file))
    let compared = 0
    for (const path of files.sort()) {
      const bytes = await readFile(join(root, path))
      const [primary] = await listHdus(bytes).catch(() => [])
      // It refuses 64-bit integers, reads doubles wrongly, and cannot know that a file is truncated.
      const can = primary?.kind === 'image' && [8, 16, 32, -32].includes(primary.bitpix) && !/incomplete/.test(path)
      if (!can) continue
      await compare(bytes)
      compared++
    }
    expect(compared).toBeGreaterThanOrEqual(75)
  })
})
