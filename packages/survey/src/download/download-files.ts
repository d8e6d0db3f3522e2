import { createHash, randomUUID } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder } from '@astronomaly/core/node'

/** Files that come whole or not at all; until then they lie in one folder of their own, which is emptied when a run begins and ends. */
export class DownloadFiles {
  readonly #folder: string
  readonly #partial: string
  readonly #made = new Set<string>()

  constructor(folder: string) {
    this.#folder = folder
    this.#partial = join(folder, '.downloads-partial')
  }

  /** Removes what a killed run, or this one, has left unfinished. */
  async clean(): Promise<void> {
    await rm(this.#partial, { recursive: true, force: true })
    this.#made.clear()
  }

  /**
   * Writes a file, synced before it gets its name.
   *
   * @param file - Below the folder, with `/`.
   * @returns Its SHA-256.
   */
  async save(file: string, bytes: Uint8Array): Promise<string> {
    await this.#make(this.#partial)
    const temporary = join(this.#partial, `${randomUUID()}.tmp`)
    try {
      const handle = await open(temporary, 'wx')
      try {
        await handle.writeFile(bytes)
        await handle.datasync()
      } finally {
        await handle.close()
      }
      const slash = file.lastIndexOf('/')
      if (slash >= 0) await this.#make(join(this.#folder, file.slice(0, slash)))
      await rename(temporary, join(this.#folder, file))
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
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

  async #make(folder: string): Promise<void> {
    if (this.#made.has(folder)) return
    await makeFolder(folder)
    this.#made.add(folder)
  }
}
