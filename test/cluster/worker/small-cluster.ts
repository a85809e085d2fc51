import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '../../../src/client/index.js'
import { SchedulerServer, WorkerServer } from '../../../src/cluster/index.js'
import { type Credentials, generateToken } from '../../../src/comm/index.js'

/** Numbers in a value of 1 MB. */
export const LENGTH = 2 ** 17
const LIMIT = 20_000_000

export interface SmallClusterOptions {
  readonly workers?: number
  readonly memoryLimit?: number
  /** where values go that leave memory; a new folder unless given */
  readonly directory?: string
  /** the bytes that a worker process seems to take: the tests' own process says nothing */
  readonly processBytes?: () => number
}

/** A scheduler, workers of 20 MB and a client in this process. */
export class SmallCluster implements AsyncDisposable {
  readonly workers: WorkerServer[] = []
  readonly directory: string
  readonly client: Client
  readonly #scheduler: SchedulerServer

  private constructor(scheduler: SchedulerServer, client: Client, directory: string) {
    this.#scheduler = scheduler
    this.client = client
    this.directory = directory
  }

  static async start(options: SmallClusterOptions = {}): Promise<SmallCluster> {
    const { workers = 1, directory = mkdtempSync(join(tmpdir(), 'heddle-test-')) } = options
    const { memoryLimit = LIMIT, processBytes = () => 0 } = options
    const credentials: Credentials = { token: generateToken() }
    const scheduler = await SchedulerServer.start({ credentials, addresses: ['tcp://127.0.0.1:0'] })
    const address = scheduler.addresses[0]!
    const client = await Client.open({ address, credentials, setAsDefault: false })
    const cluster = new SmallCluster(scheduler, client, directory)
    try {
      for (let i = 0; i < workers; i++) {
        const own = { scheduler: address, credentials, name: `w${i}`, threads: 1, listen: 'tcp://127.0.0.1:0' }
        cluster.workers.push(await WorkerServer.start({ ...own, localDirectory: directory, memoryLimit }, { processBytes }))
      }
    } catch (error) {
      await cluster.#end()
      throw error
    }
    return cluster
  }

  /** bytes of values in the memory of all workers, and on disk */
  get bytes(): { held: number; spilled: number } {
    const metrics = this.workers.map((worker) => worker.metrics())
    return {
      held: metrics.reduce((sum, { held }) => sum + held, 0),
      spilled: metrics.reduce((sum, { spilled }) => sum + spilled, 0),
    }
  }

  /** the folders of workers */
  get folders(): string[] {
    return readdirSync(this.directory).map((name) => join(this.directory, name))
  }

  /** the files with values */
  get files(): string[] {
    return this.folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.value'))
        .map((name) => join(folder, name)),
    )
  }

  /** Ends everything. Gives what is left in the directory. */
  async close(): Promise<string[]> {
    await this.#end()
    return readdirSync(this.directory)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
    rmSync(this.directory, { recursive: true, force: true })
  }

  async #end(): Promise<void> {
    await this.client.close()
    for (const worker of this.workers) await worker.close('the test is over')
    await this.#scheduler.close()
  }
}
