import { NotFoundError, type RunOptions } from '@astronomaly/core'
import type { RunData } from '../run/run-data.ts'
import { type RenderedPicture, renderPicture } from './render-picture.ts'

const remedy = "if they have moved, 'report <run> --pictures <folder>' gives the new place"

/** The pictures of a page: each is drawn once, however many sheets show its object. */
export class PagePictures {
  readonly #data: RunData
  readonly #folder: string
  readonly #drawn = new Map<number, RenderedPicture | undefined>()

  /** @param folder - Where the ranked pictures are now. */
  constructor(data: RunData, folder: string) {
    this.#data = data
    this.#folder = folder
  }

  /** The picture of a row; undefined where it cannot be read any more, or is another than the one that was ranked. */
  async of(row: number): Promise<RenderedPicture | undefined> {
    if (!this.#drawn.has(row)) this.#drawn.set(row, await renderPicture(this.#data, row, this.#folder))
    return this.#drawn.get(row)
  }

  /** Whether one of those asked for says that it is simulated. */
  get simulated(): boolean {
    return [...this.#drawn.values()].some((picture) => picture?.simulated)
  }

  /**
   * Counts those of the pictures asked for that are missing.
   *
   * @returns Whether none is.
   * @throws NotFoundError when all are. Where some are, a warning says how many.
   */
  check(onWarning: RunOptions['onWarning']): boolean {
    const asked = this.#drawn.size
    const missing = [...this.#drawn.values()].filter((picture) => picture === undefined).length
    if (missing === 0) return true
    if (missing === asked) {
      throw new NotFoundError(
        `report: pictures of the run must be in ${this.#folder}. Received none of ${missing}, or others than were ranked; ${remedy}.`,
      )
    }
    onWarning?.({
      message: `${missing} of the page's ${asked} pictures are not in ${this.#folder} any more, or are others than were ranked: their tiles are empty; ${remedy}`,
    })
    return false
  }
}
