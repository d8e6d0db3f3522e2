import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { encodeCsv } from '@astronomaly/io'

/** Rows that are written together. */
const batchRows = 1000

/** Why an object has no picture. */
export interface RejectedObject {
  readonly id: string
  readonly reason: string
  readonly message: string
}

/** A table of any length of objects without a picture, which gets its name when it is complete. */
export class RejectedFile {
  readonly #path: string
  readonly #temporary: string
  readonly #file: FileHandle
  #waiting: RejectedObject[] = []
  #begun = false

  private constructor(path: string, temporary: string, file: FileHandle) {
    this.#path = path
    this.#temporary = temporary
    this.#file = file
  }

  static async open(path: string): Promise<RejectedFile> {
    const temporary = `${path}.${randomUUID()}.tmp`
    return new RejectedFile(path, temporary, await open(temporary, 'wx'))
  }

  async add(rejected: RejectedObject): Promise<void> {
    if (this.#waiting.push(rejected) >= batchRows) await this.#flush()
  }

  /** Gives the table its name, in place of an earlier one. */
  async finish(): Promise<void> {
    await this.#flush()
    await this.#file.sync()
    await this.#file.close()
    await rename(this.#temporary, this.#path)
  }

  /** Gives the table up; nothing happens when it is finished. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => {})
    await rm(this.#temporary, { force: true })
  }

  async #flush(): Promise<void> {
    const rows = this.#waiting
    const names = ['id', 'reason', 'message'] as const
    const text = encodeCsv({
      rowCount: rows.length,
      columns: new Map(names.map((name) => [name, { values: rows.map((row) => row[name]), width: 1 }])),
    })
    await this.#file.appendFile(this.#begun ? text.slice(text.indexOf('\n') + 1) : text)
    this.#begun = true
    this.#waiting = []
  }
}
