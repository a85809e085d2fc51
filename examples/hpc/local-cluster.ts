// 256 times three steps that each take a while, on a cluster of this machine: two worker processes.
//   node dist/examples/hpc/local-cluster.js [LONGEST PAUSE IN MILLISECONDS]
import { setTimeout as pause } from 'node:timers/promises'
import { Client, LocalCluster, compute, delayed } from 'heddle'

const longest = Number(process.argv[2] ?? 1000)

const increment = delayed(async (x: number) => {
  await pause(Math.random() * longest)
  return x + 1
})
const decrement = delayed(async (x: number) => {
  await pause(Math.random() * longest)
  return x - 1
})
const add = delayed(async (x: number, y: number) => {
  await pause(Math.random() * longest)
  return x + y
})

const cluster = await LocalCluster.start({ workers: 2 })
const client = await Client.connect(cluster)

const sums = Array.from({ length: 256 }, (_, i) => {
  const x = increment(i)
  const y = decrement(x)
  return add(x, y)
})
console.log((await compute(sums)).join(' '))

await client.close()
await cluster.close()
