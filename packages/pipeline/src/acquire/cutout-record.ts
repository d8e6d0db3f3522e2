import { opendir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { FormatError, ParameterError } from '@astronomaly/core'
import { writeFileAtomic } from '@astronomaly/core/node'
import { cutoutFiles, isAcquisitionFile } from './acquisition-files.ts'

/** What decides how the pictures of a folder look: plain JSON. */
export type CutoutRecord = Readonly<Record<string, unknown>>

const temporaryName = /\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/

/**
 * The options that the pictures of a folder were made with.
 *
 * @returns undefined for a folder without pictures.
 * @throws ParameterError for a folder that holds other things; FormatError for a damaged record.
 */
export async function readCutoutRecord(subject: string, out: string): Promise<CutoutRecord | undefined> {
  const path = join(out, cutoutFiles.record)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    return undefined
  })
  if (text === undefined) {
    for await (const { name } of await opendir(out)) {
      if (name.startsWith('cutouts') && (isAcquisitionFile(name) || temporaryName.test(name))) continue
      throw new ParameterError(
        `${subject}: out must be an empty folder or an earlier one. Received ${out}, which holds ${name}.`,
      )
    }
    return undefined
  }
  try {
    const { layout, options } = JSON.parse(text) as { layout?: unknown; options?: unknown }
    if (layout === 1 && typeof options === 'object' && options !== null) return options as CutoutRecord
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
  }
  throw new FormatError(`${subject}: record of the pictures must be JSON of layout 1 with their options`, {
    source: path,
  })
}

/** Writes the options that pictures are about to be made with. */
export async function writeCutoutRecord(out: string, options: CutoutRecord): Promise<void> {
  await writeFileAtomic(join(out, cutoutFiles.record), `${JSON.stringify({ layout: 1, options }, null, 2)}\n`)
}

/** @throws ParameterError when pictures made with `options` would not be like those that are there. */
export function assertSameRecord(subject: string, out: string, before: CutoutRecord, options: CutoutRecord): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(options)])) {
    const [old, now] = [JSON.stringify(before[name]), JSON.stringify(options[name])]
    // An earlier version did not write where the positions come from.
    if (old === now || (name === 'positions' && old === undefined)) continue
    throw new ParameterError(
      `${subject}: ${name} must be the one of the pictures in ${out}, ${old}; another out makes others. Received ${now}.`,
    )
  }
}

/** Removes what writers that were killed have left in a folder and the folders in it. */
export async function removeUnfinished(out: string): Promise<void> {
  for await (const entry of await opendir(out)) {
    const path = join(out, entry.name)
    if (temporaryName.test(entry.name)) await rm(path, { force: true })
    if (!entry.isDirectory()) continue
    for await (const { name } of await opendir(path)) {
      if (temporaryName.test(name)) await rm(join(path, name), { force: true })
    }
  }
}
