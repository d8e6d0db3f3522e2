import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RankOptions } from '../../src/index.ts'
import { writeSky } from '../sky.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/** The bytes of all shards of scores, in order. */
export async function scoreBytes(run: string): Promise<Buffer> {
  const names = (await readdir(join(run, 'scores'))).sort()
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(run, 'scores', name)))))
}

/** A folder of pictures, and a call that ranks it. */
export async function sky(count = 40): Promise<{ images: string; out: string; options: RankOptions }> {
  const folder = await temporaryFolder()
  const images = join(folder, 'images')
  const out = join(folder, 'run')
  await writeSky(images, count)
  return { images, out, options: { folder: images, out, trees: 20, shardSize: 16 } }
}
