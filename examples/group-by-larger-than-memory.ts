// Groups more than the workers may hold in memory: what does not fit goes over their disks.
//
//   node dist/examples/group-by-larger-than-memory.js [RECORDS] [KEYS] [PARTITIONS]
import { Client, LocalCluster, config } from 'heddle'
import { range } from 'heddle/bag'

const [records = 200_000, keys = 5000, partitions = 40] = process.argv.slice(2).map(Number)

// Workers may take a gigabyte each; of a small example, little of that may be data on its way.
const share = records > 10_000_000 ? '15 %' : '0.1 %'
process.env.HEDDLE_SHUFFLE__MEMORY = share
config.set({ progress: { show: false } })
const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1, memoryLimit: '1 GB' })
const client = await Client.connect(cluster)

const started = performance.now()
const visits = range(records, { partitions }).map((i) => ({ user: (i * 7919) % keys, minutes: i % 60 }))
const perUser = visits
  .groupBy((visit) => visit.user, { partitions })
  .map(([user, all]) => ({ user, visits: all.length, minutes: all.reduce((sum, visit) => sum + visit.minutes, 0) }))
const longest = await perUser.topk(3, (user) => user.minutes).compute({ executor: client })
const users = await perUser.count().compute({ executor: client })
const seconds = (performance.now() - started) / 1000

console.log(`${records.toLocaleString('en')} visits of ${users.toLocaleString('en')} users, in ${seconds.toFixed(1)} s`)
for (const { user, visits: count, minutes } of longest) console.log(`user ${user}: ${count} visits, ${minutes} minutes`)

await client.close()
await cluster.close()
