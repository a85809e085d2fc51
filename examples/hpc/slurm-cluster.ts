// Workers in two Slurm jobs, and where 2,000 tasks ran. Run it on a login node; the options are those of your site:
//   node dist/examples/hpc/slurm-cluster.js --account abc --queue shared
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { Client } from 'heddle'
import { SlurmCluster } from 'heddle/jobqueue'

const { values } = parseArgs({
  options: {
    cores: { type: 'string', default: '18' },
    memory: { type: 'string', default: '24 GB' },
    processes: { type: 'string', default: '17' },
    walltime: { type: 'string', default: '00:30:00' },
    account: { type: 'string' },
    queue: { type: 'string' },
  },
})

const cluster = await SlurmCluster.start({
  cores: Number(values.cores),
  memory: values.memory,
  processes: Number(values.processes),
  walltime: values.walltime,
  ...(values.account === undefined ? {} : { account: values.account }),
  ...(values.queue === undefined ? {} : { queue: values.queue }),
})
const client = await Client.connect(cluster)
await cluster.scale({ jobs: 2 })

const counts = new Map<string, number>()
for (let i = 0; i < 2000; i++) {
  const host = await client.submit(() => hostname())
  counts.set(host, (counts.get(host) ?? 0) + 1)
}
console.log(Object.fromEntries(counts))
console.log(cluster.jobScript())

await client.close()
await cluster.close()
