import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { Client } from '../../src/client/index.js'
import { config } from '../../src/config/index.js'
import {
  LocalCluster,
  Nanny,
  type RunningWorker,
  Scheduler,
  SpecCluster,
  Worker,
  type WorkerSpec,
  type WorkerStart,
} from '../../src/deploy/index.js'

config.set({ worker: { heartbeat: '20 ms' } })

/** A folder for what workers write, which must be empty in the end. */
function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'heddle-test-'))
  t.after(() => {
    const left = readdirSync(path)
    rmSync(path, { recursive: true, force: true })
    assert.deepEqual(left, [])
  })
  return path
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Runs as a task: takes its time without taking the processor's. */
function rest(milliseconds: number): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  return milliseconds
}

/** Looks until the cluster has as many workers as that. */
async function until(
  cluster: SpecCluster | LocalCluster,
  adaptive: ReturnType<SpecCluster['adapt']>,
  count: number,
): Promise<void> {
  while (cluster.workers.length !== count) await adaptive.look()
}

test('a scheduler, a worker and a nanny from code', async (t) => {
  const directory = folder(t)
  const schedulerFile = join(mkdtempSync(join(tmpdir(), 'heddle-test-')), 'scheduler.json')
  const scheduler = await Scheduler.start({ schedulerFile })
  const worker = await Worker.start(scheduler, { name: 'here', threads: 1, localDirectory: directory })
  const nanny = await Nanny.start({ schedulerFile }, { name: 'there', threads: 2, localDirectory: directory })
  const client = await Client.connect(scheduler, { setAsDefault: false })
  assert.deepEqual(
    await client.ncores(),
    new Map([
      ['here', 1],
      ['there', 2],
    ]),
  )
  const product = client.submit((a: number, b: number) => a * b, 6, 7)
  assert.equal(await product, 42)
  product.release()
  const pids = await client.run(() => process.pid)
  assert.deepEqual(
    pids,
    new Map([
      ['here', process.pid],
      ['there', nanny.pid!],
    ]),
  )
  await nanny.close()
  assert.equal(isAlive(pids.get('there')!), false)
  await worker.close()
  assert.deepEqual(await worker.ended, { reason: 'it is retired', orderly: true })
  assert.deepEqual(await client.workers(), [])
  await client.close()
  await scheduler.close()
  assert.equal(existsSync(schedulerFile), false)
  rmSync(join(schedulerFile, '..'), { recursive: true })
})

test('workers of several kinds, by name; scaling starts those of one kind', async (t) => {
  const directory = folder(t)
  const cluster = await SpecCluster.start({
    scheduler: Scheduler.spec(),
    workers: {
      special: Worker.spec({ threads: 1, resources: { gpu: 1 }, localDirectory: directory }),
      apart: Nanny.spec({ threads: 1, localDirectory: directory }),
    },
    worker: Worker.spec({ threads: 2, memoryLimit: '100 MB', localDirectory: directory }),
  })
  t.after(() => cluster.close())
  const client = await Client.connect(cluster, { setAsDefault: false })
  assert.deepEqual(cluster.workers, ['special', 'apart'])
  const next = client.with({ resources: { gpu: 1 } }).submit((x: number) => x + 1, 1)
  assert.equal(await next, 2)
  next.release()
  await cluster.scale({ workers: 3 })
  assert.deepEqual(cluster.workers, ['special', 'apart', '0'])
  await cluster.scale({ cores: 7 })
  assert.deepEqual(cluster.workers, ['special', 'apart', '0', '1'])
  await cluster.scale({ memory: 300e6 })
  assert.deepEqual(cluster.workers, ['special', 'apart', '0'])
  await client.waitForWorkers(3)
  await cluster.scale(0)
  assert.deepEqual(cluster.workers, [])
  assert.deepEqual(await client.workers(), [])
  await assert.rejects(cluster.scale(-1), ArgumentError)
  await client.close()
})

/** A kind of worker of the test's own: says what happens to it. */
class Recorded implements WorkerSpec {
  readonly threads = 1
  readonly said: string[] = []
  readonly #make: (start: WorkerStart) => Promise<RunningWorker>

  constructor(make: (start: WorkerStart) => Promise<RunningWorker>) {
    this.#make = make
  }

  async start(start: WorkerStart): Promise<RunningWorker> {
    this.said.push(`start ${start.name}`)
    const running = await this.#make(start)
    return {
      ended: running.ended,
      close: async () => {
        this.said.push(`close ${start.name}`)
        await running.close()
      },
    }
  }
}

