import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What goes wrong with the next requests, one after the other; after them nothing does. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: { readonly [name: string]: string } }
  /** the connection is cut before an answer */
  | { readonly kind: 'reset' }
  /** the connection is cut after so many bytes of the body */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** the head never comes */
  | { readonly kind: 'silence' }
  /** the request passes */
  | { readonly kind: 'none' }

/** A real HTTP server of files in memory, which misbehaves as told. */
export class FaultyServer {
  readonly files = new Map<string, Buffer>()
  readonly faults: Fault[] = []
  /** Method, path and range of every request. */
  readonly requests: string[] = []
  ranges = true
  lengths = true
  tags = true
  readonly #server: Server = createServer((request, response) => this.#answer(request, response))

  async start(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((done) => this.#server.close(done))
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url!, 'http://host').pathname)
    this.requests.push(`${request.method} ${path} ${request.headers.range ?? 'whole'}`)
    const fault = this.faults.shift() ?? { kind: 'none' }
    if (fault.kind === 'silence') return
    if (fault.kind === 'reset') return void request.socket.destroy()
    if (fault.kind === 'status') return void response.writeHead(fault.status, fault.headers).end('out of order')
    if (path.startsWith('/moved/')) return void response.writeHead(302, { location: path.slice('/moved'.length) }).end()
    if (path.startsWith('/private/') && request.headers.authorization !== `Basic ${btoa('ann:s3cret')}`) {
      return void response.writeHead(401).end()
    }
    const content = this.files.get(path)
    if (content === undefined) return void response.writeHead(404).end('no such file')
    const tag = `"${createHash('md5').update(content).digest('hex')}"`
    const wanted = request.headers['if-match']
    if (this.tags && wanted !== undefined && wanted !== tag) return void response.writeHead(412).end()
    const headers: Record<string, string> = { 'last-modified': 'Tue, 15 Nov 1994 12:45:26 GMT', ...(this.tags && { etag: tag }) }
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec((this.ranges && request.headers.range) || '') ?? []
    let body = content
    let status = 200
    if (from !== undefined) {
      const [start, last] = [Number(from), Math.min(content.length, to === '' ? content.length : Number(to) + 1) - 1]
      if (start >= content.length) return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
      body = content.subarray(start, last + 1)
      status = 206
      headers['content-range'] = `bytes ${start}-${last}/${content.length}`
    }
    if (this.lengths) headers['content-length'] = String(body.length)
    response.writeHead(status, headers)
    if (fault.kind === 'cut') response.write(body.subarray(0, fault.bytes), () => request.socket.destroy())
    else response.end(body)
  }
}
