import { BitReader } from './bit-reader.ts'
import { Bzip2Block, mostBlockBytes } from './bzip2-block.ts'
import type { PackedBytes } from './packed-bytes.ts'

/** Bytes that are handed on at a time. */
const pieceBytes = 2 ** 20

/**
 * Unpacks one bzip2 stream.
 *
 * @param fault - Makes the error about a rule that the stream breaks.
 * @returns Pieces of what it holds; `packed` stands behind the stream in the end.
 */
export async function* unpackBzip2(packed: PackedBytes, fault: (rule: string) => Error): AsyncGenerator<Uint8Array> {
  const level = (await packed.need(4))[3]! - 0x30
  packed.pass(4)
  const block = new Bzip2Block(level, (rule) => fault(`block at byte ${packed.at} ${rule}`))
  let sum = 0
  let bit = 0
  for (;;) {
    const bits = new BitReader(await packed.need(mostBlockBytes(level)), bit)
    const mark = bits.read(24) * 2 ** 24 + bits.read(24)
    const isEnd = mark === 0x177245385090
    if (!isEnd && mark !== 0x314159265359) {
      throw fault(bits.isOver ? 'must be whole' : `must have the mark of a block or of the end at byte ${packed.at}`)
    }
    const announced = isEnd ? bits.read(16) * 2 ** 16 + bits.read(16) : block.read(bits)
    if (isEnd && bits.isOver) throw fault('must be whole')
    if (isEnd && announced !== sum) throw fault(`must have the CRC that it announces at byte ${packed.at}`)
    if (isEnd) {
      packed.pass(Math.ceil(bits.position / 8))
      return
    }
    sum = (((sum << 1) | (sum >>> 31)) ^ announced) >>> 0
    for (let piece = block.next(pieceBytes); piece; piece = block.next(pieceBytes)) yield piece
    packed.pass(Math.floor(bits.position / 8))
    bit = bits.position % 8
  }
}