test('a kind of worker of one’s own', async (t) => {
  const directory = folder(t)
  const spec = new Recorded(({ name, scheduler: address, credentials }) =>
    Worker.start({ address, credentials }, { name, threads: 1, localDirectory: directory }),
  )
  const cluster = await SpecCluster.start({ scheduler: Scheduler.spec(), worker: spec })
  const client = await Client.connect(cluster, { setAsDefault: false })
  await cluster.scale(2)
  assert.deepEqual(await client.gather(client.map((x: number) => x * x, [1, 2, 3])), [1, 4, 9])
  await cluster.scale(1)
  assert.deepEqual(spec.said, ['start 0', 'start 1', 'close 1'])
  await client.close()
  await cluster.close()
  assert.deepEqual(spec.said, ['start 0', 'start 1', 'close 1', 'close 0'])
  await assert.rejects(cluster.scale(1), /the cluster is closed/)
})

test('a worker that cannot start: the error says why, and nothing is left behind', async (t) => {
  const directory = folder(t)
  const broken: WorkerSpec = { start: () => Promise.reject(new Error('no machine to be had')) }
  const whole = new Recorded(({ name, scheduler: address, credentials }) =>
    Worker.start({ address, credentials }, { name, threads: 1, localDirectory: directory }),
  )
  await assert.rejects(
    SpecCluster.start({ scheduler: Scheduler.spec(), workers: { whole, broken } }),
    /^Error: no machine to be had$/,
  )
  assert.deepEqual(whole.said, ['start whole', 'close whole'])
  const cluster = await SpecCluster.start({ scheduler: Scheduler.spec() })
  await assert.rejects(cluster.scale(1), /does not know what workers to start/)
  assert.throws(() => cluster.adapt(), /does not know what workers to start/)
  await cluster.close()
})

test('workers that are not wanted any more while they start', async () => {
  let aborted = false
  const slow: WorkerSpec = {
    start: ({ signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true
          reject(new Error('given up'))
        })
      }),
  }
  const cluster = await SpecCluster.start({ scheduler: Scheduler.spec(), worker: slow })
  const scaling = cluster.scale(1)
  assert.deepEqual(cluster.workers, ['0'])
  await cluster.scale(0)
  await scaling
  assert.equal(aborted, true)
  assert.deepEqual(cluster.workers, [])
  await cluster.close()
})

test('adaptive: 0 → 8 → 0 workers, in one go each way', async (t) => {
  const directory = folder(t)
  const worker = Worker.spec({ threads: 1, memoryLimit: 'none', localDirectory: directory })
  const cluster = await SpecCluster.start({ scheduler: Scheduler.spec(), worker })
  const client = await Client.connect(cluster, { setAsDefault: false })
  // It looks when the test says so.
  const adaptive = cluster.adapt({ maximum: 8, targetDuration: 500, interval: 3_600_000 })
  await adaptive.look()
  assert.deepEqual(cluster.workers, [])
  const results = client.map(
    rest,
    Array.from({ length: 60 }, () => 50),
  )
  const all = client.gather(results)
  await client.runOnScheduler(() => 0)
  const { tasks, untimed, workers } = await client.load()
  assert.deepEqual({ tasks, untimed, workers }, { tasks: 60, untimed: 60, workers: [] })
  await until(cluster, adaptive, 8)
  assert.deepEqual(
    await all,
    Array.from({ length: 60 }, () => 50),
  )
  for (const result of results) result.release()
  await until(cluster, adaptive, 0)
  const [first, ...others] = adaptive.log
  assert.deepEqual([first!.kind, first!.from, first!.to], ['up', 0, 8])
  // The test looks more often than a clock would: the last task may still run when the others have gone.
  assert.deepEqual(new Set(others.map(({ kind }) => kind)), new Set(['down']))
  assert.equal(adaptive.stopped, false)
  await cluster.scale(1)
  assert.equal(adaptive.stopped, true)
  await client.close()
  await cluster.close()
})

test('adaptive: a worker of a kind of its own counts, and stays', async (t) => {
  const directory = folder(t)
  const worker = Worker.spec({ threads: 1, memoryLimit: 'none', localDirectory: directory })
  const big = Worker.spec({ threads: 2, memoryLimit: 'none', localDirectory: directory })
  const cluster = await SpecCluster.start({ scheduler: Scheduler.spec(), worker, workers: { big } })
  const client = await Client.connect(cluster, { setAsDefault: false })
  const adaptive = cluster.adapt({ maximum: 4, waitCount: 2, interval: 3_600_000 })
  await cluster.scale(3)
  const again = cluster.adapt({ maximum: 4, waitCount: 2, interval: 3_600_000 })
  assert.equal(adaptive.stopped, true)
  assert.equal(cluster.workers.length, 3)
  for (let n = 0; n < 6; n++) await again.look()
  assert.deepEqual(cluster.workers, ['big'])
  assert.deepEqual(
    again.log.map(({ kind, to }) => ({ kind, to })),
    [{ kind: 'down', to: 1 }],
  )
  assert.equal(await client.submit(() => 6 * 7), 42)
  await client.close()
  await cluster.close()
})

