import { ParameterError, passedOption, resolveOptions, ShapeError } from '@astronomaly/core'
import { writeAtomic } from '@astronomaly/core/node'
import { RunningSum } from '../checksum.ts'
import { encodeHduHeader } from '../encode-hdu.ts'
import type { FitsCard } from '../header/fits-card.ts'
import type { FitsHeader } from '../header/fits-header.ts'
import { blockSize } from '../header/parse-header.ts'
import { countPixels, type FitsPixels, imageCards, storedBytes } from './encode-pixels.ts'

/** How a picture is written piece by piece. */
export interface WriteFitsImageOptions {
  /** Axis lengths, slowest first: `[height, width]` or `[planes, height, width]`; 1 to 999 axes. */
  readonly shape: readonly number[]
  /**
   * Further cards, as of `encodeFitsImage`.
   * @defaultValue none
   */
  readonly header?: FitsHeader | readonly FitsCard[] | undefined
  /** Looked at before each piece. */
  readonly signal?: AbortSignal | undefined
}

const subject = 'writeFitsImage'

const rules = {
  shape: (value: readonly number[] | undefined): readonly number[] => value as readonly number[],
  header: passedOption<FitsHeader | readonly FitsCard[]>(),
  signal: passedOption<AbortSignal>(),
}

/**
 * Writes a FITS file of one picture, pixels as they come, with DATASUM and CHECKSUM. It appears under its name when it is whole.
 *
 * @param path - A file that is there already is replaced.
 * @param pieces - Pixels in the order of the picture, as many at a time as it suits (rows, say), all of the type of the first.
 * @returns Bytes written.
 * @throws ShapeError when the pieces have not as many pixels as the shape, or other types; ParameterError as `encodeFitsImage`, and when
 * there is no piece or the path cannot be written. Nothing is left behind then.
 * @remarks Memory: one piece and its bytes.
 */
export async function writeFitsImage(
  path: string,
  pieces: AsyncIterable<FitsPixels> | Iterable<FitsPixels>,
  options: WriteFitsImageOptions,
): Promise<{ readonly byteLength: number }> {
  const { shape, header = [], signal } = resolveOptions(subject, options, rules)
  const count = countPixels(subject, shape)
  return await writeAtomic(path, async (file) => {
    const sum = new RunningSum()
    let cards: FitsCard[] | undefined
    let type: unknown
    let done = 0
    for await (const piece of pieces) {
      signal?.throwIfAborted()
      if (!cards) {
        cards = imageCards(subject, piece, shape, { place: 'alone', header })
        type = piece.constructor
        await file.write(encodeHduHeader(cards, 0))
      }
      done += piece.length
      if (piece.constructor !== type || done > count) {
        throw new ShapeError(
          `${subject}: pieces must have one type and ${count} pixels in all. Received ${done} with a ${piece.constructor.name}.`,
        )
      }
      const bytes = storedBytes(subject, piece)
      sum.add(bytes)
      await file.write(bytes)
    }
    if (!cards) throw new ParameterError(`${subject}: pieces must have one or more arrays. Received none.`)
    if (done < count) {
      throw new ShapeError(`${subject}: pieces must have ${count} pixels in all. Received ${done}.`)
    }
    await file.write(new Uint8Array((blockSize - (file.size % blockSize)) % blockSize))
    await file.write(encodeHduHeader(cards, sum.value()), 0)
    return { byteLength: file.size }
  })
}
