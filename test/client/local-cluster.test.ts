import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client, getWorker, startClustersWith, workerClient } from '../../src/client/index.js'
import { LocalCluster } from '../../src/deploy/index.js'
import { value } from '../../src/delayed/index.js'

startClustersWith((target) => LocalCluster.start(target))

test('a cluster that is started for its client does all of it across processes, and ends with the client', async () => {
  const client = await Client.connect({ workers: 2, threadsPerWorker: 1 })
  const pids = await client.run(() => process.pid)
  assert.equal(pids.size, 2)
  assert.ok(!pids.has(String(process.pid)))
  assert.notEqual(await client.runOnScheduler(() => process.pid), process.pid)
  // It is the default executor.
  assert.equal(
    await value(20)
      .map((x) => x + 1)
      .compute(),
    21,
  )
  const squares = client.map(
    (x) => x * x,
    Array.from({ length: 1000 }, (_, i) => i),
  )
  const total = client.submit((xs: number[]) => xs.reduce((a, b) => a + b, 0), squares)
  assert.equal(await total, 332833500)
  const data = client.scatter(new Float64Array(200_000).fill(2), { broadcast: true })
  const sums = await client.gather(
    ['0', '1'].map((worker) =>
      client.with({ workers: [worker] }).submit((xs: Float64Array) => [getWorker().name, xs.reduce((a, b) => a + b)], data),
    ),
  )
  assert.deepEqual(sums, [
    ['0', 400_000],
    ['1', 400_000],
  ])
  const nested = client.submit(() => workerClient(async (inner) => inner.gather(inner.map((x: number) => x + 1, [1, 2, 3]))))
  assert.deepEqual(await nested, [2, 3, 4])

  // New processes, and nothing left of before.
  await client.restart()
  const after = await client.run(() => process.pid)
  assert.deepEqual([...after.keys()].sort(), ['0', '1'])
  for (const [name, pid] of after) assert.notEqual(pid, pids.get(name))
  assert.equal(total.status, 'cancelled')
  assert.equal(await client.submit((x: number) => x + 1, 1), 2)

  const [pid] = after.values()
  await client.close()
  assert.throws(() => process.kill(pid!, 0), /ESRCH/)
})
