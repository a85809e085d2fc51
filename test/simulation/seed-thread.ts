import { parentPort } from 'node:worker_threads'
import type { Chunk, ChunkOutcome } from './many.js'
import { simulate } from './simulation.js'

parentPort!.on('message', ({ from, below }: Chunk) => {
  const outcome: ChunkOutcome = { failures: [], tasks: 0 }
  let tasks = 0
  for (let seed = from; seed < below; seed++) {
    const one = simulate(seed)
    tasks += one.tasks
    if (one.failure !== undefined) outcome.failures.push(one)
  }
  parentPort!.postMessage({ ...outcome, tasks })
})
