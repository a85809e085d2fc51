import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Client } from '../../src/client/index.js'
import type { DataFrame } from '../../src/dataframe/index.js'
import { LocalCluster } from '../../src/deploy/index.js'
import { type Reply, serve } from '../contestant.js'
import { questions } from '../dataframe-questions.js'

// In one process, or as a client of a cluster of so many worker processes of one thread.
const workers = Number(process.argv[2] ?? 0)
if (workers > 0) await Client.connect(await LocalCluster.start({ workers, threadsPerWorker: 1 }))

await serve(workers > 0 ? `Heddle, ${workers} processes` : 'Heddle', [], async ({ question, folder }): Promise<Reply> => {
  const { ask, sum: column } = questions.find(({ name }) => name === question)!
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const started = performance.now()
  // The answer is made, and stays where it is made.
  const answer = ask(folder as string).persist() as unknown as DataFrame<Record<string, number>>
  const rows = await answer.count().compute()
  const seconds = (performance.now() - started) / 1000
  delay.disable()
  const total = (await answer.col(column).sum().compute()) as number
  // Answers that nobody has any more go now, and not in the middle of the next question.
  setImmediate(() => globalThis.gc?.())
  return { figures: { seconds, stall: delay.max / 1e9 }, check: [rows, Number(total.toPrecision(6))] }
})
