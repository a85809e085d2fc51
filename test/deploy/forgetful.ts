// A program that never closes its cluster, and stays if told. Each worker holds a connection to the port that the command line names.
import { Client } from '../../src/client/index.js'
import { LocalCluster } from '../../src/deploy/index.js'

const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
const client = await Client.open(cluster)
await client.run(async (port: number) => {
  const { connect } = await import('node:net')
  const socket = connect(port, '127.0.0.1')
  await new Promise((resolve) => socket.once('connect', resolve))
}, Number(process.argv[2]))
console.log('ready')
if (process.argv[3] === 'stay') setInterval(() => undefined, 60_000)
