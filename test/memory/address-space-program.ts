// Run by address-space.test.ts in processes whose address space is limited: the same arrays on each executor that is named, one
// after the other, with kernels of every kind. Tells the values, or the error.
import { Client, type ExecutorChoice, LocalCluster, compute } from 'heddle'
import * as da from 'heddle/array'

async function values(executor: ExecutorChoice): Promise<string> {
  const x = da.random.defaultRng(1).normal({ size: [600, 600], chunks: [200, 250] })
  const square = x.rechunk([300, 300])
  const { mean, low, both, product } = await compute(
    {
      mean: x.add(1).mean({ axis: 0 }),
      low: da.sort(x.reshape([360_000])).slice(':5'),
      both: x.add(x.transpose()).std(),
      product: da.matmul(square, square).slice('::200', '::300'),
    },
    { executor },
  )
  return JSON.stringify([mean, low, both, product].map((array) => (array as da.NdArray).toArray()))
}

async function onCluster(): Promise<string> {
  const cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 2 })
  const client = await Client.open(cluster)
  try {
    return await values(client)
  } finally {
    await client.close()
    await cluster.close()
  }
}

try {
  for (const executor of process.argv.slice(2)) {
    console.log(executor === 'cluster' ? await onCluster() : await values(executor as ExecutorChoice))
  }
} catch (error) {
  console.log(String(error))
}
process.exit(0)
