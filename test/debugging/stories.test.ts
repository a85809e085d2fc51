import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inspect } from 'node:util'
import { type Client, getTaskStream } from '../../src/client/index.js'
import { span } from '../../src/expr/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

let cluster: InProcessCluster
let client: Client

before(async () => {
  cluster = await InProcessCluster.start()
  client = cluster.client
})
after(() => cluster.close())

const inc = (x: number): number => x + 1
const fail = (text: string): never => {
  throw new RangeError(text)
}

test('a story: what the scheduler and the worker say of a task, in the order in which it happened', async () => {
  const future = client.with({ workers: ['worker-1'] }).submit(inc, 1)
  await future
  const story = await client.story(future)
  assert.deepEqual(
    story.events.filter(({ by }) => by === 'scheduler').map(({ kind }) => kind),
    ['taskReady', 'taskSent', 'taskFinished', 'taskStored'],
  )
  assert.deepEqual(
    story.events.filter(({ by }) => by !== 'scheduler').map(({ by, kind }) => [by, kind]),
    [
      ['worker-1', 'received'],
      ['worker-1', 'given'],
      ['worker-1', 'ended'],
    ],
  )
  const kinds = story.events.map(({ kind }) => kind)
  assert.ok(kinds.indexOf('taskSent') < kinds.indexOf('received'))
  assert.ok(kinds.indexOf('ended') < kinds.indexOf('taskFinished'))
  assert.ok(story.events.every(({ key, time }) => key === future.key && Math.abs(time - Date.now()) < 60_000))
  const text = inspect(story)
  assert.match(text, new RegExp(`^Story of ${future.key}, from \\d{4}-`))
  assert.match(text, /scheduler {2}sent to worker-1\n/)
  assert.match(text, /worker-1 {3}finished on thread \d+ after /)
})

test('stories of several tasks, by future and by key, also of what was let go', async () => {
  const bad = client.submit(fail, 'no good')
  const two = client.submit(inc, 2)
  await two
  await bad.settled()
  two.release()
  const story = await client.story(bad, two.key)
  assert.deepEqual(new Set(story.events.map(({ key }) => key)), new Set([bad.key, two.key]))
  assert.match(String(story), new RegExp(`${bad.key}: failed on worker-\\d: RangeError: no good`))
  await assert.rejects(client.story('inc-nothing:0'), /nothing is known of a task inc-nothing:0/)
  await assert.rejects(client.story(), /of which tasks/)
  await assert.rejects(client.story(7 as never), /neither a key nor a future/)
})

test('a task that got its input from another worker tells so', async () => {
  const data = client.with({ workers: ['worker-0'] }).submit(() => new Float64Array(1000))
  const there = client.with({ workers: ['worker-1'] }).submit((xs: Float64Array) => xs.length, data)
  assert.equal(await there, 1000)
  assert.match(String(await client.story(there)), /worker-1 {3}got an input of 7\.\d+ KiB|8\.\d+ kB from worker-0 in/)
  const run = (await client.getTaskStream()).find(({ key }) => key === there.key)!
  assert.equal(run.transfers.length, 1)
  const [transfer] = run.transfers
  assert.equal(transfer!.from, 'worker-0')
  assert.ok(transfer!.bytes >= 8000 && transfer!.start <= transfer!.stop && transfer!.stop <= run.stop)
})

test('the stream of tasks: which, where, when, how', async () => {
  const before = Date.now()
  const { result, tasks } = await getTaskStream(client, async () => {
    const futures = span('squares', () =>
      client.map(
        (x: number) => x * x,
        Array.from({ length: 50 }, (_, i) => i),
      ),
    )
    await client.submit(fail, 'on purpose').settled()
    await client.gather(futures)
    return futures
  })
  assert.equal(tasks.length, 51)
  assert.deepEqual(
    new Set(tasks.filter(({ span: spans }) => spans[0] === 'squares').map(({ key }) => key)),
    new Set(result.map(({ key }) => key)),
  )
  assert.deepEqual(
    tasks.filter(({ status }) => status === 'failed').map(({ label }) => label),
    ['fail'],
  )
  const ends = tasks.map(({ stop }) => stop)
  assert.deepEqual(
    ends,
    [...ends].sort((a, b) => a - b),
  )
  for (const { worker, thread, start, stop } of tasks) {
    assert.match(worker, /^worker-[01]$/)
    assert.ok(thread > 0 && before - 1 <= start && start <= stop && stop <= Date.now() + 1)
  }
  // Of one thread no two overlap.
  for (const name of ['worker-0', 'worker-1']) {
    const own = tasks.filter(({ worker }) => worker === name)
    for (let i = 1; i < own.length; i++) assert.ok(own[i]!.start >= own[i - 1]!.stop - 1e-3)
  }
  const last = await client.getTaskStream({ count: 3 })
  assert.deepEqual(
    last.map(({ key }) => key),
    tasks.slice(-3).map(({ key }) => key),
  )
  assert.deepEqual(await client.getTaskStream({ start: new Date(Date.now() + 60_000) }), [])
  await assert.rejects(client.getTaskStream({ start: new Date('never') }), /start must be/)
  await assert.rejects(client.getTaskStream({ count: -1 }), /count must be/)
  await assert.rejects(client.getTaskStream({ workers: ['nobody'] }), /there is no worker nobody/)
})
