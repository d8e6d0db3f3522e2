import { readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { NotFoundError, ParameterError } from '@astronomaly/core'
import type { ByteSource } from './byte-source.ts'

/** Node reads at most 2 GiB in one call. */
const longestRead = 2 ** 30

/** Longest read that is made in the calling thread. */
const longestQuickRead = 2 ** 16

/** A read that takes longer, in milliseconds, did not come from memory. */
const slowRead = 1

/**
 * A file as a source; it stays open until `close`.
 *
 * @throws NotFoundError when there is no such file; ParameterError for a folder; the file system's own error for a disk that fails.
 * @remarks `slices` reads short ranges in the calling thread while each takes less than a millisecond: what the system holds in memory
 * costs 2 µs a call so, and 20 to 30 µs by way of Node's thread pool, more than all else in cutting a small picture from a
 * large one. From the first slow read on, the rest of the call is read by the pool.
 */
export async function fileByteSource(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause
    throw new NotFoundError(`bytes: file must exist. Received ${path}.`, { cause })
  })
  const about = await file.stat().catch(async (cause: unknown) => {
    await file.close()
    throw cause
  })
  if (about.isDirectory()) {
    await file.close()
    throw new ParameterError(`bytes: path must be that of a file. Received the folder ${path}.`)
  }
  const { size } = about
  const readInto: NonNullable<ByteSource['readInto']> = async (target, start, { signal } = {}) => {
    let done = 0
    while (done < target.length) {
      signal?.throwIfAborted()
      const { bytesRead } = await file.read(target, done, Math.min(longestRead, target.length - done), start + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    return done
  }
  const lengthOf = (start: number, end: number): number => Math.max(0, Math.min(end, size) - start)
  return {
    name: path,
    byteLength: size,
    async slice(start, end, options) {
      const bytes = new Uint8Array(lengthOf(start, end))
      return bytes.subarray(0, await readInto(bytes, start, options))
    },
    async slices(ranges, options = {}) {
      options.signal?.throwIfAborted()
      const total = ranges.reduce((sum, { start, end }) => sum + lengthOf(start, end), 0)
      const all = options.into && options.into.length >= total ? options.into : new Uint8Array(total)
      const out: Uint8Array[] = []
      let at = 0
      let quick = true
      for (const { start, end } of ranges) {
        const bytes = all.subarray(at, at + lengthOf(start, end))
        at += bytes.length
        let done = 0
        if (quick && bytes.length <= longestQuickRead) {
          const begun = performance.now()
          done = bytes.length === 0 ? 0 : readSync(file.fd, bytes, 0, bytes.length, start)
          quick = performance.now() - begun < slowRead
        }
        if (done < bytes.length) done += await readInto(bytes.subarray(done), start + done, options)
        out.push(bytes.subarray(0, done))
      }
      return out
    },
    readInto,
    close: () => file.close(),
  }
}
