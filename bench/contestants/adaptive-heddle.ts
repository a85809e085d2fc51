import { setTimeout as pause } from 'node:timers/promises'
import { Client } from '../../src/client/index.js'
import { LocalCluster } from '../../src/deploy/index.js'
import { type Reply, type Request, serve } from '../contestant.js'

// An adaptive cluster of worker processes of one thread, with the settings that everybody has: bursts of tasks, between which
// what is left would do with fewer workers for less time than it takes to be sure of that; then nothing.

/** Milliseconds between two looks at the cluster. */
const LOOK = 20

/** Occupies its thread without any work, so that more workers than cores are of use. */
function occupy(milliseconds: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  return milliseconds
}

type Parameter = 'maximum' | 'bursts' | 'tasks' | 'milliseconds' | 'apart'

async function upAndDown(request: Request): Promise<Reply> {
  const { maximum, bursts, tasks, milliseconds, apart } = request as Request & Record<Parameter, number>
  const cluster = await LocalCluster.start({ workers: 0, threadsPerWorker: 1, memoryLimit: '500 MB' })
  const client = await Client.connect(cluster, { setAsDefault: false })
  try {
    const adaptive = cluster.adapt({ minimum: 0, maximum })
    const started = performance.now()
    const seconds = (): number => (performance.now() - started) / 1000
    const burst = async (): Promise<number> => {
      const futures = client.map(occupy, Array<number>(tasks).fill(milliseconds))
      const results = await client.gather(futures)
      for (const future of futures) future.release()
      return results.length
    }
    const joined = client.waitForWorkers(maximum).then(seconds)
    const results: Promise<number>[] = []
    for (let n = 0; n < bursts; n++) {
      if (n > 0) await pause(apart)
      results.push(burst())
    }
    const counts = await Promise.all(results)
    const end = seconds()
    while (cluster.workers.length > 0 || (await client.workers()).length > 0) await pause(LOOK)
    const gone = seconds() - end
    const { log } = adaptive
    if (log.some(({ kind }) => kind === 'failed')) throw new Error(`a step failed: ${JSON.stringify(log)}`)
    const asked = log.reduce((sum, { kind, from, to }) => sum + (kind === 'up' ? to - from : 0), 0)
    const turns = log.filter(({ kind }, n) => n > 0 && kind !== log[n - 1]!.kind).length
    const figures = { asked, turns, joined: await joined, gone, seconds: end }
    return { figures, check: counts.reduce((sum, count) => sum + count) }
  } finally {
    await client.close()
    await cluster.close()
  }
}

await serve('Heddle', [], upAndDown)
