// Real processes, really killed. `npm run chaos -- --repeat 50` runs it again and again.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as after } from 'node:timers/promises'
import { Client, Lock, Queue, SchedulerLost } from '../../src/client/index.js'
import type { Future } from '../../src/client/index.js'
import { config } from '../../src/config/index.js'
import { LocalCluster, type LocalClusterOptions } from '../../src/deploy/index.js'
import { KilledWorker } from '../../src/scheduler/index.js'
import * as bag from '../../src/bag/index.js'
import { Gate, pass } from '../client/gate.js'
import { scratch, startScheduler, startWorker } from '../cli/services.js'
import { clusterProcesses, ended, isAlive } from './processes.js'

/** `npm run chaos` does all of it as large and as long as it is meant; `npm test` some of it smaller. */
const whole = process.env['TEST_CHAOS'] === 'whole'

const options = { skip: process.platform === 'linux' ? false : 'processes are found through /proc', timeout: 600_000 }

/** A cluster and its client, closed after `use`, and nothing left behind. */
async function withCluster(
  settings: LocalClusterOptions,
  use: (client: Client, cluster: LocalCluster) => Promise<void>,
): Promise<void> {
  const cluster = await LocalCluster.start({ threadsPerWorker: 1, ...settings })
  const client = await Client.connect(cluster)
  const before = clusterProcesses().map(({ pid }) => pid)
  try {
    await use(client, cluster)
  } finally {
    await client.close()
    await cluster.close()
  }
  for (const { pid } of clusterProcesses()) assert.ok(!before.includes(pid), `the process ${pid} was left behind`)
}

/** A binary tree of sums over tasks that take a millisecond or two; `leaves` are told apart from the rest. */
function tree(client: Client, size: number): { leaves: Future<number>[]; root: Future<number> } {
  const busy = (x: number): number => {
    const end = performance.now() + 2
    while (performance.now() < end);
    return x
  }
  const leaves = client.map(
    busy,
    Array.from({ length: size }, (_, i) => i),
  )
  let level: Future<number>[] = leaves
  while (level.length > 1) {
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
      const [a, b] = [level[2 * i]!, level[2 * i + 1]]
      return b === undefined ? a : client.submit((x: number, y: number) => x + y, a, b)
    })
  }
  return { leaves, root: level[0]! }
}

/** Resolves when so many of the futures are done. */
function done(futures: readonly Future<unknown>[], count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    for (const future of futures)
      future.addDoneCallback(() => {
        if (--left === 0) resolve()
      })
  })
}

const SIZE = 600
const TOTAL = (SIZE * (SIZE - 1)) / 2

