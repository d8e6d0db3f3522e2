import type { PackedBytes } from './packed-bytes.ts'

type Zlib = Pick<typeof import('node:zlib'), 'crc32' | 'createInflateRaw'>

/** Most bytes of a member's header. */
const mostHeaderBytes = 2 ** 20

/** Node's zlib, asked of the process itself, so that bundles for browsers stay free of Node; undefined in browsers. */
function findZlib(): Zlib | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?: (id: string) => unknown } }
  return process?.getBuiltinModule?.('zlib') as Zlib | undefined
}

/**
 * Inflates one member of a gzip file.
 *
 * @param fault - Makes the error about a rule that the member breaks.
 * @returns Pieces of what it holds; `packed` stands behind the member in the end.
 * @remarks Browsers do not tell where a member ends: there the whole file must be one member.
 */
export async function* unpackGzip(
  packed: PackedBytes,
  fault: (rule: string, cause?: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const zlib = findZlib()
  if (!zlib) {
    yield* inflateByStream(packed, fault)
    return
  }
  packed.pass(await headerLength(packed, fault))
  let crc = 0
  let length = 0
  for await (const piece of inflateRaw(zlib, packed, fault)) {
    crc = zlib.crc32(piece, crc)
    length += piece.length
    yield piece
  }
  const trailer = await packed.need(8)
  if (trailer.length < 8) throw fault('must be whole')
  const view = new DataView(trailer.buffer, trailer.byteOffset, 8)
  if (view.getUint32(0, true) !== crc || view.getUint32(4, true) !== length % 2 ** 32) {
    throw fault(`must have the CRC and length that it announces at byte ${packed.at}`)
  }
  packed.pass(8)
}

/** Bytes of a member's header. @see RFC 1952 § 2.3 */
async function headerLength(packed: PackedBytes, fault: (rule: string) => Error): Promise<number> {
  let bytes = await packed.need(10)
  const [, , method, flags = 0] = bytes
  if (bytes.length >= 4 && (method !== 8 || flags > 31)) throw fault('must be deflated, with known flags')
  let at = 10
  const upTo = async (length: number): Promise<void> => {
    bytes = await packed.need(length)
    if (bytes.length < length) throw fault('must be whole')
    if (length > mostHeaderBytes) throw fault(`must have headers of at most ${mostHeaderBytes} bytes`)
    at = length
  }
  await upTo(10)
  if (flags & 4) {
    await upTo(at + 2)
    await upTo(at + bytes[at - 2]! + 256 * bytes[at - 1]!)
  }
  for (const text of [8, 16]) {
    if (!(flags & text)) continue
    do await upTo(at + 1)
    while (bytes[at - 1] !== 0)
  }
  if (flags & 2) await upTo(at + 2)
  return at
}

async function* inflateRaw(
  zlib: Zlib,
  packed: PackedBytes,
  fault: (rule: string, cause: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  const engine = zlib.createInflateRaw({ chunkSize: 2 ** 16 })
  let pieces: Uint8Array[] = []
  let taken = 0
  engine.on('data', (piece: Uint8Array) => pieces.push(piece))
  const ended = new Promise<'ended'>((resolve, reject) => {
    engine.on('end', () => resolve('ended'))
    engine.on('error', (cause) => reject(fault('must be whole and sound', cause)))
  })
  // Whoever leaves off waits for it no more.
  ended.catch(() => {})
  try {
    for (let state: 'ended' | 'taken' = 'taken'; state !== 'ended'; ) {
      const piece = await packed.need(1)
      const written = new Promise<'taken'>((resolve) => {
        if (piece.length === 0) engine.end()
        else engine.write(piece, () => resolve('taken'))
      })
      state = await Promise.race([ended, written])
      packed.pass(engine.bytesWritten - taken)
      taken = engine.bytesWritten
      const ready = pieces
      pieces = []
      yield* ready
    }
  } finally {
    engine.destroy()
  }
}

async function* inflateByStream(
  packed: PackedBytes,
  fault: (rule: string, cause: unknown) => Error,
): AsyncGenerator<Uint8Array> {
  let unread: { readonly cause: unknown } | undefined
  const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const piece = await packed.need(1).catch((cause: unknown) => {
          unread = { cause }
          throw cause
        })
        packed.pass(piece.length)
        if (piece.length === 0) controller.close()
        else controller.enqueue(piece as Uint8Array<ArrayBuffer>)
      },
    },
    { highWaterMark: 0 },
  )
  const reader = pieces.pipeThrough(new DecompressionStream('gzip')).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } catch (cause) {
    throw unread ? unread.cause : fault('must be whole and sound', cause)
  } finally {
    await reader.cancel().catch(() => {})
  }
}
