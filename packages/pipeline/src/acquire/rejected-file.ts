import { AtomicFile } from '@astronomaly/core/node'
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
  readonly #file: AtomicFile
  #waiting: RejectedObject[] = []

  private constructor(file: AtomicFile) {
    this.#file = file
  }

  static async open(path: string): Promise<RejectedFile> {
    return new RejectedFile(await AtomicFile.open(path))
  }

  async add(rejected: RejectedObject): Promise<void> {
    if (this.#waiting.push(rejected) >= batchRows) await this.#flush()
  }

  /** Gives the table its name, in place of an earlier one. */
  async finish(): Promise<void> {
    await this.#flush()
    await this.#file.finish()
  }

  /** Gives the table up; nothing happens when it is finished. */
  async discard(): Promise<void> {
    await this.#file.discard()
  }

  async #flush(): Promise<void> {
    const rows = this.#waiting
    const names = ['id', 'reason', 'message'] as const
    const text = encodeCsv({
      rowCount: rows.length,
      columns: new Map(names.map((name) => [name, { values: rows.map((row) => row[name]), width: 1 }])),
    })
    await this.#file.write(this.#file.size > 0 ? text.slice(text.indexOf('\n') + 1) : text)
    this.#waiting = []
  }
}
