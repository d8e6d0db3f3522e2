import { readdir } from 'node:fs/promises'
import { ParameterError } from '@astronomaly/core'
import { readShardRecord } from './feature-shard.ts'
import { pictureFingerprint } from './picture-fingerprint.ts'
import type { RunDirectory, RunRecord } from './run-directory.ts'

/** What a run is made from. */
export interface RunOrigin {
  /** Absolute. */
  readonly folder: string
  /** Fingerprint of the catalogue's bytes; null without a catalogue. */
  readonly catalogue: string | null
}

/** What a person can do about a run that was made from something else. */
const waysOut =
  'Give it a run of its own with another --out, or let this run go on with what is there now with --adopt: features are made anew where pictures differ, ratings stay with the pictures that they were given to, and those of pictures that are gone stay in labels.jsonl but are not used.'

/** The error of a run that would go on with something else than it was made from; it names the two ways out. */
function foreign(subject: string, received: string): ParameterError {
  return new ParameterError(`rank: ${subject} must be what the run was made from. ${received} ${waysOut}`)
}

/** The error of pictures that are others than those of the same names that the run has. */
export function foreignPictures(run: RunDirectory, files: readonly string[]): ParameterError {
  const more = files.length > 1 ? ` and ${files.length - 1} more read with it` : ''
  return foreign('pictures', `Received another ${files[0]}${more} than the run ${run.path} has.`)
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

/** The fingerprint of each picture that a run has features of, by {@link filesKey}. */
export async function knownPictures(run: RunDirectory): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>()
  const names = await readdir(run.file('features')).catch(() => [])
  for (const name of names) {
    const index = /^(\d{5,})\.json$/.exec(name)?.[1]
    const record = index === undefined ? undefined : await readShardRecord(run, Number(index))
    for (const { files, picture } of record?.rows ?? []) known.set(filesKey(files), picture)
  }
  return known
}
