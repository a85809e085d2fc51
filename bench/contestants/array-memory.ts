import { Worker } from 'node:worker_threads'
import { type Reply, serve } from '../contestant.js'

/** What two bare threads do with arrays, each with its own half: how fast memory is. */
const work: Readonly<Record<string, string>> = {
  copying: 'to.set(from)',
  // Looks for a byte that they have not.
  reading: 'for (const a of [from, to]) if (Buffer.from(a.buffer).indexOf(7) !== -1) throw new Error()',
}

async function bareThreads(what: string, n: number, chunk: number): Promise<Worker[]> {
  const code = `const { parentPort, workerData: { parts, length } } = require('node:worker_threads')
    const pairs = Array.from({ length: parts }, () => [new Float64Array(length).fill(1), new Float64Array(length).fill(2)])
    parentPort.on('message', () => { for (const [from, to] of pairs) { ${work[what]!} }; parentPort.postMessage(0) })
    parentPort.postMessage(0)`
  const workers = [0, 1].map(() => new Worker(code, { eval: true, workerData: { parts: n / chunk / 2, length: chunk } }))
  await Promise.all(workers.map(answer))
  return workers
}

const answer = (worker: Worker): Promise<unknown> => new Promise((resolve) => worker.once('message', resolve))

let current: { readonly key: string; readonly workers: readonly Worker[] } | undefined

/** Seconds are those of the slower. */
await serve('bare threads', [], async ({ question, n, chunk }): Promise<Reply> => {
  const key = `${question as string} ${n as number}`
  if (current?.key !== key) {
    await Promise.all(current?.workers.map((worker) => worker.terminate()) ?? [])
    current = { key, workers: await bareThreads(question as string, n as number, chunk as number) }
  }
  const started = performance.now()
  const answers = current.workers.map(answer)
  for (const worker of current.workers) worker.postMessage(0)
  await Promise.all(answers)
  return { figures: { seconds: (performance.now() - started) / 1000 } }
})
