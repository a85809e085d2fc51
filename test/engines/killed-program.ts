// A program that does not close its cluster: it is killed, or forgets to.
import { SlurmCluster } from '../../src/jobqueue/index.js'

const cluster = await SlurmCluster.start({
  cores: 1,
  memory: '600 MB',
  jobName: 'hdl-killed',
  deathTimeout: process.argv[3]!,
  sharedDirectory: process.argv[2]!,
  scheduler: { host: '127.0.0.1' },
  jobs: 1,
})
await cluster.waitForWorkers(1)
console.log('ready')
if (process.argv[4] === 'stay') setInterval(() => undefined, 60_000)
