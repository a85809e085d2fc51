import { createHash, timingSafeEqual } from 'node:crypto'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { AddressInUse, type Credentials, ListenError, keyFor } from '../comm/index.js'
import { EXPOSITION_TYPE, type MetricFamily, formatMetrics } from './exposition.js'
import { processMetrics } from './process-metrics.js'

export interface MetricsServerOptions {
  readonly credentials: Credentials
  readonly host: string
  /** 0: any that is free */
  readonly port: number
  /** what is told beside what every process tells */
  readonly collect: () => readonly MetricFamily[]
}

/** Serves metrics at /metrics, to those who bring the key of the dashboard as a bearer token. Keeps no program alive. */
export class MetricsServer {
  /** 'http://127.0.0.1:9090/metrics' */
  readonly address: string
  readonly #http: Server

  private constructor(http: Server, host: string) {
    this.#http = http
    const { port } = http.address() as AddressInfo
    this.address = `http://${host.includes(':') ? `[${host}]` : host}:${port}/metrics`
  }

  /** @throws AddressInUse, ListenError */
  static async start({ credentials, host, port, collect }: MetricsServerOptions): Promise<MetricsServer> {
    const key = digestOf(keyFor('dashboard', credentials))
    const http = createServer((request, response) => {
      const send = (status: number, type: string, body: string): void => {
        response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' })
        response.end(request.method === 'HEAD' ? undefined : body)
      }
      const given = request.headers.authorization?.match(/^Bearer (\S+)$/i)?.[1]
      if (given === undefined || !timingSafeEqual(digestOf(given), key)) {
        response.setHeader('WWW-Authenticate', 'Bearer')
        send(401, 'text/plain; charset=utf-8', 'The key is missing or wrong.\n')
      } else if (request.method !== 'GET' && request.method !== 'HEAD') {
        send(405, 'text/plain; charset=utf-8', 'Only GET is answered.\n')
      } else if (request.url?.split('?')[0] !== '/metrics') {
        send(404, 'text/plain; charset=utf-8', 'There is nothing here but /metrics.\n')
      } else send(200, EXPOSITION_TYPE, formatMetrics([...collect(), ...processMetrics()]))
    })
    http.unref()
    http.on('connection', (socket) => socket.unref())
    await new Promise<void>((resolve, reject) => {
      http.once('error', (error: NodeJS.ErrnoException) => {
        const place = `metrics cannot be served at ${host}:${port} (metrics.host, metrics.port): ${error.message}`
        reject(error.code === 'EADDRINUSE' ? new AddressInUse(place, { cause: error }) : new ListenError(place, { cause: error }))
      })
      http.listen(port, host, resolve)
    })
    return new MetricsServer(http, host)
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#http.close(() => resolve())
      this.#http.closeAllConnections()
    })
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
