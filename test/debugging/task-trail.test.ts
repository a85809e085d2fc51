import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EndKind } from '../../src/lanes/index.js'
import { TaskColumns } from '../../src/cluster/worker/task-columns.js'
import { TaskTrail } from '../../src/cluster/worker/task-trail.js'
import { WorkerLayer } from '../../src/cluster/worker/worker-layers.js'

const layer = new WorkerLayer(
  { id: 1, name: 'inc-1', label: 'inc', captures: 0, bytes: new Uint8Array(0), annotations: { span: ['load'] } },
  false,
)
const nothing = new Int32Array(0)

/** A trail, and what a worker knows of its tasks. */
class Scene {
  readonly trail: TaskTrail
  readonly #tasks = Array.from({ length: 100 }, () => ({ graph: -1, task: -1, given: false, ended: true }))
  readonly #columns = new TaskColumns()

  constructor(capacity: number, now: () => number) {
    const tasks = {
      hasTask: (slot: number) => !this.#tasks[slot]!.ended,
      isHandedOut: (slot: number) => this.#tasks[slot]!.given,
      graphOf: (slot: number) => this.#tasks[slot]!.graph,
      taskOf: (slot: number) => this.#tasks[slot]!.task,
    }
    this.trail = new TaskTrail(capacity, tasks, this.#columns, now)
  }

  received(slot: number, graph: number, task: number, index: number, words: Int32Array = nothing, missing = 0): void {
    this.#tasks[slot] = { graph, task, given: false, ended: false }
    this.#columns.set(slot, layer, index, 0, undefined, undefined)
    this.trail.tick()
    this.trail.received(slot, words, words.length - missing * 4, missing)
  }

  given(slot: number): void {
    this.#tasks[slot]!.given = true
    this.trail.tick()
    this.trail.given(slot)
  }

  waits(slot: number): void {
    this.trail.ended(Float64Array.of(slot, EndKind.suspended, 0, 0, 0, 0, 0, 0), 0)
  }

  finished(slot: number, thread: number, seconds: number, failed: boolean): void {
    this.#tasks[slot]!.ended = true
    this.trail.ended(Float64Array.of(slot, failed ? EndKind.error : EndKind.number, seconds, 0, 0, 0, 0, 0), thread)
  }

  interrupted(slot: number, thread: number): void {
    this.#tasks[slot]!.ended = true
    this.trail.interrupted(slot, thread)
  }

  /** The worker does not have the task any more, which never ran. */
  cancelled(slot: number): void {
    this.#tasks[slot]!.ended = true
  }
}
/** So that the trail looks at the clock again. */
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a run from the moment it came to its end, with what was got for it', async () => {
  let now = 10
  const scene = new Scene(4, () => now)
  const { trail } = scene
  // Two values are missing, of which the second cannot be had.
  scene.received(7, 3, 5, 42, Int32Array.of(9, 9, 1, 2, 1, 6, 2, 1, 1, 6), 2)
  await tick()
  now = 11
  trail.fetched(6, 1, 2, 800, 10.5)
  trail.fetched(6, 2, 1, undefined, 10.5)
  trail.fetched(1, 4, 4, 8, 10.5)
  scene.given(7)
  assert.deepEqual(trail.runs({}), [])
  assert.equal(trail.runs({ keys: ['inc-1:42'] })[0]!.status, 'running')
  await tick()
  now = 13
  scene.waits(7)
  // It waits for another promise later: what counts is when it began to.
  await tick()
  now = 14
  scene.waits(7)
  await tick()
  now = 15
  scene.finished(7, 2, 4, true)
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
  // The same slot has another task, whose thread goes.
  scene.received(7, 3, 6, 43)
  scene.given(7)
  scene.interrupted(7, 2)
  assert.deepEqual(
    trail.runs({}).map(({ key, status, transfers }) => [key, status, transfers.length]),
    [
      ['inc-1:42', 'failed', 1],
      ['inc-1:43', 'interrupted', 0],
    ],
  )
})

test('runs of one thread that were reported together are laid one before the other', () => {
  const scene = new Scene(10, () => 100)
  const { trail } = scene
  for (let slot = 0; slot < 3; slot++) {
    scene.received(slot, 1, slot, slot)
    scene.given(slot)
  }
  scene.finished(0, 1, 2, false)
  scene.finished(1, 1, 3, false)
  scene.finished(2, 2, 7, false)
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
        const scene = new Scene(capacity, () => 1)
        const { trail } = scene
        const open = new Map<number, number>()
        const ended: string[] = []
        steps.forEach(([slot, ends], n) => {
          if (!ends) {
            scene.received(slot, 1, n, n)
            open.set(slot, n)
          } else {
            if (!open.has(slot)) return
            scene.finished(slot, 1, 0, false)
            ended.push(`inc-1:${open.get(slot)}`)
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

test('a task that was cancelled before it ran is not told to run', () => {
  const scene = new Scene(10, () => 1)
  scene.received(3, 1, 5, 5)
  scene.received(4, 1, 6, 6)
  scene.cancelled(3)
  const keys = scene.trail.runs({ keys: ['inc-1:5', 'inc-1:6'] }).map(({ key }) => key)
  assert.deepEqual(keys, ['inc-1:6'])
})

test('its memory is bounded, however much runs', () => {
  const before = process.memoryUsage().arrayBuffers
  const scene = new Scene(1000, () => 1)
  const { trail } = scene
  for (let n = 0; n < 200_000; n++) {
    scene.received(n % 100, 1, n, n)
    scene.given(n % 100)
    scene.finished(n % 100, 1, 0, false)
  }
  assert.equal(trail.runs({}).length, 1000)
  // A column of all of them would take more than this; what tasks that end together have in common is there once.
  assert.ok(process.memoryUsage().arrayBuffers - before < 150_000)
})

test('runs that have little in common, and more of them than are remembered, are told as they were', async () => {
  let now = 0
  const scene = new Scene(70, () => now)
  const { trail } = scene
  const expected: (readonly [number, number, number, number, number, string])[] = []
  for (let n = 0; n < 500; n++) {
    const [slot, graph, thread] = [n % 7, 1 + (Math.floor(n / 3) % 4), 1 + (Math.floor(n / 5) % 3)]
    const failed = n % 11 === 0
    now = Math.floor(n / 2)
    await tick()
    scene.received(slot, graph, n, n * 2)
    scene.given(slot)
    if (n % 13 === 0) scene.waits(slot)
    scene.finished(slot, thread, 0.25, failed)
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
