import { LocalCluster } from '../../src/deploy/index.js'
import { clusterProcesses } from './processes.js'

// A program that is killed while its cluster runs.
await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
process.send!(clusterProcesses().map(({ pid }) => pid))
