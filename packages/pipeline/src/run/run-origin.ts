import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ParameterError } from '@astronomaly/core'
import { readShardRecord } from '../stages/feature-shard.ts'
import { pictureFingerprint } from './picture-fingerprint.ts'
import type { RunDirectory } from './run-directory.ts'
import type { RunRecord } from './run-record.ts'
import type { SourceObject } from './scan-folder.ts'

/** What a run is made from. */
export interface RunOrigin {
  /** Absolute. */
  readonly folder: string
  /** Fingerprint of the catalogue's bytes; null without a catalogue. */
  readonly catalogue: string | null
}

/** What a person can do about a run that was made from something else. */
const waysOut =
  'Give it a run of its own with another --out, or let this run go on with what is there now with --adopt: features are made again, ratings stay with the pictures that they were given to, and those of pictures that are gone stay in labels.jsonl but are not used.'

/** The error of a run that would go on with something else than it was made from; it names the two ways out. */
function foreign(subject: string, received: string): ParameterError {
  return new ParameterError(`rank: ${subject} must be what the run was made from. ${received} ${waysOut}`)
}

/** The origin of a call. @param catalogue - Path. */
export async function originOf(folder: string, catalogue: string | null): Promise<RunOrigin> {
  return { folder, catalogue: catalogue === null ? null : await pictureFingerprint([catalogue]) }
}

/**
 * Refuses to go on with a run that was made from something else.
 *
 * @throws ParameterError that names what differs and the two ways out.
 */
export function checkOrigin(before: RunRecord, now: RunOrigin, run: RunDirectory): void {
  if (before.folder !== now.folder) {
    throw foreign('folder', `The run ${run.path} was made from ${before.folder}. Received ${now.folder}.`)
  }
  if (before.catalogue === undefined || before.catalogue === now.catalogue) return
  const given = (fingerprint: string | null): string => (fingerprint === null ? 'no catalogue' : 'a catalogue')
  const received =
    before.catalogue !== null && now.catalogue !== null
      ? 'one of other content'
      : `${given(now.catalogue)} where the run has ${given(before.catalogue)}`
  throw foreign('catalogue', `Received ${received} (run ${run.path}).`)
}

/** An object's files as one key. */
export function filesKey(files: readonly string[]): string {
  return files.join('\n')
}

/** A picture that a run has features of. */
export interface KnownPicture {
  /** Its fingerprint. */
  readonly picture: string
  /** Sizes and times of its files when it was read; undefined when unknown. */
  readonly stamp: string | undefined
}

/** The pictures that a run has features of, by {@link filesKey}. */
export async function knownPictures(run: RunDirectory): Promise<ReadonlyMap<string, KnownPicture>> {
  const known = new Map<string, KnownPicture>()
  const names = await readdir(run.file('features')).catch(() => [])
  for (const name of names) {
    const index = /^(\d{5,})\.json$/.exec(name)?.[1]
    const record = index === undefined ? undefined : await readShardRecord(run, Number(index))
    for (const { files, picture, stamp } of record?.rows ?? []) {
      if (picture !== undefined) known.set(filesKey(files), { picture, stamp })
    }
  }
  return known
}

/** Pictures whose fingerprints are made at once. */
const atOnce = 16

/**
 * Refuses pictures that are others than those of the same names that the run has, before anything of it changes.
 *
 * @remarks Reads only files whose size or time is another than it was.
 * @throws ParameterError that counts them.
 */
export async function checkPictures(
  run: RunDirectory,
  folder: string,
  objects: readonly SourceObject[],
  known: ReadonlyMap<string, KnownPicture>,
  signal?: AbortSignal,
): Promise<void> {
  const touched = objects.filter(({ files, stamp }) => {
    const before = known.get(filesKey(files))
    return before !== undefined && before.stamp !== stamp
  })
  const changed: SourceObject[] = []
  for (let start = 0; start < touched.length; start += atOnce) {
    signal?.throwIfAborted()
    const part = touched.slice(start, start + atOnce)
    // What cannot be read is rejected with its reason, later.
    const now = await Promise.all(
      part.map(({ files }) => pictureFingerprint(files.map((file) => join(folder, file))).catch(() => undefined)),
    )
    for (const [i, object] of part.entries()) {
      if (now[i] !== undefined && now[i] !== known.get(filesKey(object.files))!.picture) changed.push(object)
    }
  }
  const [first] = changed
  if (!first) return
  const more = changed.length > 1 ? ` and ${changed.length - 1} more` : ''
  throw foreign('pictures', `Received another ${first.files[0]}${more} than the run ${run.path} has.`)
}
