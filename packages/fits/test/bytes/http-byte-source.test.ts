import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FormatError, RequestError, UnsupportedError } from '@astronomaly/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ByteSource, httpByteSource } from '../../src/bytes/index.ts'
import { encodeFitsImage, openFits, readFitsImage } from '../../src/index.ts'

const pixels = Float32Array.from({ length: 400 * 500 }, (_, i) => i / 7)
const isSame = (data: ArrayLike<number>): boolean => pixels.every((value, i) => value === data[i])
const file = Buffer.from(encodeFitsImage({ data: pixels, shape: [400, 500] }))

/** How the server answers; what it was asked. */
type Behaviour = (request: IncomingMessage, response: ServerResponse, range: [number, number] | undefined) => void
let behave: Behaviour
let asked: (string | undefined)[] = []
let server: Server
let url: string

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push(request.headers.range)
    const told = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '')
    behave(request, response, told ? [Number(told[1]), Number(told[2])] : undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/picture.fits`
})
afterAll(() => new Promise((resolve) => server.close(resolve)))

const part = (response: ServerResponse, content: Buffer, [from, to]: [number, number], etag?: string): void => {
  const end = Math.min(to + 1, content.length)
  response.writeHead(206, {
    'content-range': `bytes ${from}-${end - 1}/${content.length}`,
    'content-length': end - from,
    ...(etag === undefined ? {} : { etag }),
  })
  response.end(content.subarray(from, end))
}
const sound: Behaviour = (_, response, range) => part(response, file, range!, '"one"')

async function open(behaviour: Behaviour, options: object = {}): Promise<ByteSource> {
  behave = behaviour
  asked = []
  return httpByteSource(url, { request: { retries: 0 }, ...options })
}

describe('a file on a server', () => {
  it('is read by ranges: its header by one request, a section by little more than its bytes', async () => {
    const source = await open(sound, { pageBytes: 8192 })
    expect(source).toMatchObject({ name: url, byteLength: file.length })
    const opened = await openFits(source)
    const hdu = await opened.hdu(0)
    expect(hdu.shape).toEqual([400, 500])
    expect(asked).toEqual(['bytes=0-8191', 'bytes=8192-16383'])
    const { data } = await readFitsImage(opened, {
      section: [
        [200, 204],
        [100, 110],
      ],
    })
    expect([...data.slice(0, 3)]).toEqual([...pixels.slice(200 * 500 + 100, 200 * 500 + 103)])
    // Rows of 2,000 bytes, four of them, lie in one page or two, which are asked for at once.
    expect(asked).toHaveLength(3)
    expect(isSame((await readFitsImage(opened)).data)).toBe(true)
  })

  it('is the same by whatever pages', async () => {
    for (const options of [{ pageBytes: 1000, pages: 1 }, { pageBytes: 2 ** 20 }, { pageBytes: 77, pages: 1000 }]) {
      const source = await open(sound, options)
      expect(Buffer.from(await source.slice(0, file.length)).equals(file)).toBe(true)
      expect(Buffer.from(await source.slice(5000, 5100))).toEqual(file.subarray(5000, 5100))
      expect(await source.slice(file.length - 5, file.length + 5)).toHaveLength(5)
    }
  })

  it('that is not served in parts is taken whole, within its bound', async () => {
    const whole: Behaviour = (_, response) => response.end(file)
    const source = await open(whole)
    expect(isSame((await readFitsImage(source)).data)).toBe(true)
    expect(asked).toHaveLength(1)
    await expect(open(whole, { maxBytes: 100_000 })).rejects.toThrow(RequestError)
  })

  it('that is empty has no bytes', async () => {
    const source = await open((_, response) => {
      response.writeHead(416, { 'content-range': 'bytes */0' })
      response.end()
    })
    expect(source.byteLength).toBe(0)
  })

  it('that has changed in between is an error, whether the server minds If-Range or not', async () => {
    let state = 1
    const minding: Behaviour = (request, response, range) => {
      const current = `"${state}"`
      if (request.headers['if-range'] && request.headers['if-range'] !== current) response.end(file)
      else part(response, file, range!, current)
    }
    const source = await open(minding, { pageBytes: 4096 })
    expect(await source.slice(10_000, 10_010)).toHaveLength(10)
    state = 2
    await expect(source.slice(50_000, 50_010)).rejects.toThrow(
      /must stay the same.*status 200.*picture\.fits, byte 49152/,
    )

    const careless = await open((_, response, range) => part(response, file, range!, `"${asked.length}"`), {
      pageBytes: 4096,
    })
    await expect(careless.slice(50_000, 50_010)).rejects.toThrow(/It has changed/)
    const longer = await open(
      (_, response, range) => part(response, asked.length > 1 ? Buffer.concat([file, file]) : file, range!),
      { pageBytes: 4096 },
    )
    await expect(longer.slice(50_000, 50_010)).rejects.toThrow(FormatError)
  })

  it.each<[string, Behaviour, new (...args: never[]) => Error, RegExp]>([
    [
      'no Content-Range',
      (_, response) => response.writeHead(206).end('abc'),
      FormatError,
      /must tell which bytes it sends, from 0 on. Received Content-Range null/,
    ],
    [
      'another range',
      (_, response) => response.writeHead(206, { 'content-range': 'bytes 5-7/100' }).end('abc'),
      FormatError,
      /from 0 on/,
    ],
    [
      'fewer bytes than it says',
      (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-99/1000' }).end('abc'),
      FormatError,
      /must send 1000 bytes. Received 3/,
    ],
    [
      'a packed part',
      (_, response) => response.writeHead(206, { 'content-range': 'bytes 0-2/3', 'content-encoding': 'br' }).end('abc'),
      UnsupportedError,
      /unpacked. Received br/,
    ],
    ['no such file', (_, response) => response.writeHead(404).end(), RequestError, /404/],
    ['no first byte', (_, response) => response.writeHead(416).end(), FormatError, /must serve its first bytes/],
  ])('is refused with %s', async (_, behaviour, kind, message) => {
    const error = await open(behaviour).catch((e: unknown) => e as Error)
    expect(error).toBeInstanceOf(kind)
    expect((error as Error).message).toMatch(message)
  })

  it('is tried again when an answer breaks', async () => {
    let broken = 0
    const source = await open(
      (_, response, range) => {
        if (range![0] > 0 && broken++ === 0) response.destroy()
        else part(response, file, range!, '"one"')
      },
      { pageBytes: 4096, request: { retries: 2, baseDelayMs: 1 } },
    )
    expect(Buffer.from(await source.slice(20_000, 20_010))).toEqual(file.subarray(20_000, 20_010))
    expect(broken).toBe(2)
  })

  it('is given up by an abort', async () => {
    const source = await open(sound, { pageBytes: 4096 })
    const controller = new AbortController()
    behave = () => controller.abort('enough')
    await expect(source.slice(100_000, 100_010, { signal: controller.signal })).rejects.toBe('enough')
    behave = sound
    expect(await source.slice(100_000, 100_010)).toHaveLength(10)
  })
})
