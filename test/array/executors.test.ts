// The same programs give the same arrays wherever they run.
import { test } from 'node:test'
import { Client, type ExecutorChoice, LocalCluster, compute } from 'heddle'
import * as da from 'heddle/array'
import { assertClose, cases, inputs } from './fixtures.js'
import { programs } from './programs.js'

async function runAll(executor: ExecutorChoice): Promise<void> {
  const x = Object.fromEntries(
    Object.entries(inputs).map(([key, array]) => [key, da.fromArray(array, { chunks: array.shape.map(() => 4) })]),
  )
  const results = await compute(Object.fromEntries(Object.entries(programs).map(([name, run]) => [name, run(x)])), { executor })
  for (const [name, array] of Object.entries(results)) assertClose(array as da.NdArray, cases[name]!, name, 64)
}

test('in threads', () => runAll('threads'))

test('in processes', () => runAll('processes'))

test('on a cluster of two processes', async (t) => {
  const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
  t.after(() => cluster.close())
  const client = await Client.open(cluster)
  t.after(() => client.close())
  await runAll(client)
})
