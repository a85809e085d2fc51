import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { asError, HeddleError } from '../base/index.js'
import { config } from '../config/index.js'
import { CredentialsError, FileChangedError, FileError, FileNotFoundError, RemoteError } from './errors.js'
import type { FileInfo } from './store.js'

/** An error as plain data: its class does not survive the way between threads. */
export interface Failure {
  readonly name: string
  readonly message: string
  readonly path?: string
  readonly folder?: string
  readonly status?: number
}

/** What the thread says in the end. */
export type Resolved = { readonly files: FileInfo[] } | { readonly failure: Failure }

const START = 30_000

/**
 * Resolves names by a thread while this one stands still: asking a server takes waiting, and who plans a collection wants to
 * know its partitions at once.
 */
export function resolveApart(names: readonly string[]): FileInfo[] {
  const state = new Int32Array(new SharedArrayBuffer(4))
  const { port1, port2 } = new MessageChannel()
  const thread = new Worker(new URL('./resolve-thread.js', import.meta.url), {
    workerData: { names, settings: config.get('filesystem'), state, port: port2 },
    transferList: [port2],
    execArgv: [],
  })
  thread.unref()
  // It is ended below, also in the middle of things; what it could not start with is told below too.
  thread.on('error', () => undefined)
  try {
    Atomics.wait(state, 0, 0, START)
    if (Atomics.load(state, 0) === 0) {
      throw new HeddleError(`The thread that looks for ${names.join(', ')} did not start within ${START / 1000} s`)
    }
    Atomics.wait(state, 0, 1)
    const { message } = receiveMessageOnPort(port1) as { message: Resolved }
    if ('files' in message) return message.files
    throw errorOf(message.failure)
  } finally {
    port1.close()
    void thread.terminate()
  }
}

/** An error as the thread sends it. */
export function failureOf(thrown: unknown): Failure {
  const error = asError(thrown)
  const { path, folder, status } = error as Partial<RemoteError & FileNotFoundError>
  return {
    name: error.name,
    message: error.message,
    ...(path !== undefined && { path }),
    ...(folder !== undefined && { folder }),
    ...(status !== undefined && { status }),
  }
}

/** The error that the thread had. */
export function errorOf({ name, message, path = '', folder = '', status }: Failure): Error {
  switch (name) {
    case 'FileNotFoundError':
      return new FileNotFoundError(message, path, folder)
    case 'RemoteError':
      return new RemoteError(message, path, status)
    case 'FileChangedError':
      return new FileChangedError(path)
    case 'FileError':
      return new FileError(message, path)
    case 'CredentialsError':
      return new CredentialsError(message)
    default:
      return new HeddleError(message)
  }
}
