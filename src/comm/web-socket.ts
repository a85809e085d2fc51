import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { WebSocket, WebSocketServer } from 'ws'
import { asError } from '../base/index.js'
import { type NetworkAddress, networkAddress } from './address.js'
import type { Credentials } from './comm.js'
import { ConnectError } from './errors.js'
import { connectError } from './open-socket.js'
import type { Pipe, PipeSink } from './pipe.js'
import { CLUSTER_TLS, bindingOf, tlsOf } from './tls.js'

/** What is handed over at once, and so the largest message; frames are cut into as many as they need. */
const BATCH = 256 * 1024
const SETTINGS = { maxPayload: BATCH, perMessageDeflate: false } as const

const server = new WebSocketServer({ noServer: true, clientTracking: false, ...SETTINGS })

/** The pipe of a request for a WebSocket. */
export function socketPipeOfUpgrade(request: IncomingMessage, socket: Socket, head: Buffer, ends: Ends): Promise<Pipe> {
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, (webSocket) => resolve(new WebSocketPipe(webSocket, socket, ends)))
  })
}

/** Connects a WebSocket: plain, or for wss:// with the certificates of both ends checked. */
export async function openWebSocket(
  { scheme, host, firstPort }: NetworkAddress,
  text: string,
  credentials: Credentials,
  signal: AbortSignal,
): Promise<Pipe> {
  const tls = scheme === 'wss' ? { ...(await tlsOf(credentials, text)), ...CLUSTER_TLS } : {}
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const webSocket = new WebSocket(networkAddress(scheme, host, firstPort), { ...SETTINGS, ...tls, followRedirects: false })
    const cancel = () => {
      reject(asError(signal.reason))
      webSocket.terminate()
    }
    signal.addEventListener('abort', cancel, { once: true })
    const failed = (error: Error) => {
      signal.removeEventListener('abort', cancel)
      reject(connectError(error, text))
    }
    webSocket.on('error', failed)
    webSocket.once('unexpected-response', (_request, response) => {
      failed(
        new ConnectError(`${text} answered with HTTP status ${response.statusCode}: it is not a Heddle that listens at ws://`),
      )
      webSocket.terminate()
    })
    webSocket.once('upgrade', (response) => {
      signal.removeEventListener('abort', cancel)
      const { socket } = response
      const local = networkAddress(scheme, socket.localAddress, socket.localPort)
      const binding = scheme === 'wss' ? bindingOf(socket as TLSSocket) : new Uint8Array(0)
      // The WebSocket takes the socket over at the end of this event; what has come already is told after that.
      const pipe = new WebSocketPipe(webSocket, socket, { peer: text, local, binding })
      webSocket.once('open', () => resolve(pipe))
    })
  })
}

interface Ends {
  readonly peer: string
  readonly local: string
  readonly binding: Uint8Array
}

/** The bytes of the messages of a WebSocket, one after the other: where one message ends means nothing. */
class WebSocketPipe implements Pipe {
  readonly peer: string
  readonly local: string
  readonly binding: Uint8Array
  readonly batch = BATCH
  readonly #webSocket: WebSocket
  readonly #socket: Socket
  #sink: PipeSink | undefined
  #early: Uint8Array[] = []
  #error: Error | undefined
  #gone = false

  constructor(webSocket: WebSocket, socket: Socket, ends: Ends) {
    this.#webSocket = webSocket
    this.#socket = socket
    this.peer = ends.peer
    this.local = ends.local
    this.binding = ends.binding
    webSocket.on('message', (data) => {
      if (this.#sink) this.#sink.data(data as Buffer)
      else this.#early.push(data as Buffer)
    })
    webSocket.on('error', (error) => {
      this.#error = error
    })
    webSocket.on('close', () => {
      this.#gone = true
      this.#sink?.gone(this.#error)
    })
    socket.setNoDelay(true)
    socket.setKeepAlive(true, 30_000)
  }

  read(sink: PipeSink): void {
    this.#sink = sink
    for (const chunk of this.#early.splice(0)) sink.data(chunk)
    if (this.#gone) sink.gone(this.#error)
  }

  write(parts: readonly Uint8Array[], done: () => void): void {
    const last = parts.length - 1
    this.#socket.cork()
    parts.forEach((part, i) =>
      this.#webSocket.send(part, (error) => {
        // Of a message that failed 'close' tells.
        if (i === last && !error) done()
      }),
    )
    this.#socket.uncork()
  }

  pause(): void {
    this.#webSocket.pause()
  }

  resume(): void {
    this.#webSocket.resume()
  }

  ref(): void {
    this.#socket.ref()
  }

  unref(): void {
    this.#socket.unref()
  }

  end(): void {
    this.#webSocket.close()
  }

  destroy(): void {
    this.#webSocket.terminate()
  }
}
