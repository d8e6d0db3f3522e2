import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A server of this machine alone, which counts what it is asked. */
export interface FaultServer {
  readonly url: string
  /** Paths in the order of their requests. */
  readonly asked: string[]
  close(): Promise<void>
}

/** Serves by the first part of each path. */
export async function serve(
  routes: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse, count: number) => void>>,
): Promise<FaultServer> {
  const asked: string[] = []
  const counts = new Map<string, number>()
  const listener: RequestListener = (request, response) => {
    const path = request.url ?? '/'
    asked.push(path)
    const count = (counts.get(path) ?? 0) + 1
    counts.set(path, count)
    const route = routes[path.split(/[/?]/)[1] ?? '']
    if (route) route(request, response, count)
    else response.writeHead(404).end()
  }
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** An address of this machine where nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = await serve({})
  await server.close()
  return server.url
}
