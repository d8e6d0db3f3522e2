import { createHash, randomUUID } from 'node:crypto'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from '@astronomaly/core/node'

/** Files that come whole or not at all; until then they lie in one folder of their own, which is emptied when a run begins and ends. */
export class DownloadFiles {
  readonly #folder: string
  readonly #partial: string

  constructor(folder: string) {
    this.#folder = folder
    this.#partial = join(folder, '.downloads-partial')
  }

  /** Removes what a killed run, or this one, has left unfinished. */
  async clean(): Promise<void> {
    await rm(this.#partial, { recursive: true, force: true })
  }

  /**
   * Writes a file, synced before it gets its name.
   *
   * @param file - Below the folder, with `/`.
   * @returns Its SHA-256.
   */
  async save(file: string, bytes: Uint8Array): Promise<string> {
    const temporary = join(this.#partial, `${randomUUID()}.tmp`)
    await writeAtomic(join(this.#folder, file), (written) => written.write(bytes), temporary)
    return createHash('sha256').update(bytes).digest('hex')
  }

  /**
   * Whether a file is there as it was written.
   *
   * @param digest - First digits of its SHA-256, when it is to be read.
   */
  async holds(file: string, bytes: number, digest?: string): Promise<boolean> {
    const path = join(this.#folder, file)
    try {
      const about = await stat(path)
      if (!about.isFile() || about.size !== bytes) return false
      if (digest === undefined) return true
      return createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
        .startsWith(digest)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT' || code === 'ENOTDIR') return false
      throw error
    }
  }

  async remove(file: string): Promise<void> {
    await rm(join(this.#folder, file), { force: true })
  }
}
