import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { ArgumentError } from '../../src/base/index.js'
import { Client } from '../../src/client/index.js'
import { WorkerServer } from '../../src/cluster/index.js'
import { LocalCluster } from '../../src/deploy/index.js'
import {
  NannyPlugin,
  PluginError,
  type PluginNanny,
  type PluginScheduler,
  type PluginWorker,
  SchedulerPlugin,
  type SchedulerTransition,
  type TaskTransition,
  WorkerPlugin,
} from '../../src/plugins/index.js'
import { InProcessCluster } from './in-process-cluster.js'

/** What plugins say, which run in this process but are copies of those that the test has. */
const SAID = Symbol.for('heddle.test.said')

function said(): string[] {
  return ((globalThis as Record<symbol, unknown>)[SAID] ??= []) as string[]
}

async function start(t: TestContext, workers: number, threads = 1): Promise<InProcessCluster> {
  said().length = 0
  const cluster = await InProcessCluster.start({ workers, threads })
  t.after(() => cluster.close())
  return cluster
}

/** One more worker. */
async function join1(cluster: InProcessCluster, name: string): Promise<WorkerServer> {
  const { address: scheduler, credentials } = cluster
  const own = { scheduler, credentials, name, threads: 1, listen: 'tcp://127.0.0.1:0', localDirectory: tmpdir() }
  const worker = await WorkerServer.start(own)
  cluster.workers.push(worker)
  return worker
}

class Diary extends WorkerPlugin {
  readonly greeting: string
  constructor(greeting: string) {
    super()
    this.greeting = greeting
  }
  override setup({ name }: PluginWorker): void {
    said().push(`${this.greeting} ${name}`)
  }
  override teardown({ name }: PluginWorker): void {
    said().push(`bye ${name}`)
  }
}

test('a worker plugin: set up on all workers, also on those that come later, and taken down', async (t) => {
  const cluster = await start(t, 2)
  const { client } = cluster
  assert.equal(await client.registerPlugin(new Diary('hello')), 'Diary')
  assert.deepEqual(said().toSorted(), ['hello worker-0', 'hello worker-1'])
  assert.deepEqual(await client.listPlugins(), new Map([['Diary', 'worker']]))
  said().length = 0
  const third = await join1(cluster, 'third')
  assert.deepEqual(said(), ['hello third'])
  // One of the same name takes its place.
  said().length = 0
  await client.registerPlugin(new Diary('hi'))
  assert.deepEqual(said().toSorted(), ['bye third', 'bye worker-0', 'bye worker-1', 'hi third', 'hi worker-0', 'hi worker-1'])
  said().length = 0
  await third.close('it leaves')
  assert.deepEqual(said(), ['bye third'])
  said().length = 0
  await client.unregisterPlugin('Diary')
  assert.deepEqual(said().toSorted(), ['bye worker-0', 'bye worker-1'])
  await join1(cluster, 'fourth')
  assert.equal(said().length, 2)
  await assert.rejects(client.unregisterPlugin('Diary'), /there is no plugin Diary; there is none/)
  assert.deepEqual(await client.listPlugins(), new Map())
})

test('a plain object is a plugin when it says of what', async (t) => {
  const { client } = await start(t, 1)
  const greeting = 'good day'
  const plugin = { setup: ({ name }: PluginWorker) => void said().push(`${greeting} ${name}`) }
  await assert.rejects(client.registerPlugin(plugin as WorkerPlugin, { name: 'plain' }), /what is an object a plugin of\?/)
  await assert.rejects(client.registerPlugin(plugin, { on: 'worker' }), ArgumentError)
  await client.registerPlugin(plugin, { on: 'worker', name: 'plain' })
  assert.deepEqual(said(), ['good day worker-0'])
})

