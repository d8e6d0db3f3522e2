import {
  FormatError,
  numberOption,
  type OptionRules,
  passedOption,
  resolveOptions,
  runRules,
  UnsupportedError,
} from '@astronomaly/core'
import { type HttpResponse, type RequestOptions, request } from '@astronomaly/core/http'
import { type ByteRange, type ByteSource, memoryByteSource, type ReadBytesOptions } from './byte-source.ts'
import { cachedByteSource, cacheRules } from './cached-byte-source.ts'
import { joinRanges } from './read-ranges.ts'

/** How to read a file on a server. */
export interface HttpByteSourceOptions {
  /**
   * Names the source in errors.
   * @defaultValue the address
   */
  readonly name?: string | undefined
  /**
   * Bytes of a page: the server is asked for whole pages.
   * @defaultValue 65536
   */
  readonly pageBytes?: number | undefined
  /**
   * Most pages that are kept.
   * @defaultValue 64
   */
  readonly pages?: number | undefined
  /**
   * Most bytes of the whole file, where the server does not serve parts and it is taken whole into memory.
   * @defaultValue 2^28
   */
  readonly maxBytes?: number | undefined
  /** Timeouts, retries, headers and so on of each request. */
  readonly request?: Omit<RequestOptions, 'method' | 'body' | 'signal' | 'maxBytes' | 'acceptStatus'> | undefined
  /** Of the first request. */
  readonly signal?: AbortSignal | undefined
}

const httpRules = {
  ...cacheRules,
  name: passedOption<string>(),
  maxBytes: numberOption(2 ** 28, { integer: true, min: 1 }),
  request: passedOption<NonNullable<HttpByteSourceOptions['request']>>(),
  signal: runRules.signal,
} satisfies OptionRules<HttpByteSourceOptions>

/** Bytes between two ranges that come sooner than another answer. */
const gap = 2 ** 16
const longestRequest = 2 ** 23
/** Requests under way at a time, as many as browsers send to a server, less two for others. */
const together = 4

/** What tells one state of the file from another. */
interface FileState {
  readonly total: number
  readonly etag: string | null
  readonly modified: string | null
}

/**
 * A file on a server as a source, read by range requests.
 *
 * @param url - Of http or https.
 * @returns The first request has been sent: it asks for the first page, and tells the length. A server that does not serve parts
 * answers with the whole file, which is then kept in memory.
 * @throws RequestError when the server does not deliver; FormatError when its answer is not what was asked for, or, in later reads, when
 * the file has changed in between; UnsupportedError when it serves parts of a packed body.
 * @remarks Ranges with less than 64 KiB between them are asked for at once, up to 8 MiB, four requests at a time. Holds at most
 * `pageBytes` × `pages` bytes and what is under way. In a browser, a server of another origin must expose Content-Range (and ETag, so that
 * a change is noticed).
 * @see RFC 9110, section 14
 */
export async function httpByteSource(url: string | URL, options: HttpByteSourceOptions = {}): Promise<ByteSource> {
  const resolved = resolveOptions('httpByteSource', options, httpRules)
  const { name = String(url), pageBytes, pages, maxBytes, signal } = resolved
  const ranged = new RangeRequests(url, name, resolved.request ?? {})
  const first = await ranged.first(pageBytes, Math.max(maxBytes, pageBytes), signal)
  if (first.whole) return memoryByteSource(first.bytes, name)
  const source: ByteSource = {
    name,
    byteLength: first.state.total,
    slice: async (start, end, read) => (await ranged.slices([{ start, end }], first.state, read))[0]!,
    slices: (ranges, read) => ranged.slices(ranges, first.state, read),
  }
  return cachedByteSource(startingWith(source, first.bytes), { pageBytes, pages })
}

/** The source, its first bytes known. */
function startingWith(source: ByteSource, begin: Uint8Array): ByteSource {
  let known: Uint8Array | undefined = begin
  return {
    ...source,
    async slices(ranges, options) {
      const [range, ...others] = ranges
      if (!known || range?.start !== 0 || range.end < known.length) return source.slices!(ranges, options)
      // Used once: afterwards the page is in the cache, or it was dropped from there.
      const head = known
      known = undefined
      if (range.end === head.length) return [head, ...(await source.slices!(others, options))]
      const [rest, ...more] = await source.slices!([{ start: head.length, end: range.end }, ...others], options)
      const all = new Uint8Array(head.length + rest!.length)
      all.set(head)
      all.set(rest!, head.length)
      return [all, ...more]
    },
  }
}

class RangeRequests {
  readonly #url: string | URL
  readonly #name: string
  readonly #request: NonNullable<HttpByteSourceOptions['request']>

  constructor(url: string | URL, name: string, options: NonNullable<HttpByteSourceOptions['request']>) {
    this.#url = url
    this.#name = name
    this.#request = options
  }

