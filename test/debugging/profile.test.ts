import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { type Client } from '../../src/client/index.js'
import { config } from '../../src/config/index.js'
import { type CallFrame, CallTree } from '../../src/events/index.js'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

let cluster: InProcessCluster
let client: Client

before(async () => {
  cluster = await InProcessCluster.start({ workers: 2, threads: 2 })
  client = cluster.client
})
after(() => cluster.close())

/** Computes for that many milliseconds. */
function busyLoop(ms: number): number {
  let sum = 0
  for (const end = performance.now() + ms; performance.now() < end; ) for (let i = 0; i < 1000; i++) sum += Math.sqrt(i)
  return sum
}

function otherLoop(ms: number): number {
  let product = 1
  for (const end = performance.now() + ms; performance.now() < end; ) for (let i = 1; i < 1000; i++) product *= 1 + 1 / i
  return product
}

// The engine merges functions into their callers once they have run for a while: those are found that are new.
function thirdLoop(ms: number): number {
  let sum = 0
  for (const end = performance.now() + ms; performance.now() < end; ) for (let i = 0; i < 1000; i++) sum += Math.cbrt(i)
  return sum
}

function secondLoop(ms: number): number {
  let sum = 0
  for (const end = performance.now() + ms; performance.now() < end; ) for (let i = 0; i < 1000; i++) sum += Math.atan(i)
  return sum
}

function fourthLoop(ms: number): number {
  let sum = 0
  for (const end = performance.now() + ms; performance.now() < end; ) for (let i = 0; i < 1000; i++) sum += Math.hypot(i, 1)
  return sum
}

test('what tasks compute is found, under the name and in the file of the user', async () => {
  const profile = await client.profile({ during: () => client.gather(client.map(busyLoop, [60, 60, 60, 60])) })
  const [first] = profile.functions().filter(({ name }) => name === 'busyLoop')
  assert.ok(first, String(profile))
  assert.match(first.file, /profile\.test\.(js|ts)$/)
  assert.ok(first.line > 1 && first.total >= first.self)
  assert.ok(first.self > 60 && first.self < 1000, `${first.self} ms`)
  assert.ok(profile.threads >= 1)
  assert.deepEqual(
    [...profile.workers.keys()].sort((a, b) => a.localeCompare(b)),
    ['worker-0', 'worker-1'],
  )
  const sum = [...profile.workers.values()].reduce((a, b) => a + b, 0)
  assert.ok(Math.abs(sum - profile.root.total) < 1e-6)
  assert.match(inspect(profile), /of work on \d threads of 2 workers\n {2}self {3}total\n/)
  const { nodes, samples, timeDeltas } = JSON.parse(profile.toCpuProfile()) as {
    nodes: { id: number; callFrame: { functionName: string }; children: number[] }[]
    samples: number[]
    timeDeltas: number[]
  }
  const busy = nodes.find(({ callFrame }) => callFrame.functionName === 'busyLoop')!
  assert.ok(samples.includes(busy.id) && samples.length === timeDeltas.length)
  // Each node but the root is the child of one.
  assert.equal(new Set(nodes.flatMap(({ children }) => children)).size, nodes.length - 1)
})

test('functions are where the user has written them: in TypeScript', async () => {
  const profile = await client.profile({ during: () => client.gather(client.map(secondLoop, [60, 60])) })
  const [first] = profile.functions().filter(({ name }) => name === 'secondLoop')
  assert.ok(first, String(profile))
  assert.match(first.file, /test[/\\]debugging[/\\]profile\.test\.ts$/)
  const lines = readFileSync(first.file, 'utf8').split('\n')
  assert.equal(first.line, 1 + lines.findIndex((line) => line.startsWith('function secondLoop')))
})