class Fussy extends WorkerPlugin {
  readonly refused: string
  constructor(refused: string) {
    super()
    this.refused = refused
  }
  override setup({ name }: PluginWorker): void {
    said().push(`hello ${name}`)
    if (name === this.refused) refuse()
  }
  override teardown({ name }: PluginWorker): void {
    said().push(`bye ${name}`)
  }
}

function refuse(): never {
  throw new RangeError('not on this one')
}

test('setup throws on a running worker: the call says where and why, and it is registered nowhere', async (t) => {
  const cluster = await start(t, 2)
  const { client } = cluster
  await assert.rejects(client.registerPlugin(new Fussy('worker-1')), (error: unknown) => {
    assert.ok(error instanceof PluginError)
    assert.equal(error.message, 'the plugin Fussy could not be set up on the worker worker-1: RangeError: not on this one')
    // Where in the plugin.
    assert.match(String((error.cause as Error).stack), /at refuse/)
    return true
  })
  assert.deepEqual(said().toSorted(), ['bye worker-0', 'hello worker-0', 'hello worker-1'])
  assert.deepEqual(await client.listPlugins(), new Map())
  const sum = client.submit((a: number, b: number) => a + b, 1, 2)
  assert.equal(await sum, 3)
})

test('setup throws on a worker that joins: it does not', async (t) => {
  const cluster = await start(t, 1)
  await cluster.client.registerPlugin(new Fussy('late'))
  await assert.rejects(join1(cluster, 'late'), (error: unknown) => {
    assert.ok(error instanceof PluginError)
    assert.match(String(error.stack), /the plugin Fussy could not be set up on the worker late: RangeError[^]*at refuse/)
    return true
  })
  assert.deepEqual([...(await cluster.client.ncores()).keys()], ['worker-0'])
  await join1(cluster, 'later')
})

test('teardown throws: the call says so, and it is gone', async (t) => {
  const { client } = await start(t, 1)
  await client.registerPlugin({ name: 'sticky', teardown: refuse }, { on: 'worker' })
  await assert.rejects(client.unregisterPlugin('sticky'), /sticky could not be taken down on the worker worker-0: RangeError/)
  assert.deepEqual(await client.listPlugins(), new Map())
})

class Follower extends WorkerPlugin {
  override transition({ key, label, from, to }: TaskTransition): void {
    said().push(`${label} ${key.split(':')[1]} ${from ?? '-'} ${to}`)
  }
}

test('transitions of tasks on a worker', async (t) => {
  const { client } = await start(t, 1)
  await client.registerPlugin(new Follower())
  const good = client.with({ label: 'good' }).submit((x: number) => [x], 1)
  await good
  const bad = client.with({ label: 'bad' }).submit(refuse)
  await assert.rejects(bad.result())
  good.release()
  bad.release()
  await client.runOnScheduler(() => 0)
  await client.run(() => 0)
  const of = (label: string): string[] => said().filter((line) => line.startsWith(label))
  assert.deepEqual(of('good'), [
    'good 0 - waiting',
    'good 0 waiting executing',
    'good 0 executing memory',
    'good 0 memory released',
  ])
  assert.deepEqual(of('bad'), ['bad 0 - waiting', 'bad 0 waiting executing', 'bad 0 executing error'])
  await client.unregisterPlugin('Follower')
  said().length = 0
  await client.submit((x: number) => x, 1)
  assert.deepEqual(said(), [])
})

test('a plugin that throws in transition hears of no more', async (t) => {
  const { client } = await start(t, 1)
  const errors = t.mock.method(console, 'error', () => undefined)
  const transition = (): void => {
    said().push('told')
    refuse()
  }
  await client.registerPlugin({ name: 'thrower', transition }, { on: 'worker' })
  await client.registerPlugin(new Follower())
  assert.equal(await client.submit((x: number) => x + 1, 1), 2)
  assert.equal(said().filter((line) => line === 'told').length, 1)
  assert.ok(said().length > 2)
  assert.equal(errors.mock.callCount(), 1)
  assert.match(String(errors.mock.calls[0]!.arguments[0]), /the plugin thrower is told of no further transitions/)
})

