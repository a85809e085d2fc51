import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { MessageSocket } from './on-demand.js'

/** Browsers ask short questions. */
const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: 64 * 1024, perMessageDeflate: false })

/** See `acceptMessages` of the folder's face. */
export function acceptMessages(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<MessageSocket> {
  return new Promise((resolve) => {
    server.handleUpgrade(request, socket, head, (webSocket) => resolve(new Messages(webSocket)))
  })
}

class Messages implements MessageSocket {
  readonly #webSocket: WebSocket
  onText: (text: string) => void = () => undefined
  onClose: () => void = () => undefined

  constructor(webSocket: WebSocket) {
    this.#webSocket = webSocket
    webSocket.on('message', (data, isBinary) => {
      if (isBinary) webSocket.terminate()
      else this.onText((data as Buffer).toString('utf8'))
    })
    // 'close' follows, and is all that matters.
    webSocket.on('error', () => webSocket.terminate())
    webSocket.on('close', () => this.onClose())
  }

  get waiting(): number {
    return this.#webSocket.bufferedAmount
  }

  send(message: string | Uint8Array): void {
    if (this.#webSocket.readyState === this.#webSocket.OPEN) this.#webSocket.send(message)
  }

  close(): void {
    this.#webSocket.terminate()
  }
}
