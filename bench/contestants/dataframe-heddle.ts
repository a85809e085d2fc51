import { Client } from '../../src/client/index.js'
import type { DataFrame } from '../../src/dataframe/index.js'
import { LocalCluster } from '../../src/deploy/index.js'
import { type Reply, serve } from '../contestant.js'
import { questions } from '../dataframe-questions.js'
import { longestTurnOf } from '../longest-turn.js'

// In one process, or as a client of a cluster of so many worker processes of one thread.
const workers = Number(process.argv[2] ?? 0)
if (workers > 0) await Client.connect(await LocalCluster.start({ workers, threadsPerWorker: 1 }))

await serve(workers > 0 ? `Heddle, ${workers} processes` : 'Heddle', [], async ({ question, folder, turns }): Promise<Reply> => {
  const { ask, sum: column } = questions.find(({ name }) => name === question)!
  const started = performance.now()
  let answer!: DataFrame<Record<string, number>>
  let rows = 0
  const work = async (): Promise<void> => {
    // The answer is made, and stays where it is made.
    answer = ask(folder as string).persist() as unknown as DataFrame<Record<string, number>>
    rows = await answer.count().compute()
  }
  // Planning is among the turns, too.
  const turn = turns === true ? await longestTurnOf(work) : await work()
  const seconds = (performance.now() - started) / 1000
  const total = (await answer.col(column).sum().compute()) as number
  // Answers that nobody has any more go now, and not in the middle of the next question.
  setImmediate(() => globalThis.gc?.())
  return { figures: { seconds, ...turn }, check: [rows, Number(total.toPrecision(6))] }
})
