import { FormatError, type Warning } from '@astronomaly/core'
import type { ByteSource } from './byte-source.ts'
import { PackedBytes } from './packed-bytes.ts'
import { type Packing, packingBytes, packingOf } from './packing.ts'
import { unpackBzip2 } from './unpack-bzip2.ts'
import { unpackGzip } from './unpack-gzip.ts'

const unpackers = { gzip: unpackGzip, bzip2: unpackBzip2 } as const

/**
 * What a packed source holds, in pieces, read no further than they are asked for.
 *
 * @param onWarning - Told of bytes behind the last member: they are ignored, as gunzip and bunzip2 do.
 * @throws FormatError, with how far the data are sound, when they are corrupt or truncated.
 * @remarks Several members (gzip) or streams (bzip2) one behind the other are one. A piece is handed on when the next is there or the
 * end was found sound: what fits one piece, 64 KiB in gzip and 1 MiB in bzip2, is never handed on when it is damaged.
 */
export async function* unpackedPieces(
  source: ByteSource,
  packing: Packing,
  onWarning?: (warning: Warning) => void,
): AsyncGenerator<Uint8Array> {
  const named = source.name === undefined ? {} : { source: source.name }
  const packed = new PackedBytes(source)
  let length = 0
  const fault = (rule: string, cause?: unknown): FormatError =>
    new FormatError(`${packing}: data ${rule}. They fail after ${length} bytes of what they hold.`, {
      ...named,
      offset: packed.at,
      cause,
    })
  let held: Uint8Array | undefined
  for (let begin = await packed.need(packingBytes); ; begin = await packed.need(packingBytes)) {
    if (packingOf(begin) !== packing) {
      if (length === 0 && packed.at === 0) throw fault('must begin as such')
      if (begin.length > 0) {
        const where = source.name === undefined ? '' : ` (${source.name})`
        onWarning?.({ message: `${packing}: ${packed.left} bytes behind the last member are ignored${where}` })
      }
      break
    }
    for await (const piece of unpackers[packing](packed, fault)) {
      length += piece.length
      if (held) yield held
      held = piece
    }
  }
  if (held) yield held
}
