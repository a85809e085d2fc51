import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgumentError, Client, LocalCluster, TaskError, delayed } from 'heddle'

class Counter {
  n = 0
  add(by: number): number {
    return (this.n += by)
  }
}

test('on other executors: through the client of the program, and elsewhere an error that says so', async () => {
  const cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 1 })
  const client = await Client.connect(cluster)
  const counter = await client.actor(Counter)
  const add = delayed(() => counter.add(1))
  assert.equal(await add().compute(), 1)
  assert.equal(await add().compute({ executor: 'inline' }), 2)
  await assert.rejects(add().compute({ executor: 'threads' }), (error) => {
    assert.ok(error instanceof TaskError && error.cause instanceof ArgumentError, String(error))
    assert.match(error.cause.message, /the actor Counter lives on the worker 0 of a cluster, to which nothing here is connected/)
    return true
  })
  await client.close()
  await cluster.close()
  await assert.rejects(
    counter.add(1),
    (error) => error instanceof ArgumentError && /nothing here is connected/.test(error.message),
  )
})
