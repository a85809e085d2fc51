import * as bag from '../../src/bag/index.js'
import { Client } from '../../src/client/index.js'
import { type Reply, type Request, serve } from '../contestant.js'
import { Members } from './cluster-members.js'

// A remote client of a scheduler process and worker processes of one thread, each of which may take so many bytes; how many
// workers, how many bytes, and what share of them shuffles may hold, its arguments say.

const workers = Number(process.argv[2])
const memoryLimit = Number(process.argv[3])
if (process.argv[4] !== undefined) process.env.HEDDLE_SHUFFLE__MEMORY = process.argv[4]
const members = await Members.start(workers, memoryLimit)
const client = await Client.open({ address: members.address, credentials: members.credentials })
await client.waitForWorkers(workers)

interface Use {
  readonly mostOpen: number
  readonly peak: number
}

/** Numbers by key, all to all: gives how many there are in the groups. */
async function groups(records: number, partitions: number, keys: number): Promise<number> {
  return bag
    .range(records, { partitions })
    .map((value) => ({ key: (value * 7919) % keys, value }))
    .groupBy((record) => record.key, { partitions })
    .map(([, items]) => items.length)
    .sum()
    .compute({ executor: client })
}

async function timed(request: Request): Promise<Reply> {
  const { records, partitions, keys } = request as Request & { records: number; partitions: number; keys: number }
  const started = performance.now()
  const check = await groups(records, partitions, keys)
  const seconds = (performance.now() - started) / 1000
  const uses = await members.askWorkers<Use>('use')
  const sum = (of: (use: Use) => number): number => uses.reduce((total, use) => total + of(use), 0)
  return { figures: { seconds, peak: sum((use) => use.peak), open: sum((use) => use.mostOpen) }, check }
}

const measures: Record<string, (request: Request) => Promise<Reply>> = {
  group: timed,

  /** The same, undisturbed or with a worker killed after so many seconds. */
  async kill(request) {
    const { after } = request as Request & { after?: number }
    const timer = after === undefined ? undefined : setTimeout(() => members.killWorker(), after * 1000)
    const reply = await timed(request)
    if (timer) {
      clearTimeout(timer)
      if (members.workers.length === workers) throw new Error('all was done before a worker was killed')
      await members.addWorker()
      await client.waitForWorkers(workers)
    }
    return reply
  },
}

await serve('Heddle', [], (request) => measures[request.measure as string]!(request))
