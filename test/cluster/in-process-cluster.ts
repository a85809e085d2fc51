import { tmpdir } from 'node:os'
import { Client } from '../../src/client/index.js'
import { SchedulerServer, WorkerServer } from '../../src/cluster/index.js'
import { type Credentials, generateToken } from '../../src/comm/index.js'
import { config } from '../../src/config/index.js'

export interface InProcessClusterOptions {
  readonly workers?: number
  readonly threads?: number
  readonly credentials?: Credentials
  /** where each listens, by name */
  readonly listen?: (name: string) => string
}

/** A scheduler, workers and a client in this process, over real sockets, whose scheduler checks every invariant. */
export class InProcessCluster {
  readonly scheduler: SchedulerServer
  readonly workers: WorkerServer[] = []
  readonly client: Client
  readonly credentials: Credentials

  private constructor(scheduler: SchedulerServer, workers: WorkerServer[], client: Client, credentials: Credentials) {
    this.scheduler = scheduler
    this.workers = workers
    this.client = client
    this.credentials = credentials
  }

  static async start({
    workers = 2,
    threads = 1,
    credentials = { token: generateToken() },
    listen = () => 'tcp://127.0.0.1:0',
  }: InProcessClusterOptions = {}): Promise<InProcessCluster> {
    const scheduler = await config.with({ scheduler: { validate: true } }, () =>
      SchedulerServer.start({ credentials, addresses: [listen('scheduler')] }),
    )
    const address = scheduler.addresses[0]!
    const started = await Promise.all(
      Array.from({ length: workers }, (_, i) =>
        WorkerServer.start({
          scheduler: address,
          credentials,
          name: `worker-${i}`,
          threads,
          listen: listen(`worker-${i}`),
          localDirectory: tmpdir(),
        }),
      ),
    )
    const client = await Client.open({ address, credentials, setAsDefault: false })
    await client.waitForWorkers(workers)
    return new InProcessCluster(scheduler, started, client, credentials)
  }

  get address(): string {
    return this.scheduler.addresses[0]!
  }

  async close(): Promise<void> {
    await this.client.close()
    await Promise.all(this.workers.map((worker) => worker.close('the test is over')))
    await this.scheduler.close()
  }
}
