import { readFile } from 'node:fs/promises'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'
import type { Duplex } from 'node:stream'
import { AddressInUse, type Credentials, ListenError, Security, acceptMessages, keyFor } from '../../comm/index.js'
import { config } from '../../config/index.js'
import { Access, type Verdict } from './access.js'
import { servePage } from './page-connection.js'
import type { DashboardSource } from './source.js'

/** The port that the setting 'auto' tries first. */
const USUAL_PORT = 8787

export interface DashboardOptions {
  readonly source: DashboardSource
  readonly credentials: Credentials
  /** the setting `dashboard.host` unless told */
  readonly host?: string
  /** the setting `dashboard.port` unless told; 0: any */
  readonly port?: number
  /** what else is answered to those who have the key, by path */
  readonly routes?: Readonly<Record<string, () => Promise<RouteAnswer>>>
  /** lets the program end while it serves */
  readonly unreferenced?: boolean
}

export interface RouteAnswer {
  readonly type: string
  readonly body: string
}

interface Asset {
  readonly type: string
  readonly file: URL
}

const assets: Readonly<Record<string, Asset>> = {
  '/': { type: 'text/html; charset=utf-8', file: new URL('../web/page.html', import.meta.url) },
  '/page.js': { type: 'text/javascript; charset=utf-8', file: new URL('../web/page.js', import.meta.url) },
  '/page.css': { type: 'text/css; charset=utf-8', file: new URL('../web/page.css', import.meta.url) },
}

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
}

/** Serves the page that shows what goes on. Nothing is computed while nobody looks. */
export class DashboardServer {
  /** without the key */
  readonly address: string
  readonly #http: Server
  readonly #options: DashboardOptions
  readonly #access: Access
  readonly #sockets = new Set<Socket>()
  readonly #ends = new Set<() => void>()

  private constructor(http: Server, options: DashboardOptions, host: string, secure: boolean) {
    this.#http = http
    this.#options = options
    const { port } = http.address() as AddressInfo
    const everywhere = host === '0.0.0.0' || host === '::'
    const shown = everywhere ? hostname() : host
    this.address = `${secure ? 'https' : 'http'}://${shown.includes(':') ? `[${shown}]` : shown}:${port}`
    const key = keyFor('dashboard', options.credentials)
    this.#access = new Access({ key, port, secure, names: [...namesOf(host), ...config.get('dashboard.names')] })
    http.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      if (options.unreferenced) socket.unref()
      socket.on('close', () => this.#sockets.delete(socket))
    })
    http.on('request', (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response))
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => void this.#upgrade(request, socket, head))
    if (options.unreferenced) http.unref()
  }

  /** @throws AddressInUse, ListenError */
  static async start(options: DashboardOptions): Promise<DashboardServer> {
    const host = options.host ?? config.get('dashboard.host')
    const wish = options.port ?? config.get('dashboard.port')
    const secure = !isLoopback(host)
    const tls = secure ? (options.credentials.tls ?? (await Security.temporary()).tls!) : undefined
    const make = async (): Promise<Server> => {
      if (!tls) return createServer()
      const { createServer: createSecureServer } = await import('node:https')
      return createSecureServer({ cert: tls.cert, key: tls.key, minVersion: 'TLSv1.2' })
    }
    const tries = wish === 'auto' ? [USUAL_PORT, 0] : [wish]
    for (const [i, port] of tries.entries()) {
      const http = await make()
      try {
        await listening(http, host, port)
        return new DashboardServer(http, options, host, secure)
      } catch (thrown) {
        const error = thrown as NodeJS.ErrnoException
        if (error.code !== 'EADDRINUSE')
          throw new ListenError(`the dashboard cannot listen at ${host}:${port} (dashboard.host): ${error.message}`, {
            cause: error,
          })
        if (i === tries.length - 1)
          throw new AddressInUse(`${host}:${port} is taken: give the dashboard another port (dashboard.port), or 0 for any`, {
            cause: error,
          })
      }
    }
    throw new ListenError('the dashboard has no port to listen at')
  }

  async close(): Promise<void> {
    for (const end of this.#ends) end()
    const closed = new Promise<void>((resolve) => {
      this.#http.close(() => resolve())
    })
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = urlOf(request)
    // Browsers ask for it unasked, before they have the cookie; it says nothing to anybody.
    if (url.pathname === '/favicon.ico') {
      response.writeHead(204, HEADERS).end()
      return
    }
    const verdict = this.#access.check(url, request.headers, false)
    if (verdict.kind === 'refused') {
      send(response, verdict.status, 'text/plain; charset=utf-8', `${verdict.why}\n`)
      return
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, 405, 'text/plain; charset=utf-8', 'Only GET is answered.\n')
      return
    }
    // Not by a redirect: a browser would keep the cookie back from one that another site's link began. The page takes the key
    // out of its address as its first act.
    if (verdict.kind === 'cookie') response.setHeader('Set-Cookie', verdict.cookie)
    const route = this.#options.routes?.[url.pathname]
    const asset = Object.hasOwn(assets, url.pathname) ? assets[url.pathname] : undefined
    try {
      if (route) {
        const { type, body } = await route()
        send(response, 200, type, body)
      } else if (asset) send(response, 200, asset.type, await readFile(asset.file))
      else send(response, 404, 'text/plain; charset=utf-8', 'There is nothing here.\n')
    } catch (error) {
      send(response, 500, 'text/plain; charset=utf-8', `${(error as Error).message}\n`)
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy())
    const url = urlOf(request)
    const verdict = this.#access.check(url, request.headers, true)
    if (verdict.kind !== 'welcome' || url.pathname !== '/feed') {
      refuse(socket, verdict)
      return
    }
    const messages = await acceptMessages(request, socket, head)
    const end = servePage(this.#options.source, messages)
    this.#ends.add(end)
    socket.on('close', () => {
      end()
      this.#ends.delete(end)
    })
  }
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
  response.end(body)
}

function refuse(socket: Duplex, verdict: Verdict): void {
  const status = verdict.kind === 'refused' ? verdict.status : 404
  socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
}

function urlOf({ url = '/' }: IncomingMessage): URL {
  // Only its path and its query are of interest; what is no path is none of ours.
  return URL.canParse(url, 'http://localhost') ? new URL(url, 'http://localhost') : new URL('http://localhost/nothing')
}

function listening(http: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      resolve()
    })
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

function namesOf(host: string): string[] {
  const own = ['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host]
  if (isLoopback(host)) return own
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
  return [
    ...own,
    hostname(),
    hostname().split('.')[0]!,
    ...addresses.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address)),
  ]
}
