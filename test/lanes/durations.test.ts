import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, LocalCluster, clusterSpans } from 'heddle'
import * as da from 'heddle/array'

const CHUNKS = 8
const CHUNK = 2 ** 18

// Random numbers are computed into the memory of the result itself, when that is written: after the function has returned.
test('tasks that compute as their result is written take that long, and all threads get some', { timeout: 120_000 }, async () => {
  const cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 2 })
  const client = await Client.connect(cluster)
  const round = async (seed: number) => {
    const numbers = da.random
      .defaultRng(seed)
      .normal({ size: [CHUNKS * CHUNK], chunks: [CHUNK] })
      .persist({ executor: client })
    await numbers.slice(`::${CHUNK}`).sum().compute({ executor: client })
    const runs = (await client.getTaskStream()).filter(({ label }) => label === 'normal').slice(-CHUNKS)
    return { runs, threads: new Set(runs.map(({ thread }) => thread)).size }
  }
  // A thread takes its time to start.
  let seed = 1
  while ((await round(seed++)).threads < 2);
  const { runs, threads } = await round(seed)
  assert.equal(threads, 2)
  const milliseconds = runs.map(({ start, stop }) => stop - start)
  // A quarter of a million of them take longer than that anywhere.
  assert.ok(Math.min(...milliseconds) > 0.3, milliseconds.join())
  const { running, encoding } = (await clusterSpans(client)).groups.find(({ label }) => label === 'normal')!
  assert.ok(encoding < running / 2, `encoding ${encoding} s of ${running} s`)
  await client.close()
  await cluster.close()
})
