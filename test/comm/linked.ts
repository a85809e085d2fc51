import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Comm, type CommEvents, type Credentials, type Listener, Security, connect, listen } from '../../src/comm/index.js'

/** Every way to connect, as the address to listen at. */
export const TRANSPORTS: Record<string, () => string> = {
  tcp: () => 'tcp://127.0.0.1:0',
  'tcp over IPv6': () => 'tcp://[::1]:0',
  tls: () => 'tls://127.0.0.1:0',
  ws: () => 'ws://127.0.0.1:0',
  wss: () => 'wss://127.0.0.1:0',
  unix: () => `unix://${join(mkdtempSync(join(tmpdir(), 'heddle-comm-')), 'socket')}`,
  inproc: () => `inproc://test-${Math.random()}`,
}

export const credentials: Credentials = await Security.temporary()

export interface Received {
  readonly kind: number
  readonly body: Uint8Array
}

/** Collects what a connection tells, to be waited for. */
export class Recorder implements CommEvents {
  readonly frames: Received[] = []
  /** undefined until it was told; then what was told */
  end: { readonly error: Error | undefined } | undefined
  allocate?: (kind: number, length: number) => Uint8Array | undefined
  #waits: { met: () => boolean; resolve: () => void }[] = []

  readonly frame = (kind: number, body: Uint8Array): void => {
    this.frames.push({ kind, body })
    this.#look()
  }

  readonly closed = (error: Error | undefined): void => {
    if (this.end) throw new Error('closed was told twice')
    this.end = { error }
    this.#look()
  }

  /** Resolves when so many frames have come. */
  async received(count: number): Promise<readonly Received[]> {
    await this.until(() => this.frames.length >= count)
    return this.frames
  }

  async ended(): Promise<Error | undefined> {
    await this.until(() => this.end !== undefined)
    return this.end!.error
  }

  until(met: () => boolean): Promise<void> {
    if (met()) return Promise.resolve()
    return new Promise((resolve) => this.#waits.push({ met, resolve }))
  }

  #look(): void {
    this.#waits = this.#waits.filter(({ met, resolve }) => {
      if (met()) resolve()
      return !met()
    })
  }
}

export interface Linked {
  readonly listener: Listener
  /** the end that connected, and the end that was accepted */
  readonly near: Comm
  readonly far: Comm
  readonly nearEvents: Recorder
  readonly farEvents: Recorder
  end(): Promise<void>
}

/** Two ends of a connection, with all that they are told. */
export async function link(address: string, more: { maximumFrame?: number } = {}): Promise<Linked> {
  const nearEvents = new Recorder()
  const farEvents = new Recorder()
  let far: Comm | undefined
  const listener = await listen(address, {
    credentials,
    ...more,
    accept(comm) {
      if (far) return new Recorder()
      far = comm
      return farEvents
    },
  })
  const near = await connect(listener.address, { credentials, role: 'client', events: nearEvents })
  return {
    listener,
    near,
    far: far!,
    nearEvents,
    farEvents,
    async end() {
      await Promise.all([near.close(), far!.close(), listener.close()])
    },
  }
}

/** Bytes that tell where they belong: any shift or swap of some shows. */
export function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = seed * 2654435761 + 1
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    bytes[i] = state >>> 24
  }
  return bytes
}
