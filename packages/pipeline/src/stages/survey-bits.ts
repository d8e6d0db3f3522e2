import { join } from 'node:path'
import { unpackedName } from '@astronomaly/fits/bytes'
import { readImage } from '@astronomaly/io/node'
import type { SourceObject } from '../run/scan-folder.ts'

/** Objects that are looked at. */
const sampleSize = 64

/** Names of pictures that can have 16 bits a value. */
const deepName = /\.(png|tiff?)$/i

/**
 * How many bits the pictures of a survey use where they have 16: cameras of 10, 12 or 14 bits leave the upper ones empty, and their pictures
 * would all be black.
 *
 * @returns 1 to 15, the most that one of 64 objects spread evenly over the survey uses; 16 when none of them has pictures of 16 bits.
 * @remarks One number for all pictures, for their brightness to be comparable; it depends on the objects alone.
 */
export async function surveyBits(
  folder: string,
  objects: readonly SourceObject[],
  signal?: AbortSignal,
): Promise<number> {
  const count = Math.min(sampleSize, objects.length)
  let most = 0
  for (let k = 0; k < count; k++) {
    for (const file of objects[Math.floor((k * objects.length) / count)]!.files) {
      signal?.throwIfAborted()
      if (!deepName.test(unpackedName(file))) continue
      // Whoever makes its features says why it cannot be read.
      const picture = await readImage(join(folder, file)).catch(() => undefined)
      most = Math.max(most, picture?.bits ?? 0)
    }
  }
  return most === 0 ? 16 : most
}
