import { parentPort } from 'node:worker_threads'
import { simulateCoordination } from './coordination.js'
import type { Chunk, ChunkOutcome } from './many.js'
import { type Outcome, simulate } from './simulation.js'

parentPort!.on('message', ({ from, below }: Chunk) => void work(from, below))

async function work(from: number, below: number): Promise<void> {
  const failures: Pick<Outcome, 'seed' | 'failure'>[] = []
  let tasks = 0
  for (let seed = from; seed < below; seed++) {
    const one = await simulate(seed)
    tasks += one.tasks
    for (const { failure } of [one, await simulateCoordination(seed)]) if (failure !== undefined) failures.push({ seed, failure })
  }
  parentPort!.postMessage({ failures, tasks } satisfies ChunkOutcome)
}
