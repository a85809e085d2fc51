import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Gate } from '../client/gate.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

test('a task that waits for what it imports, and then for a promise, leaves room for others', { timeout: 60_000 }, async () => {
  const cluster = await InProcessCluster.start({ workers: 1, threads: 1 })
  const { client } = cluster
  const gate = await Gate.start()
  // A function of a package travels as its name: the thread imports the package when the task comes.
  const waiting = client.submit(
    async (fn: () => unknown, url: string) => {
      await fetch(url).then((response) => response.text())
      return fn.name
    },
    fc.boolean,
    gate.url,
  )
  await gate.arrived(1)
  assert.equal(await client.submit((x: number) => x + 1, 1), 2)
  gate.open()
  assert.equal(await waiting, 'boolean')
  assert.equal(await client.submit((x: number) => x + 1, 2), 3)
  gate.close()
  await cluster.close()
})