class InThreads extends WorkerPlugin {
  readonly value: number
  constructor(value: number) {
    super()
    this.value = value
  }
  override async setupThread({ name }: PluginWorker): Promise<void> {
    await Promise.resolve()
    ;(globalThis as Record<string, unknown>)['prepared'] = `${name} ${this.value}`
  }
}

function prepared(_: number): [number, unknown] {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  return [Math.random(), (globalThis as Record<string, unknown>)['prepared']]
}

test('setupThread: every thread that runs tasks, also those that start later', async (t) => {
  const { client } = await start(t, 1, 3)
  await client.submit(prepared, 0)
  await client.registerPlugin(new InThreads(7))
  const found = await client.gather(
    client.map(
      prepared,
      Array.from({ length: 12 }, (_, i) => i),
    ),
  )
  assert.deepEqual(new Set(found.map(([, value]) => value)), new Set(['worker-0 7']))
  await assert.rejects(
    client.registerPlugin({ name: 'broken', setupThread: refuse }, { on: 'worker' }),
    /the plugin broken could not be set up on the worker worker-0: RangeError: not on this one/,
  )
  await client.unregisterPlugin('InThreads')
})

class Slow extends WorkerPlugin {
  override async setup({ name }: PluginWorker): Promise<void> {
    said().push(`hello ${name}`)
    if (name === 'worker-1') await new Promise(() => undefined)
  }
  override teardown({ name }: PluginWorker): void {
    said().push(`bye ${name}`)
  }
}

test('a worker that ends while its plugin is being set up keeps nobody waiting', async (t) => {
  const cluster = await start(t, 2)
  const registered = cluster.client.registerPlugin(new Slow())
  while (said().length < 2) await cluster.client.runOnScheduler(() => 0)
  await cluster.workers[1]!.close('it leaves')
  assert.equal(await registered, 'Slow')
  await cluster.client.unregisterPlugin('Slow')
  assert.deepEqual(said().toSorted(), ['bye worker-0', 'hello worker-0', 'hello worker-1'])
})

test('plugins that come and go at the same time end up as was asked for last', async (t) => {
  const cluster = await start(t, 2)
  const { client } = cluster
  const other = await Client.connect(cluster, { setAsDefault: false })
  t.after(() => other.close())
  await Promise.all([
    client.registerPlugin(new Diary('first'), { name: 'd' }),
    join1(cluster, 'late'),
    other.registerPlugin(new Diary('second'), { name: 'e' }),
    client.unregisterPlugin('d'),
  ])
  assert.deepEqual(await client.listPlugins(), new Map([['e', 'worker']]))
  for (const name of ['worker-0', 'worker-1', 'late']) {
    const lines = said().filter((line) => line.endsWith(name))
    const count = (word: string): number => lines.filter((line) => line.startsWith(word)).length
    assert.equal(count('second'), 1)
    // What was there is there no more.
    assert.equal(count('first'), count('bye'))
  }
})

class Ledger extends SchedulerPlugin {
  override setup(scheduler: PluginScheduler): void {
    said().push(`setup with ${[...scheduler.workers().keys()].join(' ')} at ${scheduler.addresses.length}`)
  }
  override transition({ kind, key, label, workerName }: SchedulerTransition): void {
    said().push([kind, label, key?.split(':')[1], workerName].filter((part) => part !== undefined).join(' '))
  }
  override teardown(): void {
    said().push('teardown')
  }
}

