import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Event, type Client, getWorker, workerClient } from '../../src/client/index.js'
import { Reschedule } from '../../src/lanes/reschedule.js'
import { rejoin, secede } from '../../src/lanes/secede.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

const options = { skip: process.platform === 'win32' ? 'there are no named pipes' : false }

let cluster: InProcessCluster
let client: Client
let folder: string

before(async () => {
  cluster = await InProcessCluster.start({ workers: 1, threads: 1 })
  client = cluster.client
  folder = await mkdtemp(join(tmpdir(), 'heddle-test-'))
})
after(async () => {
  await cluster.close()
  await rm(folder, { recursive: true })
})

/** A pipe in the file system: who reads it stops its thread until somebody writes. */
function pipe(name: string): string {
  const path = join(folder, name)
  assert.equal(spawnSync('mkfifo', [path]).status, 0)
  return path
}

/** The thread that it is called in: a captured number would be that of this thread. */
const thisThread = (): number => process.getBuiltinModule('node:worker_threads').threadId

const block = (path: string): string => readFileSync(path, 'utf8')

test('a task that secedes leaves its place to the one that it waits for, on one worker of one thread', options, async () => {
  const path = pipe('one')
  const long = client.submit((file: string) => {
    secede()
    secede()
    return [block(file), thisThread()] as const
  }, path)
  const short = client.submit((file: string) => {
    writeFileSync(file, 'now')
    return thisThread()
  }, path)
  const [text, longThread] = await long
  assert.equal(text, 'now')
  assert.notEqual(await short, longThread)
})

test('several tasks that secede do so one after the other, and the threads are given up again', options, async () => {
  const paths = Array.from({ length: 3 }, (_, i) => pipe(`several ${i}`))
  const long = client.map((file: string) => {
    secede()
    return block(file)
  }, paths)
  const writes = client.map((file: string) => writeFileSync(file, file), paths)
  await client.gather(writes)
  assert.deepEqual(await client.gather(long), paths)
  const threads = new Set(
    await client.gather(
      client.map(
        (i: number) => (i < 0 ? 0 : thisThread()),
        Array.from({ length: 50 }, (_, i) => i),
      ),
    ),
  )
  assert.equal(threads.size, 1)
})

test('a task that rejoins computes instead of another one', options, async () => {
  const path = pipe('rejoin')
  const arrived = pipe('arrived')
  const held = pipe('held')
  const long = client.submit(async (file: string) => {
    secede()
    block(file)
    await rejoin()
    return thisThread()
  }, path)
  // It takes the only place, and keeps it until it is let go.
  const other = client.submit(
    (from: string, to: string, until: string) => {
      writeFileSync(from, 'go on')
      writeFileSync(to, 'here')
      return [block(until), thisThread()] as const
    },
    path,
    arrived,
    held,
  )
  const { readFile, writeFile } = await import('node:fs/promises')
  assert.equal(await readFile(arrived, 'utf8'), 'here')
  assert.equal(long.status, 'pending')
  await writeFile(held, 'let go')
  const [, otherThread] = await other
  assert.notEqual(await long, otherThread)
})

test('secede comes first in a task; elsewhere neither does anything', async () => {
  const late = client.submit(async () => {
    await Promise.resolve()
    secede()
  })
  await assert.rejects(late.result(), /before the task awaits anything/)
  await assert.rejects(client.submit(() => rejoin()).result(), /no task of this thread has seceded/)
  secede()
  await rejoin()
})

test('tasks that submit tasks do not wait for themselves, however deep', async () => {
  const depth = (n: number): Promise<number> | number =>
    n === 0 ? 0 : workerClient(async (c) => (await c.submit(depth, n - 1)) + 1)
  assert.equal(await client.submit(depth, 8), 8)
})

test('a task that fails after it has seceded leaves nothing behind', async () => {
  const failed = client.submit(() => {
    secede()
    throw new RangeError('too long')
  })
  await assert.rejects(failed.result(), /too long/)
  assert.equal(await client.submit(() => 1), 1)
})

test('a task that asks for it is run again, on another worker, and is not charged', async () => {
  const two = await InProcessCluster.start({ workers: 2 })
  const before = two.scheduler.log.length
  const once = two.client.map(
    (i: number) => {
      const { name } = getWorker()
      if (name === 'worker-0') throw new Reschedule()
      return [i, name] as const
    },
    [0, 1, 2, 3],
  )
  for (const [, name] of await two.client.gather(once)) assert.equal(name, 'worker-1')
  const input = two.client.with({ workers: ['worker-0'] }).submit(() => 'input')
  const again = two.client.submit(async (text: string) => {
    await Promise.resolve()
    if (getWorker().name === 'worker-0') throw new Reschedule('not here')
    return text
  }, input)
  assert.equal(await again, 'input')
  assert.ok(two.scheduler.log.length > before)
  await two.close()
})

test('threads that are started later know which worker of a process they belong to', async () => {
  const two = await InProcessCluster.start({ workers: 2 })
  const nameOn = (worker: string): Promise<string> =>
    two.client
      .with({ workers: [worker] })
      .submit(() => getWorker().name)
      .result()
  for (const { name } of two.workers) {
    // Its thread dies of it, and it starts another one.
    const deadly = two.client.with({ workers: [name] }).submit(() => process.exit())
    await assert.rejects(deadly.result(), /died/)
    assert.equal(await nameOn(name), name)
  }
  await two.close()
})

test('a task may ask for it more often than it may fail', async () => {
  const counter = new Event('tenth', { client })
  const queue = new (await import('../../src/client/index.js')).Queue<number>('tries', { client })
  await queue.putBatch(Array.from({ length: 10 }, (_, i) => i))
  const tries = client.submit(async () => {
    const n = await queue.get()
    if (n < 9) throw new Reschedule()
    await counter.set()
    return n
  })
  assert.equal(await tries, 9)
  assert.equal(await counter.isSet(), true)
})