describe('chaos', options, () => {
  test('kill -9 of a worker in mid-run: the result is right, and the worker comes back', async () => {
    await withCluster({ workers: 3 }, async (client) => {
      const { leaves, root } = tree(client, SIZE)
      await done(leaves, SIZE / 2)
      const [victim] = clusterProcesses().filter(({ kind }) => kind === 'worker')
      process.kill(victim!.pid, 'SIGKILL')
      assert.equal(await root, TOTAL)
      await client.waitForWorkers(3)
    })
  })

  test('kill -9 of all workers, one after the other: nothing is lost that can be computed again', async () => {
    await withCluster({ workers: 2 }, async (client) => {
      const { leaves, root } = tree(client, SIZE)
      const workers = clusterProcesses().filter(({ kind }) => kind === 'worker')
      await done(leaves, SIZE / 3)
      process.kill(workers[0]!.pid, 'SIGKILL')
      await done(leaves.slice(SIZE / 2), SIZE / 4)
      process.kill(workers[1]!.pid, 'SIGKILL')
      assert.equal(await root, TOTAL)
    })
  })

  for (const when of ['while partitions are sent', 'while partitions are read'])
    test(`kill -9 of 1 of 4 workers in a shuffle, ${when}: the result is right`, async () => {
      await withCluster({ workers: 4 }, async (client) => {
        const gate = await Gate.start()
        const { url } = gate
        const sending = when.endsWith('sent')
        const filler = 'x'.repeat(1000)
        try {
          const counts = bag
            .range(20_000, { partitions: 40 })
            .map((i) => (sending && i === 19_000 ? pass(url, i) : i))
            .map((i) => ({ i, text: `${filler}${i}` }))
            .groupBy(({ i }) => i % 1000, { partitions: 40 })
            .map(([key, items]) => [
              key,
              items.length,
              items.every(({ i, text }) => text === `${filler}${i}` && i % 1000 === key),
            ])
            .map((group) => (!sending && group[0] === 500 ? pass(url, group) : group))
            .compute({ executor: client })
          await gate.arrived()
          process.kill(clusterProcesses().find(({ kind }) => kind === 'worker')!.pid, 'SIGKILL')
          gate.open()
          const all = await counts
          assert.equal(new Set(all.map(([key]) => key)).size, 1000)
          assert.ok(all.every(([, count, right]) => count === 20 && right === true))
        } finally {
          gate.close()
        }
      })
    })

  test('kill -9 of the scheduler: whoever waits is told, and no worker stays behind', async () => {
    await config.with({ client: { timeout: '500 ms' } }, () =>
      withCluster({ workers: 2 }, async (client) => {
        const { leaves, root } = tree(client, SIZE)
        const processes = clusterProcesses()
        await done(leaves, 10)
        const waiting = assert.rejects(root.result(), SchedulerLost)
        process.kill(processes.find(({ kind }) => kind === 'scheduler')!.pid, 'SIGKILL')
        await waiting
        assert.equal(root.status, 'lost')
        assert.throws(() => client.submit(() => 1), SchedulerLost)
      }),
    )
  })

  test('a worker that is stopped for too long is given up, and goes when it wakes', async () => {
    process.env.HEDDLE_SCHEDULER__WORKER_TIMEOUT = '1500 ms'
    try {
      await withCluster({ workers: 2 }, async (client) => {
        const { leaves, root } = tree(client, SIZE)
        await done(leaves, SIZE / 4)
        const [victim] = clusterProcesses().filter(({ kind }) => kind === 'worker')
        process.kill(victim!.pid, 'SIGSTOP')
        assert.equal(await root, TOTAL)
        process.kill(victim!.pid, 'SIGCONT')
        await ended(victim!.pid)
        await client.waitForWorkers(2)
      })
    } finally {
      delete process.env.HEDDLE_SCHEDULER__WORKER_TIMEOUT
    }
  })

  const seconds = whole ? 30 : 10
  test(`a worker that is stopped for ${seconds} s holds up what it has, and loses nothing`, async () => {
    if (!whole) process.env.HEDDLE_COMM__SILENCE_TIMEOUT = `${seconds} s`
    try {
      await withCluster({ workers: 2 }, async (client) => {
        const { leaves, root } = tree(client, SIZE)
        await done(leaves, SIZE / 4)
        const [victim] = clusterProcesses().filter(({ kind }) => kind === 'worker')
        process.kill(victim!.pid, 'SIGSTOP')
        // The time is the fault itself: longer than a connection may be silent while an answer is awaited.
        await after(seconds * 1000 + 500)
        process.kill(victim!.pid, 'SIGCONT')
        assert.equal(await root, TOTAL)
        await client.waitForWorkers(2)
      })
    } finally {
      delete process.env.HEDDLE_COMM__SILENCE_TIMEOUT
    }
  })

  test('kill -9 of a nanny: its worker goes with it, and others do its work', async (t) => {
    const home = scratch(t)
    const { file } = await startScheduler(t, home)
    const nannies = [await startWorker(t, home, 'a'), await startWorker(t, home, 'b')]
    const client = await Client.connect({ schedulerFile: file }, { setAsDefault: false })
    await client.waitForWorkers(2)
    const { leaves, root } = tree(client, SIZE)
    await done(leaves, SIZE / 4)
    const worker = (await client.run(() => process.pid)).get('a')!
    nannies[0]!.process.kill('SIGKILL')
    assert.equal(await root, TOTAL)
    await ended(worker)
    assert.deepEqual(
      (await client.workers()).map(({ name }) => name),
      ['b'],
    )
    await client.close()
  })

  test('a task that kills its worker again and again is given up; the others are not', async () => {
    await withCluster({ workers: 2 }, async (client) => {
      const fine = client.map((x: number) => x + 1, [1, 2, 3])
      const deadly = client.submit(() => process.kill(process.pid, 'SIGKILL'))
      await assert.rejects(
        deadly.result(),
        (error) =>
          error instanceof KilledWorker && /died \d times, presumably of this task.*killed by SIGKILL/.test(error.message),
      )
      assert.deepEqual(await client.gather(fine), [2, 3, 4])
      assert.equal(await client.submit(() => 7), 7)
    })
  })

  test('a client that disappears takes only its own work with it', async () => {
    process.env.HEDDLE_CLIENT__TIMEOUT = '300 ms'
    try {
      await withCluster({ workers: 2 }, async (client, cluster) => {
        const { fork } = await import('node:child_process')
        const other = fork(new URL('./other-client.js', import.meta.url), { serialization: 'advanced' })
        other.send({ address: cluster.address, credentials: cluster.credentials })
        await new Promise((resolve) => other.once('message', resolve))
        other.kill('SIGKILL')
        // What it had under way (a task that never ends, on every thread) is given up, so that others get their turn.
        assert.equal(await client.submit(() => 5), 5)
      })
    } finally {
      delete process.env.HEDDLE_CLIENT__TIMEOUT
    }
  })

  test('kill -9 of the worker that holds a lock: the next one gets it after the lease', async () => {
    process.env.HEDDLE_COORDINATION__LEASE = '200 ms'
    try {
      await withCluster({ workers: 2 }, async (client) => {
        const lock = new Lock('chaos', { client })
        const holder = new Queue<number>('holder', { client })
        // It never gives the lock back; run again, on a worker that lives, it waits for its turn.
        const stuck = client.submit(async () => {
          await lock.acquire()
          await holder.put(process.pid)
          await new Promise<never>(() => undefined)
        })
        const pid = await holder.get()
        const next = lock.acquire()
        process.kill(pid, 'SIGKILL')
        const lease = await next
        assert.equal(lease.signal.aborted, false)
        await stuck.cancel()
        await lease.release()
        await client.waitForWorkers(2)
      })
    } finally {
      delete process.env.HEDDLE_COORDINATION__LEASE
    }
  })

  test('the client of a long-running task that holds a lock disappears: the task goes, and others have the lock', async () => {
    process.env.HEDDLE_CLIENT__TIMEOUT = '300 ms'
    try {
      await withCluster({ workers: 1 }, async (client, cluster) => {
        const { fork } = await import('node:child_process')
        const other = fork(new URL('./long-running-client.js', import.meta.url), { serialization: 'advanced' })
        other.send({ address: cluster.address, credentials: cluster.credentials })
        assert.equal(await new Queue<string>('began', { client }).get(), 'it runs')
        other.kill('SIGKILL')
        // What the program itself held comes free with it; its task, which has seceded, stops nobody.
        await new Lock('of the program', { client }).with(() => undefined)
        assert.equal(await client.submit(() => 5), 5)
      })
    } finally {
      delete process.env.HEDDLE_CLIENT__TIMEOUT
    }
  })

  const many = whole ? 64 : 16
  test(`${many} workers, an eighth of which is killed at once`, async () => {
    // Two cores that others use too take a while for so many processes.
    await config.with({ nanny: { startTimeout: '5 m' } }, () =>
      withCluster({ workers: many, memoryLimit: 'none' }, async (client) => {
        const { leaves, root } = tree(client, SIZE)
        await done(leaves, 50)
        const workers = clusterProcesses().filter(({ kind }) => kind === 'worker')
        assert.equal(workers.length, many)
        for (const { pid } of workers.slice(0, many / 8)) process.kill(pid, 'SIGKILL')
        assert.equal(await root, TOTAL)
      }),
    )
  })

  test('a cluster ends with the program that started it, however that ends', async () => {
    const { fork } = await import('node:child_process')
    const program = fork(new URL('./killed-program.js', import.meta.url))
    const pids = await new Promise<number[]>((resolve) => program.once('message', (m) => resolve(m as number[])))
    assert.equal(pids.length, 3)
    program.kill('SIGKILL')
    const end = performance.now() + 10_000
    while (pids.some(isAlive)) {
      assert.ok(performance.now() < end, 'processes are left behind')
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
})
