// A program that has a cluster over ssh until it is killed.
import { SSHCluster, type SSHClusterOptions } from '../../src/ssh/index.js'

const cluster = await SSHCluster.start(JSON.parse(process.argv[2]!) as SSHClusterOptions)
console.log('ready', cluster.workers.length)
setInterval(() => undefined, 60_000)
