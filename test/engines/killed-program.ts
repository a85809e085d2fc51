// A program that is killed before it can close its cluster.
import { SlurmCluster } from '../../src/jobqueue/index.js'

const cluster = await SlurmCluster.start({
  cores: 1,
  memory: '600 MB',
  jobName: 'hdl-killed',
  deathTimeout: '2 s',
  sharedDirectory: process.argv[2]!,
  jobs: 1,
})
await cluster.waitForWorkers(1)
console.log('ready')
setInterval(() => undefined, 60_000)
