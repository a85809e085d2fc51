// Workers that actors live on, really killed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ActorLost, Client, LocalCluster, config, getWorker } from 'heddle'

const options = { skip: process.platform === 'win32' ? 'processes cannot be stopped' : false, timeout: 60_000 }

class Home {
  pid(): number {
    return process.pid
  }
  worker(): string {
    return getWorker().name
  }
  /** Nothing comes from here for so many milliseconds. */
  async wait(milliseconds: number): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds))
    return 'done'
  }
  async never(): Promise<never> {
    return new Promise<never>(() => undefined)
  }
  echo(x: number): number {
    return x
  }
}

test('a worker is killed: calls of its actors reject at once, and nothing else is touched', options, async () => {
  const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
  const client = await Client.connect(cluster)
  const [a, b] = (await client.workers()).map(({ name }) => name)
  const doomed = client.with({ workers: [a!] }).actor(Home)
  const spared = client.with({ workers: [b!] }).actor(Home)
  const [there, here] = await client.gather([doomed, spared])
  assert.deepEqual(await Promise.all([there.worker(), here.worker()]), [a, b])
  // A task on the other worker waits for it, too.
  const waiting = client.with({ workers: [b!] }).submit(() => there.never())
  const calls = Array.from({ length: 20 }, () => there.never())
  const pid = await there.pid()
  const outcomes = Promise.allSettled([...calls, doomed.settled().then(() => undefined)])
  const start = performance.now()
  process.kill(pid, 'SIGKILL')
  const settled = (await outcomes).slice(0, 20)
  const took = performance.now() - start
  assert.ok(took < 1000, `it took ${took} ms`)
  for (const outcome of settled) {
    assert.equal(outcome.status, 'rejected')
    const { reason } = outcome as PromiseRejectedResult
    assert.ok(reason instanceof ActorLost, String(reason))
    assert.match(reason.message, new RegExp(`the actor Home on the worker ${a} .* is lost: `))
  }
  await assert.rejects(there.echo(1), ActorLost)
  await assert.rejects(
    async () => await waiting,
    (error: Error) => error.cause instanceof Error && error.cause.name === 'ActorLost',
  )
  // Others are as they were.
  assert.equal(await here.echo(2), 2)
  assert.equal(await client.submit((x: number) => x + 1, 1), 2)
  // The future has failed, since what the actor held is gone; a new one is made only when asked for.
  while (doomed.status === 'finished') await client.submit(() => undefined)
  await assert.rejects(
    async () => await doomed,
    (error) => error instanceof ActorLost && error.message.includes(`was on ${a} (`),
  )
  await client.waitForWorkers(2)
  await doomed.retry()
  const again = await doomed
  assert.notEqual(await again.pid(), pid)
  await client.close()
  await cluster.close()
})

test('a worker that is stopped is given up; one that only takes its time is not', options, async () => {
  await config.with({ comm: { silenceTimeout: 1500 } }, async () => {
    const cluster = await LocalCluster.start({ workers: 2, threadsPerWorker: 1 })
    const client = await Client.connect(cluster)
    const [a, b] = (await client.workers()).map(({ name }) => name)
    const stopped = await client.with({ workers: [a!] }).actor(Home)
    const slow = await client.with({ workers: [b!] }).actor(Home)
    const pid = await stopped.pid()
    const waited = slow.wait(5000)
    process.kill(pid, 'SIGSTOP')
    try {
      await assert.rejects(
        stopped.echo(1),
        (error) => error instanceof ActorLost && /nothing was heard of it for \d s/.test(error.message),
      )
    } finally {
      process.kill(pid, 'SIGKILL')
    }
    assert.equal(await waited, 'done')
    await client.close()
    await cluster.close()
  })
})