test('it starts and stops on request, on some workers, one at a time', async () => {
  const stop = await client.with({ workers: ['worker-1'] }).startProfile({ interval: 2 })
  await assert.rejects(client.startProfile(), /worker-1.*being profiled already/)
  // The other worker was left as it was.
  const other = await client.startProfile({ workers: ['worker-0'] })
  await client.with({ workers: ['worker-1'] }).submit(otherLoop, 250)
  assert.ok(!String(await other()).includes('otherLoop'))
  const profile = await stop()
  assert.ok(String(profile).includes('otherLoop'), String(profile))
  assert.deepEqual([...profile.workers.keys()], ['worker-1'])
  await assert.rejects(stop(), /stopped already/)
  assert.match(String(await client.profile({ duration: 1 })), /of work on/)
})

test('what throws meanwhile is thrown, and what cannot be is refused; nothing stays on', async () => {
  const no = new Error('no')
  await assert.rejects(
    client.profile({
      during: () => {
        throw no
      },
    }),
    no,
  )
  await assert.rejects(client.profile({ interval: 0 }), /interval must be/)
  await assert.rejects(client.profile({ duration: Number.NaN }), /duration must be/)
  await assert.rejects(client.profile({ workers: ['nobody'] }), /there is no worker nobody/)
  await assert.rejects(client.profile({ duration: 60_000, signal: AbortSignal.timeout(5) }), { name: 'AbortError' })
  await (await client.startProfile())()
})

test('trees are merged by what was called from where, and travel', () => {
  const frame = (name: string): CallFrame => ({ name, url: 'file:///a.js', line: 1, column: 1 })
  const frames = [frame('a'), frame('b')]
  const tree = new CallTree()
  tree.add({ frames, frame: [0, 1, 0], parent: [-1, 0, 1], self: [1, 2, 4], hits: [1, 1, 1] })
  tree.add({ frames, frame: [1, 0, 1], parent: [-1, -1, 1], self: [8, 16, 32], hits: [1, 1, 1] })
  const shape = ({ frame: { name }, self, total, children }: CallTree['root']): unknown => [
    name,
    self,
    total,
    children.map(shape),
  ]
  const expected = [
    '(all threads)',
    0,
    63,
    [
      ['a', 17, 55, [['b', 34, 38, [['a', 4, 4, []]]]]],
      ['b', 8, 8, []],
    ],
  ]
  assert.deepEqual(shape(tree.root), expected)
  const copy = new CallTree()
  copy.add(tree.flat())
  assert.deepEqual(shape(copy.root), expected)
})

test('the scheduler is profiled too, where that is asked for', async () => {
  const profile = await client.profile({
    workers: [],
    scheduler: true,
    during: async () => {
      for (let round = 0; round < 2; round++)
        await client.gather(
          client.map(
            (x: number) => x + round,
            Array.from({ length: 2000 }, (_, i) => i),
          ),
        )
    },
  })
  assert.deepEqual([...profile.workers.keys()], ['scheduler'])
  assert.ok(
    profile.functions().some(({ file }) => /[/\\]scheduler[/\\]/.test(file)),
    String(profile),
  )
})

test('what threads did in the past is known where the setting has workers note it, and other profiles are made meanwhile', async () => {
  await assert.rejects(client.profile({ past: true }), /worker\.profile has them do so/)
  const own = await config.with({ worker: { profile: '2 ms' } }, () => InProcessCluster.start({ workers: 1, threads: 2 }))
  try {
    // Threads start with the first tasks, and note what they do from then on.
    await own.client.gather(own.client.map(otherLoop, [5, 5, 5, 5]))
    await own.client.profile({ past: true })
    // Long enough to be seen where others have the processors most of the time.
    await own.client.gather(own.client.map(busyLoop, [200, 200]))
    assert.ok(String(await own.client.profile({ past: true })).includes('busyLoop'))
    const profile = await own.client.profile({ during: () => own.client.submit(thirdLoop, 200) })
    assert.ok(String(profile).includes('thirdLoop') && !String(profile).includes('busyLoop'), String(profile))
    // It goes on after that.
    await own.client.gather(own.client.map(fourthLoop, [200, 200]))
    const past = String(await own.client.profile({ past: true }))
    assert.ok(past.includes('fourthLoop') && past.includes('busyLoop') && !past.includes('thirdLoop'), past)
  } finally {
    await own.close()
  }
})
