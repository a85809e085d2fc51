import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TaskTrail } from '../../src/cluster/worker/task-trail.js'
import { WorkerLayer } from '../../src/cluster/worker/worker-layers.js'

const layer = new WorkerLayer(
  { id: 1, name: 'inc-1', label: 'inc', captures: 0, bytes: new Uint8Array(0), annotations: { span: ['load'] } },
  false,
)
const nothing = new Int32Array(0)
/** By slot: what a worker knows of its tasks. */
const layers = new Array<WorkerLayer>(100).fill(layer)
/** So that the trail looks at the clock again. */
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a run from the moment it came to its end, with what was got for it', async () => {
  let now = 10
  const trail = new TaskTrail(4, layers, () => now)
  // Two values are missing, of which the second cannot be had.
  trail.received(7, 3, 5, layer, 42, Int32Array.of(9, 9, 1, 2, 1, 6, 2, 1, 1, 6), 2, 2)
  await tick()
  now = 11
  trail.fetched(6, 1, 2, 800, 10.5)
  trail.fetched(6, 2, 1, undefined, 10.5)
  trail.fetched(1, 4, 4, 8, 10.5)
  trail.given(7)
  assert.deepEqual(trail.runs({}), [])
  assert.equal(trail.runs({ keys: ['inc-1:42'] })[0]!.status, 'running')
  await tick()
  now = 13
  trail.waits(7)
  await tick()
  now = 15
  trail.finished(7, 2, 4, true)
  const expected = {
    graph: 3,
    task: 5,
    key: 'inc-1:42',
    label: 'inc',
    span: ['load'],
    thread: 2,
    received: 10,
    given: 11,
    waited: 13,
    stop: 15,
    seconds: 4,
    status: 'failed',
    transfers: [{ from: 6, bytes: 800, start: 10.5, stop: 11 }],
  }
  const runs = trail.runs({})
  assert.deepEqual(runs, [expected])
  assert.deepEqual(trail.runs({ tasks: [[3, 5]] }), runs)
  assert.deepEqual(trail.runs({ tasks: [[5, 3]] }), [])
  assert.deepEqual(trail.runs({ since: 15.1 }), [])
  assert.deepEqual(trail.runs({ count: 0 }), [])
  // It is over: nothing ends twice.
  trail.interrupted(7, 2)
  assert.equal(trail.runs({}).length, 1)
})

test('runs of one thread that were reported together are laid one before the other', () => {
  const trail = new TaskTrail(10, layers, () => 100)
  for (let slot = 0; slot < 3; slot++) {
    trail.received(slot, 1, slot, layer, slot, nothing, 0, 0)
    trail.given(slot)
  }
  trail.finished(0, 1, 2, false)
  trail.finished(1, 1, 3, false)
  trail.finished(2, 2, 7, false)
  assert.deepEqual(
    trail.runs({}).map(({ stop, seconds }) => [stop - seconds, stop]),
    [
      [95, 97],
      [97, 100],
      [93, 100],
    ],
  )
})

test('it remembers the last so many, whatever order they end in, and none when it is to', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 5 }),
      fc.array(fc.tuple(fc.integer({ min: 0, max: 70 }), fc.boolean()), { maxLength: 60 }),
      (capacity, steps) => {
        const trail = new TaskTrail(capacity, layers, () => 1)
        const open = new Map<number, number>()
        const ended: string[] = []
        steps.forEach(([slot, ends], n) => {
          if (!ends) {
            trail.received(slot, 1, n, layer, n, nothing, 0, 0)
            open.set(slot, n)
          } else {
            trail.finished(slot, 1, 0, false)
            if (open.has(slot)) ended.push(`inc-1:${open.get(slot)}`)
            open.delete(slot)
          }
        })
        assert.deepEqual(
          trail.runs({}).map(({ key }) => key),
          capacity === 0 ? [] : ended.slice(-capacity),
        )
        const running = trail.runs({ tasks: steps.map((_, n) => [1, n] as const) }).filter(({ status }) => status === 'running')
        assert.equal(running.length, capacity === 0 ? 0 : open.size)
      },
    ),
  )
})

test('its memory is bounded, however much runs', () => {
  const before = process.memoryUsage().arrayBuffers
  const trail = new TaskTrail(1000, layers, () => 1)
  for (let n = 0; n < 200_000; n++) {
    trail.received(n % 100, 1, n, layer, n, nothing, 0, 0)
    trail.given(n % 100)
    trail.finished(n % 100, 1, 0, false)
  }
  assert.equal(trail.runs({}).length, 1000)
  // A column of all of them would take more than this; what tasks that end together have in common is there once.
  assert.ok(process.memoryUsage().arrayBuffers - before < 150_000)
})

test('runs that have little in common, and more of them than are remembered, are told as they were', async () => {
  let now = 0
  const trail = new TaskTrail(70, layers, () => now)
  const expected: (readonly [number, number, number, number, number, string])[] = []
  for (let n = 0; n < 500; n++) {
    const [slot, graph, thread] = [n % 7, 1 + (Math.floor(n / 3) % 4), 1 + (Math.floor(n / 5) % 3)]
    const failed = n % 11 === 0
    now = Math.floor(n / 2)
    await tick()
    trail.received(slot, graph, n, layer, n * 2, nothing, 0, 0)
    trail.given(slot)
    if (n % 13 === 0) trail.waits(slot)
    trail.finished(slot, thread, 0.25, failed)
    expected.push([graph, n, thread, now, n % 13 === 0 ? now : Number.NaN, failed ? 'failed' : 'finished'])
  }
  assert.deepEqual(
    trail.runs({}).map(({ graph, task, thread, received, waited, status }) => [graph, task, thread, received, waited, status]),
    expected.slice(-70),
  )
  assert.deepEqual(
    trail.runs({ count: 70 }).map(({ key }) => key),
    expected.slice(-70).map(([, task]) => `inc-1:${task * 2}`),
  )
})
