// Run by memory.test.ts in a process of its own: reduces an array of so many bytes, in such a way, and tells what that took at
// most. `npy` and `zarr` write the array into a folder first, chunk by chunk, and reduce what is read from there.
import { readFileSync, readdirSync } from 'node:fs'
import { Client, type ExecutorChoice, LocalCluster, config } from 'heddle'
import * as da from 'heddle/array'

const [bytes, how, source, folder] = [Number(process.argv[2]), process.argv[3]!, process.argv[4]!, process.argv[5]!]
const largest = (): number => process.resourceUsage().maxRSS * 1024

/** The most that any process has taken that this one has started and that is still there, where the system tells. */
function largestChild(): number {
  if (process.platform !== 'linux') return 0
  let most = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'utf8')
      if (Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]) === process.pid)
        most = Math.max(most, Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024)
    } catch {
      // It has ended.
    }
  }
  return most
}

async function made(executor: ExecutorChoice): Promise<da.ChunkedArray<'float64'>> {
  const x = da.random.defaultRng(1).random({ size: [bytes / 8], chunks: Number(process.env['CHUNK_BYTES'] ?? 2 ** 23) / 8 })
  if (source === 'npy') {
    await da.toNpyStack(folder, x, { executor })
    return da.fromNpyStack(folder) as unknown as da.ChunkedArray<'float64'>
  }
  if (source === 'zarr') {
    await da.toZarr(x, folder, { executor, compression: null })
    return (await da.fromZarr(folder)) as unknown as da.ChunkedArray<'float64'>
  }
  return x
}

async function reduced(executor: ExecutorChoice): Promise<number> {
  const x = await made(executor)
  // A sum of squares of what was made, which does not become part of making it.
  const mean = await x.multiply(x).mean().compute({ executor })
  return Number(mean.item())
}

const before = largest()
let mean: number
let peak: number
const began = performance.now()
if (how === 'cluster') {
  const memoryLimit = process.env['MEMORY_LIMIT'] ?? '512 MiB'
  const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1, memoryLimit })
  const client = await Client.open(cluster)
  mean = await reduced(client)
  const peaks = await client.run(() => process.resourceUsage().maxRSS * 1024)
  peak = Math.max(...peaks.values())
  await client.close()
  await cluster.close()
} else {
  mean = await config.with({ threads: 2 }, () => reduced(how as ExecutorChoice))
  peak = Math.max(largest(), how === 'processes' ? largestChild() : 0)
}
console.log(JSON.stringify({ mean, before, peak, seconds: (performance.now() - began) / 1000 }))
process.exit(0)
