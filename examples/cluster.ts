// A cluster on this machine: a scheduler and two workers, each a process of its own, and results as they come.
import { Client, LocalCluster, asCompleted } from 'heddle'

const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
const client = await Client.connect(cluster)

const squares = client.map(
  (x: number) => x * x,
  Array.from({ length: 1000 }, (_, i) => i),
)
const total = client.submit((xs: readonly number[]) => xs.reduce((sum, x) => sum + x, 0), squares)
console.log(`the sum of the squares: ${await total}`)

let finished = 0
for await (const done of asCompleted(squares)) if (done.status === 'finished') finished++
console.log(`${finished} of ${squares.length} tasks on ${cluster.workers.length} workers`)

await client.close()
await cluster.close()
