import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** An S3 server (s3rver, which checks every signature) with an empty bucket `looms`, and an HTTP server, in another thread. */
export class Servers {
  readonly #thread: Worker
  readonly s3: string
  readonly http: string

  private constructor(thread: Worker, addresses: { s3: string; http: string }) {
    this.#thread = thread
    this.s3 = addresses.s3
    this.http = addresses.http
  }

  static async start(): Promise<Servers> {
    const thread = new Worker(new URL('./servers-entry.js', import.meta.url))
    const [addresses] = (await once(thread, 'message')) as [{ s3: string; http: string }]
    // Not the settings: threads that compute read the environment.
    Object.assign(process.env, {
      AWS_ACCESS_KEY_ID: 'S3RVER',
      AWS_SECRET_ACCESS_KEY: 'S3RVER',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: addresses.s3,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    })
    return new Servers(thread, addresses)
  }

  /** Makes the HTTP server have a file. */
  async keep(path: string, content: Uint8Array, ranges = true): Promise<string> {
    this.#thread.postMessage({ path, content, ranges })
    await once(this.#thread, 'message')
    return this.http + path
  }

  async stop(): Promise<void> {
    this.#thread.postMessage('stop')
    await once(this.#thread, 'exit')
  }
}