test('a scheduler plugin hears of everything that happens', async (t) => {
  const cluster = await start(t, 1)
  const { client } = cluster
  await client.registerPlugin(new Ledger(), { name: 'ledger' })
  const one = client.with({ label: 'one' }).submit((x: number) => [x], 1)
  await one
  one.release()
  const worker = await join1(cluster, 'late')
  await worker.close('it leaves')
  await client.runOnScheduler(() => 0)
  const lines = said()
  assert.equal(lines[0], 'setup with worker-0 at 1')
  assert.deepEqual(
    lines.filter((line) => line.includes(' one ')),
    [
      'taskReady one 0',
      'taskSent one 0 worker-0',
      'taskFinished one 0 worker-0',
      'taskStored one 0 worker-0',
      'taskReleased one 0 worker-0',
    ],
  )
  assert.ok(lines.includes('workerJoined late'))
  await client.unregisterPlugin('ledger')
  assert.equal(said().at(-1), 'teardown')
  assert.ok(said().includes('workerLeft late'), said().join('\n'))
  await assert.rejects(
    client.registerPlugin({ name: 'broken', setup: refuse }, { on: 'scheduler' }),
    /the plugin broken could not be set up on the scheduler: RangeError: not on this one/,
  )
})

class Environment extends NannyPlugin {
  override readonly name = 'environment'
  override readonly restart = true
  readonly value: string
  readonly folder: string
  constructor(value: string, folder: string) {
    super()
    this.value = value
    this.folder = folder
  }
  override setup(nanny: PluginNanny): void {
    if (this.value === 'bad') throw new TypeError(`nothing of the kind for ${nanny.name}`)
    nanny.environment['TEST_OF_NANNIES'] = this.value
  }
  override async teardown(nanny: PluginNanny): Promise<void> {
    const { writeFileSync } = await import('node:fs')
    writeFileSync(`${this.folder}/${nanny.name.replace(' ', '-')}`, 'gone')
  }
}

test('a nanny plugin: what it changes, workers are started with', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-test-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const cluster = await LocalCluster.start({ workers: 1, threadsPerWorker: 1 })
  t.after(() => cluster.close())
  const client = await Client.connect(cluster, { setAsDefault: false })
  t.after(() => client.close())
  const [before] = await client.workers()
  await client.registerPlugin(new Environment('one', folder))
  // Its worker starts again.
  for (let pid: number | undefined = before!.pid; pid === undefined || pid === before!.pid; ) {
    await client.waitForWorkers(1)
    pid = (await client.workers())[0]?.pid
  }
  const value = () => process.env['TEST_OF_NANNIES']
  assert.deepEqual(await client.run(value), new Map([['0', 'one']]))
  await cluster.scale(2)
  assert.deepEqual(
    await client.run(value),
    new Map([
      ['0', 'one'],
      ['1', 'one'],
    ]),
  )
  await assert.rejects(
    client.registerPlugin({ name: 'bad', setup: () => refuse() }, { on: 'nanny' }),
    /the plugin bad could not be set up on the nanny of worker \d: RangeError: not on this one/,
  )
  await client.unregisterPlugin('environment')
  assert.deepEqual(readdirSync(folder), ['worker-0', 'worker-1'])
})

test('a worker process whose plugin throws does not start: the error of who starts it says why', async (t) => {
  const cluster = await LocalCluster.start({ workers: 0, threadsPerWorker: 1 })
  t.after(() => cluster.close())
  const client = await Client.connect(cluster, { setAsDefault: false })
  t.after(() => client.close())
  await client.registerPlugin(new Fussy('0'))
  await assert.rejects(
    cluster.scale(1),
    /worker 0 did not start: it gave up: the plugin Fussy could not be set up on the worker 0: RangeError: not on this one[^]*at refuse/,
  )
  assert.deepEqual(cluster.workers, [])
  await client.registerPlugin({ name: 'for-nannies', setup: () => refuse() }, { on: 'nanny' })
  await client.unregisterPlugin('Fussy')
  await assert.rejects(cluster.scale(1), /the plugin for-nannies could not be set up on the nanny of worker 1: RangeError/)
  await client.unregisterPlugin('for-nannies')
  await cluster.scale(1)
  assert.deepEqual(cluster.workers, ['2'])
})
