import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ParameterError } from './errors.ts'
import { makeFolder } from './make-folder.ts'
import { syncFolder } from './sync-folder.ts'

/**
 * A file that is written piece by piece under a temporary name and gets its own when it is whole: at any instant its path holds either
 * the old bytes or all of the new ones.
 */
export class AtomicFile {
  readonly path: string
  /** Where it is until it is whole. */
  readonly temporary: string
  readonly #handle: FileHandle
  #size = 0

  private constructor(path: string, temporary: string, handle: FileHandle) {
    this.path = path
    this.temporary = temporary
    this.#handle = handle
  }

  /**
   * Opens the temporary file; folders are made as needed.
   *
   * @param temporary - On the same disk. By default a neighbour of the file, `<path>.<uuid>.tmp`.
   * @throws ParameterError when the place cannot be written.
   */
  static async open(path: string, temporary: string = `${path}.${randomUUID()}.tmp`): Promise<AtomicFile> {
    try {
      await makeFolder(dirname(temporary))
      return new AtomicFile(path, temporary, await open(temporary, 'w'))
    } catch (error) {
      throw unwritable(path, error)
    }
  }

  /** Bytes up to the last one that was written. */
  get size(): number {
    return this.#size
  }

  /** Writes a piece, at the end unless a byte offset is given. @throws The file system's error. */
  async write(piece: Uint8Array | string, at: number = this.#size): Promise<void> {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece
    this.#size = Math.max(this.#size, at + bytes.length)
    for (let done = 0; done < bytes.length; ) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at + done)
      done += bytesWritten
    }
  }

  /** Syncs the file and gives it its name, in place of an earlier one. @throws As {@link AtomicFile.open}; discard it then. */
  async finish(): Promise<void> {
    await this.#handle.sync()
    await this.#handle.close()
    try {
      await makeFolder(dirname(this.path))
      await rename(this.temporary, this.path)
    } catch (error) {
      throw unwritable(this.path, error)
    }
    await syncFolder(dirname(this.path))
  }

  /** Removes the temporary file; nothing happens when it has its name. */
  async discard(): Promise<void> {
    await this.#handle.close().catch(() => {})
    await rm(this.temporary, { force: true })
  }
}

/**
 * Writes a file by pieces: it gets its name when `body` has resolved, and nothing is left behind when it has not.
 *
 * @param temporary - As of {@link AtomicFile.open}.
 * @returns What `body` returns.
 * @throws What `body` throws; as {@link AtomicFile.open}.
 */
export async function writeAtomic<T>(
  path: string,
  body: (file: AtomicFile) => Promise<T>,
  temporary?: string,
): Promise<T> {
  const file = await AtomicFile.open(path, temporary)
  try {
    const result = await body(file)
    await file.finish()
    return result
  } finally {
    await file.discard()
  }
}

const refusals = ['EACCES', 'EEXIST', 'EISDIR', 'ENAMETOOLONG', 'ENOENT', 'ENOTDIR', 'ENOTEMPTY', 'EPERM', 'EROFS']

function unwritable(path: string, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException
  if (!refusals.includes(code ?? '')) return error
  return new ParameterError(`write: ${path} must be a file that can be written. Received ${message}.`, { cause: error })
}
