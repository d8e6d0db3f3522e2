import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { choiceOption, describeValue, ParameterError } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { type DownloadLayout, objectPath } from '../objects/object-file.ts'
import { ObjectIndex } from '../objects/object-index.ts'
import { cutOut } from './cut-out.ts'
import type { Cutout, CutoutObject, RejectedCutout } from './cutout.ts'
import { type CutoutOptions, resolveCutoutOptions } from './cutout-options.ts'
import { encodeCutout } from './encode-cutout.ts'
import type { Mosaics } from './mosaics.ts'

/** How to write cut-outs. */
export interface WriteCutoutsOptions extends CutoutOptions {
  /**
   * `'sharded'`: `<id>.fits` in one of 4096 folders in the folder, by the id's hash; `'flat'`: in the folder itself. Of an id what
   * a file name cannot hold is written `%XX`.
   * @defaultValue 'sharded'
   */
  readonly layout?: DownloadLayout | undefined
}

const layoutRule = choiceOption(['flat', 'sharded'], 'sharded')

/** What became of an object: its file is new, was there before, or there is none. */
export type WrittenCutout =
  | {
      readonly status: 'written' | 'kept'
      readonly id: string
      readonly path: string
      readonly warnings: readonly string[]
    }
  | RejectedCutout
  | { readonly status: 'rejected'; readonly id: string; readonly reason: 'no-name'; readonly message: string }

/**
 * Cuts objects out of mosaics into files of a folder.
 *
 * @returns One result for each object, in the objects' order, when its file is complete.
 * @throws ParameterError for options out of range, an id that is no text, and a folder that cannot be written; an abort rejects with the
 * signal's reason.
 * @remarks Files appear under their names when they are complete, and objects that have one are not cut out again: after an
 * interruption the same call goes on. The options of the earlier call are not looked at. Nor is an object cut out again whose id has
 * come before and got its file: it is `'kept'`. Of ids that are one file to some systems, as they differ in upper and lower case
 * alone, the first of a call counts and the others are rejected (`'no-name'`). `onProgress` counts all objects. Memory: that of
 * `cutOut`, and 53 to 105 bytes an object.
 */
export async function* writeCutouts(
  mosaics: Mosaics,
  objects: AsyncIterable<CutoutObject> | Iterable<CutoutObject>,
  folder: string,
  options: WriteCutoutsOptions = {},
): AsyncGenerator<WrittenCutout> {
  const { layout: named, onProgress, ...rest } = options
  const layout = layoutRule(named, 'writeCutouts: layout')
  const { window, signal } = resolveCutoutOptions(rest, mosaics.bands)
  const index = new ObjectIndex()
  let waiting: Waiting[] = []
  let missing = 0
  let done = 0
  let reported = 0
  const report = (): void => {
    if (done === reported) return
    reported = done
    onProgress?.({ stage: 'cut-outs', done })
  }
  const save = async (result: Cutout | RejectedCutout): Promise<WrittenCutout> => {
    if (result.status === 'rejected') return result
    const path = join(folder, `${objectPath(result.id, layout) as string}.fits`)
    await writeFileAtomic(path, encodeCutout(result))
    return { status: 'written', id: result.id, path, warnings: result.warnings }
  }
  const flush = async function* (): AsyncGenerator<WrittenCutout> {
    const pending = waiting.filter(({ fate }) => fate === undefined).map(({ object }) => object)
    const results = cutOut(mosaics, pending, { ...rest, onProgress: report })
    for (const { object, fate } of waiting) {
      signal?.throwIfAborted()
      if (fate === undefined) yield await save((await results.next()).value as Cutout | RejectedCutout)
      else if (fate !== 'again') yield fate
      // Its first object is settled by now.
      else yield (await keptFile(object.id, folder, layout)) ?? (await save(await cutAlone(mosaics, object, rest)))
      done++
    }
    waiting = []
    missing = 0
    report()
  }
  for await (const object of objects) {
    signal?.throwIfAborted()
    const { id } = object
    if (typeof id !== 'string') {
      throw new ParameterError(`writeCutouts: objects must have an id that is text. Received ${describeValue(id)}.`)
    }
    const name = objectPath(id, layout)
    const known = name === undefined ? 'nameless' : index.look(id, name, '', true)
    let fate: Waiting['fate']
    if (typeof known === 'string') fate = noName(id, known)
    else fate = known.seen ? 'again' : await keptFile(id, folder, layout)
    waiting.push({ object, fate })
    if (fate === undefined) missing++
    if (missing === window || waiting.length === 64 * window) yield* flush()
  }
  if (waiting.length > 0) yield* flush()
}

/** An object and what became of it; undefined when it is to be cut out, `'again'` when its id has come before. */
interface Waiting {
  readonly object: CutoutObject
  readonly fate: WrittenCutout | 'again' | undefined
}

async function cutAlone(
  mosaics: Mosaics,
  object: CutoutObject,
  options: CutoutOptions,
): Promise<Cutout | RejectedCutout> {
  const { value } = await cutOut(mosaics, [object], options).next()
  return value as Cutout | RejectedCutout
}

function noName(id: string, why: 'nameless' | 'taken'): WrittenCutout {
  const rule =
    why === 'taken'
      ? 'id must differ from earlier ones in more than upper and lower case'
      : 'id must be text that a file name of 200 bytes can hold'
  return { status: 'rejected', id, reason: 'no-name', message: `${rule}. Received ${JSON.stringify(id)}` }
}

async function keptFile(id: string, folder: string, layout: DownloadLayout): Promise<WrittenCutout | undefined> {
  const path = join(folder, `${objectPath(id, layout) as string}.fits`)
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    return undefined
  })
  return there?.isFile() ? { status: 'kept', id, path, warnings: [] } : undefined
}
