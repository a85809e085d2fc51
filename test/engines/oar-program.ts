// A program of a user of OAR: a cluster of two jobs, in the folder that it is told. It prints what it has found as JSON.
import { Client } from '../../src/client/index.js'
import { OARCluster } from '../../src/jobqueue/index.js'

const cluster = await OARCluster.start({
  cores: 1,
  memory: '600 MB',
  walltime: '5 min',
  jobName: 'hdl-oar-work',
  memoryPerCoreProperty: 'memcore',
  pollInterval: '500 ms',
  sharedDirectory: process.argv[2]!,
  // All nodes are this machine, on which networks of other tests come and go.
  scheduler: { host: '127.0.0.1' },
  jobs: 2,
})
const client = await Client.connect(cluster)
await cluster.waitForWorkers(2)
const jobs = cluster.jobs.map(({ id }) => id)
const workers = Object.fromEntries(await client.run(() => ({ job: process.env.OAR_JOB_ID, user: process.getuid?.() })))
const kept = client.map((x: number) => x * x, [1, 2, 3, 4, 5, 6])
await client.gather(kept)
// What the job that ends has must be moved to the other.
await cluster.scale({ jobs: 1 })
const sum = await client.submit((...all: number[]) => all.reduce((a, b) => a + b), ...kept)
await client.close()
await cluster.close()
console.log(JSON.stringify({ jobs, workers, sum }))