test('adaptive: results that are held keep the workers that they need, and move to them', async (t) => {
  const directory = folder(t)
  const worker = Worker.spec({ threads: 1, memoryLimit: '30 MB', localDirectory: directory })
  const cluster = await SpecCluster.start({ scheduler: Scheduler.spec(), worker })
  const client = await Client.connect(cluster, { setAsDefault: false })
  // What this process takes is no measure of what workers have.
  await config.with({ memory: { spill: false, pause: false } }, () => cluster.scale(4))
  const adaptive = cluster.adapt({ maximum: 8, waitCount: 1, interval: 3_600_000 })
  // 24 MB, of which 18 MB fit into one worker.
  const held = client.map((x: number) => new Float64Array(500_000).fill(x), [1, 2, 3, 4, 5, 6])
  await client.gather(held)
  const total = async (): Promise<number> => {
    let bytes = 0
    for (const { metrics } of await client.workers()) bytes += metrics ? metrics.held + metrics.spilled : 0
    return bytes
  }
  while ((await total()) < 24e6);
  await until(cluster, adaptive, 2)
  const sums = await client.gather(client.map((a: Float64Array) => a[0]! + a.length, held))
  assert.deepEqual(
    sums,
    [1, 2, 3, 4, 5, 6].map((x) => x + 500_000),
  )
  await client.close()
  await cluster.close()
})

test('adaptive: a cluster whose workers cannot start says so, and is not asked all the time', async () => {
  let attempts = 0
  const broken: WorkerSpec = {
    start: () => {
      attempts++
      return Promise.reject(new Error('no machine to be had'))
    },
  }
  let now = 0
  const cluster = await SpecCluster.start({ scheduler: Scheduler.spec(), worker: broken })
  const adaptive = cluster.adapt({ minimum: 1, interval: 3_600_000, clock: { now: () => now } })
  await assert.rejects(adaptive.look(), /no machine to be had/)
  await adaptive.look()
  assert.equal(attempts, 1)
  now = 1
  await assert.rejects(adaptive.look(), /no machine to be had/)
  now = 2
  await adaptive.look()
  assert.equal(attempts, 2)
  assert.deepEqual(
    adaptive.log.map(({ kind }) => kind),
    ['up', 'failed', 'up', 'failed'],
  )
  await cluster.close()
})

test('adaptive: a local cluster of processes', async (t) => {
  const directory = folder(t)
  const cluster = await LocalCluster.start({ workers: 0, threadsPerWorker: 1, localDirectory: directory })
  const client = await Client.connect(cluster, { setAsDefault: false })
  const adaptive = cluster.adapt({ maximum: 2, waitCount: 2, targetDuration: 10, interval: 3_600_000 })
  const pid = client.map((_: number) => process.pid, [0, 1, 2, 3])
  await client.runOnScheduler(() => 0)
  await until(cluster, adaptive, 2)
  const pids = new Set(await client.gather(pid))
  for (const future of pid) future.release()
  await until(cluster, adaptive, 0)
  for (const one of pids) assert.equal(isAlive(one), false)
  await client.close()
  await cluster.close()
})

test('adapt: bad options', async () => {
  const cluster = await SpecCluster.start({
    scheduler: Scheduler.spec(),
    worker: { start: () => Promise.reject(new Error('no')) },
  })
  for (const options of [{ minimum: -1 }, { maximum: 0 }, { minimum: 3, maximum: 2 }, { interval: 0 }, { waitCount: 0 }])
    assert.throws(() => cluster.adapt(options), ArgumentError)
  await cluster.close()
  assert.throws(() => cluster.adapt(), /closed/)
})

test('workers are prepared while their scheduler starts; what was begun for nothing is ended', async () => {
  const told: string[] = []
  const spec: WorkerSpec = {
    start: () => assert.fail('there is no scheduler'),
    prepare: async (names) => {
      told.push(`prepare ${names.join()}`)
      fail(new Error('no port is free'))
      return () => told.push(`end ${names.join()}`)
    },
  }
  let fail!: (error: Error) => void
  const scheduler = { start: () => new Promise<never>((_resolve, reject) => (fail = reject)) }
  // The scheduler waits for the workers to be prepared.
  await assert.rejects(SpecCluster.start({ scheduler, workers: { a: spec } }), /no port is free/)
  assert.deepEqual(told, ['prepare a', 'end a'])
})

test('a nanny that was prepared joins when it is told where; one that was not started ends', async (t) => {
  const localDirectory = folder(t)
  const spec = Nanny.spec({ threads: 1, memoryLimit: 'none', localDirectory, listen: 'tcp://127.0.0.1:0' })
  const end = await spec.prepare!(['early', 'unwanted'])
  await using scheduler = await Scheduler.start()
  const { address, credentials } = scheduler
  const signal = new AbortController().signal
  const worker = (await spec.start({ name: 'early', scheduler: address, credentials, signal })) as Nanny
  end()
  const client = await Client.connect({ address, credentials }, { setAsDefault: false })
  assert.deepEqual(
    (await client.workers()).map(({ name }) => name),
    ['early'],
  )
  assert.equal(await client.submit((x: number) => x + 1, 41), 42)
  await client.close()
  await worker.close()
})
