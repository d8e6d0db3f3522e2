import { writeAtomic } from './atomic-file.ts'

/**
 * Writes a file so that, at any instant, its path holds either the old bytes or all of the new ones: a temporary
 * neighbour is written, synced and renamed. Folders are made as needed.
 *
 * @throws ParameterError when the place cannot be written, or the file system's own error; the temporary file is removed.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  await writeAtomic(path, (file) => file.write(content))
}
