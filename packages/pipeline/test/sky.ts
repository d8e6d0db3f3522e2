import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from '@astronomaly/core'
import { encodeFitsImage } from '@astronomaly/fits'

/** A [3, size, size] picture of one elliptical blob over noise; `double` gives it a second nucleus. */
export function blob(seed: number, size = 48, double = false): Float32Array {
  const random = createRandom(seed, 'test.sky')
  const axis = 0.5 + random.uniform() / 2
  const scale = size / 12 + random.uniform() * (size / 16)
  const angle = random.uniform() * Math.PI
  const data = new Float32Array(3 * size * size)
  for (let band = 0; band < 3; band++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let value = 0.02 * random.normal()
        for (const shift of double ? [-size / 6, size / 6] : [0]) {
          const dx = x - (size - 1) / 2 - shift
          const dy = y - (size - 1) / 2
          const u = (dx * Math.cos(angle) + dy * Math.sin(angle)) / scale
          const v = (-dx * Math.sin(angle) + dy * Math.cos(angle)) / (scale * axis)
          value += (1 + band / 2) * Math.exp(-Math.sqrt(u * u + v * v))
        }
        data[(band * size + y) * size + x] = value
      }
    }
  }
  return data
}

/** Writes one cube as FITS. */
export async function writeCube(path: string, data: Float32Array, size = 48): Promise<void> {
  await writeFile(path, encodeFitsImage({ data, shape: [3, size, size] }))
}

/** Writes `count` blobs as `object-000.fits` …; every tenth has two nuclei. */
export async function writeSky(folder: string, count: number, size = 48): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (let i = 0; i < count; i++) {
    await writeCube(join(folder, `object-${String(i).padStart(3, '0')}.fits`), blob(i, size, i % 10 === 9), size)
  }
}
