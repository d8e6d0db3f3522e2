import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { encodeFitsImage } from '@astronomaly/fits'

/** What goes wrong, each with one object in twenty; the other eleven are well. */
export const faults = [
  ...['refused', 'status', 'busy', 'hang', 'drip', 'truncated', 'wrong-type', 'html', 'redirect'],
] as const

/** The fault of an object. One in ten of those with a fault never works; the others work from the second try on. */
export function faultOf(i: number): { readonly fault: (typeof faults)[number] | undefined; readonly forever: boolean } {
  return { fault: faults[i % 20], forever: Math.floor(i / 20) % 10 === 0 }
}

/** The journal's word for a fault that never ends. */
export const reasonOf: Readonly<Record<(typeof faults)[number], string>> = {
  ...{ refused: 'refused', status: 'status', busy: 'status', hang: 'timeout', drip: 'timeout' },
  ...{ truncated: 'truncated', 'wrong-type': 'wrong-type', html: 'html', redirect: 'redirect' },
}

/** The file of an object: a FITS image of 10 x 10 pixels that hold its number. */
export function contentOf(i: number): Uint8Array {
  return encodeFitsImage({ data: new Int32Array(100).fill(i), shape: [10, 10] })
}

/** A service of this machine alone. */
export interface FaultyService {
  readonly url: string
  /** How often each object's file was sent whole. */
  readonly sent: Uint32Array
  close(): Promise<void>
}

/**
 * Serves `count` objects with their faults, whoever asks and however often it is killed.
 *
 * @param slow - Whether there are those that take long: `'hang'` and `'drip'`.
 */
export async function serveFaults(count: number, slow = true): Promise<FaultyService> {
  const tries = new Uint32Array(count)
  const sent = new Uint32Array(count)
  const dead = `http://127.0.0.1:${await deadPort()}/`
  const deliver = (response: ServerResponse, i: number): void => {
    response.end(contentOf(i), () => sent[i]!++)
  }
  const server = createServer((request, response) => {
    const [, place = '', moved] = (request.url ?? '').split('/')
    const i = Number(place)
    const { fault, forever } = faultOf(i)
    if (moved !== undefined && !forever) {
      deliver(response, i)
      return
    }
    const again = tries[i]!++ > 0
    const well = fault === undefined || (!slow && (fault === 'hang' || fault === 'drip'))
    if (well || (again && !forever)) {
      deliver(response, i)
      return
    }
    const content = contentOf(i)
    switch (fault) {
      case 'refused':
        response.writeHead(302, { location: dead }).end()
        break
      case 'status':
        response.writeHead([500, 502, 503, 504][i % 4]!).end('down')
        break
      case 'busy':
        response.writeHead(429, { 'retry-after': i % 2 ? '1' : new Date(Date.now() + 5000).toUTCString() }).end()
        break
      case 'hang':
        break
      case 'drip': {
        response.writeHead(200, { 'content-length': content.length })
        let at = 0
        const timer = setInterval(() => response.write(content.subarray(at, ++at)), 100)
        response.on('close', () => clearInterval(timer))
        break
      }
      case 'truncated': {
        // Every other time the length that is announced is that of the part, as from a service that lost the rest itself.
        const part = content.subarray(0, 2880 + 17)
        if (i % 40 < 20) response.writeHead(200, { 'content-length': part.length }).end(part)
        else response.writeHead(200, { 'content-length': content.length }).write(part, () => response.destroy())
        break
      }
      case 'wrong-type':
        response.writeHead(200, { 'content-type': 'image/fits' }).end(Buffer.from('iVBORw0KGgoAAAANSUhEUgAA', 'base64'))
        break
      case 'html':
        response.writeHead(200, { 'content-type': 'image/fits' }).end('<!DOCTYPE html><html>Try again later</html>')
        break
      case 'redirect':
        response.writeHead(302, { location: `/${i}/moved` }).end()
        break
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** A port where nobody listens, and which no outgoing connection gets: those are numbered from 32768. */
async function deadPort(): Promise<number> {
  for (let port = 20_011; port < 32_768; port++) {
    const free = await new Promise<boolean>((resolve) => {
      const server = createTcpServer()
      server.on('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
    })
    if (free) return port
  }
  throw new Error('no port is free')
}
