import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Outcome } from './simulation.js'

export interface ManyOptions {
  /** as many as there are cores, unless told */
  readonly threads?: number
  readonly progress?: (done: number, failed: number) => void
}

/** What the main thread tells a thread: seeds to simulate, from … below. */
export interface Chunk {
  readonly from: number
  readonly below: number
}

/** What a thread answers. */
export interface ChunkOutcome {
  readonly failures: Pick<Outcome, 'seed' | 'failure'>[]
  readonly tasks: number
}

const CHUNK = 20

/** Simulates the seeds from `from` on, on several threads. Failures come in the order of their seeds. */
export async function simulateMany(from: number, count: number, { threads, progress }: ManyOptions = {}): Promise<ChunkOutcome> {
  const failures: Pick<Outcome, 'seed' | 'failure'>[] = []
  let tasks = 0
  let next = from
  let done = 0
  const end = from + count
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const thread = new Worker(new URL('./seed-thread.js', import.meta.url))
      const give = (): void => {
        if (next >= end) {
          void thread.terminate()
          resolve()
          return
        }
        const chunk: Chunk = { from: next, below: Math.min(end, next + CHUNK) }
        next = chunk.below
        thread.postMessage(chunk)
        thread.once('message', (outcome: ChunkOutcome) => {
          failures.push(...outcome.failures)
          tasks += outcome.tasks
          done += chunk.below - chunk.from
          progress?.(done, failures.length)
          give()
        })
      }
      thread.once('error', reject)
      give()
    })
  await Promise.all(Array.from({ length: Math.min(threads ?? availableParallelism(), Math.ceil(count / CHUNK)) }, work))
  return { failures: failures.sort((a, b) => a.seed - b.seed), tasks }
}
