import { join } from 'node:path'
import { Client } from '../../src/client/index.js'
import { config } from '../../src/config/index.js'
import { count, readParquet, sum } from '../../src/dataframe/index.js'
import { LocalCluster } from '../../src/deploy/index.js'
import { type Reply, serve } from '../contestant.js'

// In one process, or as a client of a cluster of so many worker processes of one thread; each may take so many bytes.
const workers = Number(process.argv[2] ?? 0)
const limit = Number(process.argv[3])
const folder = process.argv[4]!
/** What a partition has: a row takes about 60 bytes, and a worker some memory before it has any. */
const partitionRows = Math.round((limit - 300e6) / 700)
config.set({
  temporaryDirectory: folder,
  ...(workers > 0 ? { dataframe: { partitionRows } } : { duckdb: { memoryLimit: limit / 2 } }),
})
const cluster =
  workers > 0 ? await LocalCluster.start({ workers, threadsPerWorker: 1, memoryLimit: limit, localDirectory: folder }) : undefined
const client = cluster && (await Client.connect(cluster))

/** Resident bytes of this process, at the most: of workers, as of the program that asks them. */
const mostMemory = (): number => process.resourceUsage().maxRSS * 1024

type Row = { id: number; k: number; a: number; b: number; c: number; text: string }
type Other = { k: number; weight: number }

await serve(workers > 0 ? `Heddle, ${workers} processes` : 'Heddle', [], async ({ question }): Promise<Reply> => {
  const rows = readParquet<Row>(join(folder, 'rows-*.parquet'))
  const started = performance.now()
  let check: unknown
  if (question === 'group-by') {
    const groups = rows.groupBy('k').agg({ n: count(), a: (g) => sum(g.a) })
    ;[check] = await groups
      .groupBy()
      .agg({ groups: count(), rows: (g) => sum(g.n) })
      .toRecords()
  } else if (question === 'join') {
    const others = readParquet<Other>(join(folder, 'others.parquet'))
    const joined = rows.join(others, { on: 'k' }).filter((r) => r.weight > 0)
    ;[check] = await joined.groupBy().agg({ rows: count() }).toRecords()
  } else {
    check = await rows.sort('a').toParquet(join(folder, 'sorted.parquet'))
  }
  const seconds = (performance.now() - started) / 1000
  const own = mostMemory()
  const peak = client ? Math.max(...(await client.run(mostMemory)).values()) : own
  return { figures: { seconds, peak, own }, check }
})
