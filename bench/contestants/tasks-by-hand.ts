import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { serve } from '../contestant.js'

// The least that two threads need for the same results: arrays of 256 numbers there and back, and nothing else: no order,
// no retries, no errors, no memory of what ran where.
const BATCH = 256

if (isMainThread) {
  const file = fileURLToPath(import.meta.url)
  const workers = [new Worker(file), new Worker(file)]
  await serve('a hand-written loop over batches', [], async ({ tasks }) => {
    const n = tasks as number
    const started = performance.now()
    const results = await runOn(workers, n)
    const ended = performance.now()
    const total = results.reduce((sum, x) => sum + x, 0)
    return { figures: { endToEnd: (ended - started) / n, run: (ended - started) / n }, check: total }
  })
} else {
  const port = parentPort!
  port.on('message', ([from, batch]: [number, number[]]) => {
    port.postMessage([from, batch.map((x) => x + 1)])
  })
}

function runOn(workers: readonly Worker[], n: number): Promise<number[]> {
  const results = new Array<number>(n)
  let next = 0
  let missing = n
  const send = (worker: Worker): void => {
    if (next >= n) return
    const from = next
    next = Math.min(n, from + BATCH)
    worker.postMessage([from, Array.from({ length: next - from }, (_, i) => from + i)])
  }
  return new Promise((resolve) => {
    for (const worker of workers) {
      worker.removeAllListeners('message')
      worker.on('message', ([from, batch]: [number, number[]]) => {
        for (let i = 0; i < batch.length; i++) results[from + i] = batch[i]!
        missing -= batch.length
        if (missing === 0) resolve(results)
        else send(worker)
      })
      // Two under way, so that a thread does not wait for the next.
      send(worker)
      send(worker)
    }
  })
}
