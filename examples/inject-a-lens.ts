// Injection and recovery: add gravitational lenses to ordinary galaxies, rank them all, and see how far up the lenses come.
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { contiguousData, type Image } from '@astronomaly/core'
import { encodeFitsImage } from '@astronomaly/fits'
import { openRun, rank } from '@astronomaly/pipeline'
import { injectObject, simulateObject } from '@astronomaly/simulate'

/** Planes first, as FITS stores a cube. */
function cube(x: Image<Float32Array>): Uint8Array {
  const [height, width, bands] = x.shape
  const pixels = contiguousData(x)
  const data = new Float32Array(pixels.length)
  for (let p = 0; p < height * width; p++) {
    for (let b = 0; b < bands; b++) data[b * height * width + p] = pixels[p * bands + b] as number
  }
  return encodeFitsImage({ data, shape: [bands, height, width] })
}

await mkdir('images')
const injected: string[] = []
for (let index = 0; index < 80; index++) {
  const galaxy = simulateObject('elliptical', { seed: 'example', index, size: 80 })
  const lensed = index % 20 === 7
  const picture = lensed
    ? injectObject(galaxy.image, 'lens', { seed: 'example', index, bands: ['g', 'r', 'z'] }).image
    : galaxy.image
  if (lensed) injected.push(galaxy.id)
  await writeFile(`images/${galaxy.id}.fits`, cube(picture))
}
await rank({ folder: 'images', out: 'run', seed: 1 })
const { ids, forestScore } = await openRun('run')
const ranked = ids.map((id, row) => ({ id, score: forestScore[row] as number })).sort((a, b) => b.score - a.score)
for (const id of injected)
  console.log(`${id}: rank ${1 + ranked.findIndex((object) => object.id === id)} of ${ids.length}`)
assert.equal(ids.length, 80)