  /** The first bytes and the file's state, or the whole file. */
  async first(
    length: number,
    maxBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<
    | { readonly whole: true; readonly bytes: Uint8Array }
    | { readonly whole: false; readonly bytes: Uint8Array; readonly state: FileState }
  > {
    const response = await this.#send({ start: 0, end: length }, {}, maxBytes, signal)
    if (response.status === 200) return { whole: true, bytes: await response.bytes() }
    if (response.status === 416) {
      await response.cancel()
      if (/^bytes \*\/0$/i.test(response.headers.get('content-range') ?? '')) {
        return { whole: true, bytes: new Uint8Array(0) }
      }
      throw this.#fault('must serve its first bytes. Received status 416', 0)
    }
    const state = this.#state(response, 0)
    const bytes = await this.#body(response, { start: 0, end: Math.min(length, state.total) }, state)
    return { whole: false, bytes, state }
  }

  async slices(
    ranges: readonly ByteRange[],
    state: FileState,
    { signal }: ReadBytesOptions = {},
  ): Promise<Uint8Array[]> {
    const clipped = ranges.map(({ start, end }) => ({ start, end: Math.max(start, Math.min(end, state.total)) }))
    const out = clipped.map(() => new Uint8Array(0))
    const filled = [...clipped.keys()].filter((i) => clipped[i]!.end > clipped[i]!.start)
    const joined = joinRanges(
      filled.map((i) => clipped[i]!),
      { gap, most: longestRequest },
    )
    let next = 0
    const work = async (): Promise<void> => {
      while (next < joined.length) {
        const range = joined[next++]!
        const bytes = await this.#slice(range, state, signal)
        for (const i of filled.slice(range.first, range.last)) {
          out[i] = bytes.subarray(clipped[i]!.start - range.start, clipped[i]!.end - range.start)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(together, joined.length) }, work)).catch((error: unknown) => {
      next = joined.length
      throw error
    })
    return out
  }

  async #slice(range: ByteRange, state: FileState, signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer>> {
    // A weak tag says nothing of the bytes.
    const validator = state.etag?.startsWith('"') ? state.etag : state.modified
    const response = await this.#send(
      range,
      validator === null ? {} : { 'if-range': validator },
      range.end - range.start,
      signal,
    )
    return this.#body(response, range, state)
  }

  /** The body of an answer, once its headers are what was asked for. */
  async #body(response: HttpResponse, range: ByteRange, state: FileState): Promise<Uint8Array<ArrayBuffer>> {
    try {
      this.#check(response, range, state)
    } catch (error) {
      await response.cancel()
      throw error
    }
    const bytes = await response.bytes()
    // The body may be of another answer, after a retry.
    this.#check(response, range, state)
    if (bytes.length === range.end - range.start) return bytes
    throw this.#fault(`must send ${range.end - range.start} bytes. Received ${bytes.length}`, range.start)
  }

  #check(response: HttpResponse, range: ByteRange, state: FileState): void {
    if (response.status !== 206) {
      throw this.#fault(
        `must stay the same while it is read. It has changed, or is not served in parts any more (status ${response.status})`,
        range.start,
      )
    }
    const { total, etag, modified } = this.#state(response, range.start)
    if (total !== state.total || etag !== state.etag || modified !== state.modified) {
      throw this.#fault('must stay the same while it is read. It has changed', range.start)
    }
  }

  #state({ headers }: HttpResponse, start: number): FileState {
    const packing = headers.get('content-encoding') ?? 'identity'
    if (packing !== 'identity') {
      throw new UnsupportedError(
        `bytes: server must send parts of the file unpacked. Received ${packing} (${this.#name}).`,
      )
    }
    const told = /^bytes (\d+)-(\d+)\/(\d+)$/i.exec(headers.get('content-range') ?? '')
    const total = Number(told?.[3])
    if (Number(told?.[1]) !== start || !Number.isSafeInteger(total) || total <= start) {
      throw this.#fault(
        `must tell which bytes it sends, from ${start} on. Received Content-Range ${JSON.stringify(headers.get('content-range'))}`,
        start,
      )
    }
    return { total, etag: headers.get('etag'), modified: headers.get('last-modified') }
  }

  #send(
    { start, end }: ByteRange,
    extra: Readonly<Record<string, string>>,
    maxBytes: number,
    signal: AbortSignal | undefined,
  ): Promise<HttpResponse> {
    return request(this.#url, {
      ...this.#request,
      headers: {
        ...this.#request.headers,
        'accept-encoding': 'identity',
        range: `bytes=${start}-${end - 1}`,
        ...extra,
      },
      acceptStatus: (status) => status === 206 || status === 200 || status === 416,
      maxBytes,
      signal,
    })
  }

  #fault(rule: string, offset: number): FormatError {
    return new FormatError(`bytes: file on the server ${rule}.`, { source: this.#name, offset })
  }
}
