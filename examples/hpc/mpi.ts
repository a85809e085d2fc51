// MPI ranks as a cluster: rank 0 schedules, rank 1 runs what is below, the others work. Start it by mpi.sh, or here:
//   mpirun -n 4 node dist/examples/hpc/mpi.js [TASKS] [PAUSE BETWEEN THEM IN MILLISECONDS]
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { Client } from 'heddle'
import { initialize } from 'heddle/mpi'

const tasks = Number(process.argv[2] ?? 100)
const between = Number(process.argv[3] ?? 1000)

const cluster = await initialize({ threads: 5 })
const client = await Client.connect(cluster)
await cluster.waitForWorkers()

const counts = new Map<string, number>()
for (let i = 0; i < tasks; i++) {
  const host = await client.submit(() => hostname())
  counts.set(host, (counts.get(host) ?? 0) + 1)
  await pause(between)
}
console.log('nodes:', Object.fromEntries(counts))

await client.close()
await cluster.close()
