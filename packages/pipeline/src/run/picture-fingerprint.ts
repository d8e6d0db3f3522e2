import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'

/**
 * What picture some files are, whatever their names, folder and times: the first 16 hexadecimal digits of the SHA-256 of their bytes
 * in order.
 */
export async function pictureFingerprint(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  for (const path of paths) await pipeline(createReadStream(path, { highWaterMark: 2 ** 20 }), hash, { end: false })
  return hash.digest('hex').slice(0, 16)
}
