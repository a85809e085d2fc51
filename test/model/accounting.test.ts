import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventKind, EventLog } from '../../src/events/index.js'
import { type Accounts, type RunRows, AccountingFold, adviceOn, spanAccounts } from '../../src/model/index.js'

function recorded(): { log: EventLog; fold: AccountingFold } {
  const log = new EventLog(1 << 16)
  const fold = new AccountingFold()
  log.listen(fold.listener)
  return { log, fold }
}

function join(log: EventLog, time: number, worker: number, threads: number, name = `worker-${worker}`): void {
  log.recordDetail(EventKind.workerJoined, time, -1, worker, 0, { name, host: 'here', threads })
}

/** A task that could run at `ready`, and ended at `end` after `seconds`. */
function run(
  log: EventLog,
  graph: number,
  task: number,
  layer: number,
  worker: number,
  end: number,
  seconds: number,
  bytes = 8,
): void {
  log.record(EventKind.taskFinished, end, graph, task, layer, worker, seconds)
  log.record(EventKind.taskStored, end, graph, task, layer, worker, bytes)
}

test('what tasks cost is told by span and by group; tasks outside of spans belong to the phase that they are computed for', () => {
  const { log, fold } = recorded()
  join(log, 0, 0, 2)
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 3, {
    labels: ['load', 'sum'],
    sizes: [2, 1],
    spans: [['in', 'read'], ['in']],
  })
  log.record(EventKind.taskReady, 0, 1, 0, 0, -1, 0)
  log.record(EventKind.taskReady, 0, 1, 1, 0, -1, 0)
  run(log, 1, 0, 0, 0, 3, 2, 100)
  run(log, 1, 1, 0, 0, 5, 1, 50)
  log.record(EventKind.taskReady, 5, 1, 2, 1, -1, 0)
  run(log, 1, 2, 1, 0, 6, 0.5, 8)
  log.record(EventKind.taskReleased, 6, 1, 0, 0, 0, 100)
  log.recordDetail(EventKind.graphSubmitted, 6, 2, -1, 1, { labels: ['max'], sizes: [1] })
  log.record(EventKind.taskReady, 6, 2, 0, 0, -1, 0)
  log.recordDetail(EventKind.taskErred, 7, 2, 0, 0, { message: 'no' }, 0, 0)
  log.record(EventKind.inputsDecoded, 7, 1, -1, 1, 0, 0.125)
  log.record(EventKind.inputsReceived, 7, 1, -1, 1, 0, 70)
  log.flush()
  const accounts = fold.accounts()
  const [load, sum, max] = accounts.groups
  assert.deepEqual(
    [load!.tasks, load!.done, load!.running, load!.queued, load!.longest, load!.stored, load!.held, load!.peak],
    [2, 2, 3, 5, 2, 150, 50, 150], // waited 3 - 2 and 5 - 1
  )
  assert.deepEqual([sum!.decoding, sum!.received, sum!.queued, sum!.began, sum!.ended], [0.125, 70, 0.5, 5.5, 6])
  assert.deepEqual([max!.span, max!.isPhase, max!.erred, max!.queued], [['max'], true, 1, 1])
  assert.deepEqual(
    spanAccounts(accounts.groups).map(({ span, running, done }) => [span.join('/'), running, done]),
    [
      ['in', 3.5, 3],
      ['in/read', 3, 2],
      ['max', 0, 0],
    ],
  )
  assert.equal(accounts.available, 14) // two threads for seven seconds
})

test('the critical path goes back from the last task to what each waited for last', () => {
  const { log, fold } = recorded()
  join(log, 0, 0, 4)
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 4, { labels: ['a', 'b', 'c'], sizes: [2, 1, 1] })
  for (const task of [0, 1]) log.record(EventKind.taskReady, 0, 1, task, 0, -1, 0)
  run(log, 1, 0, 0, 0, 1, 1)
  run(log, 1, 1, 0, 0, 4, 4)
  log.record(EventKind.taskReady, 4, 1, 2, 1, -1, 0) // it needed both; the second came last
  run(log, 1, 2, 1, 0, 7, 2)
  log.record(EventKind.taskReady, 7, 1, 3, 2, -1, 0)
  run(log, 1, 3, 2, 0, 10, 3)
  log.flush()
  const { paths, groups } = fold.accounts()
  assert.deepEqual(paths, { graphs: 1, elapsed: 10, running: 9, tasks: 3 })
  assert.deepEqual(
    groups.map(({ label, criticalTasks, criticalSeconds }) => [label, criticalTasks, criticalSeconds]),
    [
      ['a', 1, 4],
      ['b', 1, 2],
      ['c', 1, 3],
    ],
  )
})

test('what threads were there is divided by the clients that were there, and a client that goes takes its account along', () => {
  const { log, fold } = recorded()
  const gone: { name: string; reserved: number; groups: number }[] = []
  fold.onClientGone = ({ groups }, { name, reserved }) => gone.push({ name, reserved, groups: groups.length })
  join(log, 0, 0, 4)
  log.recordDetail(EventKind.clientJoined, 0, -1, -1, 1, { name: 'one' })
  log.recordDetail(EventKind.graphSubmitted, 0, 7, -1, 1, { labels: ['a'], sizes: [1], client: 1 })
  log.recordDetail(EventKind.clientJoined, 5, -1, -1, 3, { name: 'only looks' })
  log.recordDetail(EventKind.clientJoined, 10, -1, -1, 2, { name: 'two' })
  log.recordDetail(EventKind.graphSubmitted, 10, 1, -1, 1, { labels: ['a'], sizes: [1], client: 2 })
  log.record(EventKind.clientDropped, 20, -1, -1, -1, -1, 1)
  log.record(EventKind.workerLeft, 30, -1, -1, -1, 0, 0)
  log.record(EventKind.clientDropped, 40, -1, -1, -1, -1, 2)
  log.flush()
  assert.deepEqual(gone, [
    { name: 'one', reserved: 60, groups: 1 }, // 4 threads for 10 s, half of them for 10 s more
    { name: 'two', reserved: 60, groups: 1 },
  ])
  assert.deepEqual(
    fold.accounts().clients.map(({ name, reserved }) => [name, reserved]),
    [['only looks', 0]],
  )
  assert.deepEqual([fold.accounts().groups, fold.accounts().available], [[], 120])
})

test('advice: threads that wait for one worker', () => {
  const { log, fold } = recorded()
  for (const worker of [0, 1, 2]) join(log, 0, worker, 1)
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 1, { labels: ['merge'], sizes: [1] })
  log.record(EventKind.taskReady, 0, 1, 0, 0, -1, 0)
  run(log, 1, 0, 0, 0, 10, 9)
  log.record(EventKind.idleForInputs, 10, -1, -1, -1, 1, 9.3)
  log.record(EventKind.idleForInputs, 10, -1, -1, -1, 2, 9.3)
  log.record(EventKind.inputsSent, 10, 1, -1, 0, 0, 900)
  log.record(EventKind.inputsSent, 10, 1, -1, 0, 1, 100)
  log.flush()
  assert.match(
    adviceOn(fold.accounts())[0]!,
    /^62 % of worker time waits for inputs, 90 % of their bytes from worker-0: replicate what it holds/,
  )
})

test('advice: nothing is said where nothing ran, and where all is well that is said', () => {
  const { log, fold } = recorded()
  assert.deepEqual(adviceOn(fold.accounts()), [])
  join(log, 0, 0, 1)
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 1, { labels: ['a'], sizes: [1] })
  run(log, 1, 0, 0, 0, 10, 9.9)
  log.flush()
  assert.match(adviceOn(fold.accounts())[0]!, /^threads compute for 99 % of the time, most of it a/)
})

/** What happens to the tasks of a graph, at random but possible. */
const lives = fc.array(
  fc.record({
    queued: fc.double({ min: 0, max: 100, noNaN: true }),
    seconds: fc.double({ min: 0, max: 100, noNaN: true }),
    bytes: fc.nat({ max: 1e6 }),
    layer: fc.nat({ max: 2 }),
    end: fc.constantFrom('stored', 'erred', 'lost and stored', 'retried'),
    released: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
)

test('whatever happens, sums are those of the tasks, nothing held is negative, and paths are no longer than the time', () => {
  fc.assert(
    fc.property(lives, fc.nat({ max: 7 }), (tasks, batch) => {
      const { log, fold } = recorded()
      join(log, 0, 0, 3)
      const sizes = [0, 1, 2].map((layer) => tasks.filter((task) => task.layer === layer).length)
      log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, tasks.length, { labels: ['a', 'b', 'c'], sizes })
      let time = 0
      tasks.forEach(({ queued, seconds, bytes, layer, end, released }, task) => {
        if (batch > 0 && task % batch === 0) log.flush()
        log.record(EventKind.taskReady, time, 1, task, layer, -1, 0)
        time += queued
        if (end === 'erred') {
          log.recordDetail(EventKind.taskErred, time, 1, 0, 0, { message: '' }, task, layer)
          return
        }
        if (end === 'retried') {
          log.record(EventKind.taskRetried, time, 1, task, layer, 0, 1)
          log.record(EventKind.taskReady, time, 1, task, layer, -1, 0)
        }
        if (end === 'lost and stored') {
          run(log, 1, task, layer, 0, time, 0, 5)
          log.record(EventKind.taskLost, time, 1, task, layer, -1, 5)
          log.record(EventKind.taskReady, time, 1, task, layer, -1, 0)
        }
        time += seconds
        run(log, 1, task, layer, 0, time, seconds, bytes)
        if (released) log.record(EventKind.taskReleased, time, 1, task, layer, 0, bytes)
      })
      log.flush()
      const accounts = fold.accounts()
      const sum = (of: (group: Accounts['groups'][number]) => number): number =>
        accounts.groups.reduce((all, group) => all + of(group), 0)
      const done = tasks.filter(({ end }) => end !== 'erred')
      const near = (actual: number, expected: number): void =>
        assert.ok(Math.abs(actual - expected) <= 1e-3 * (1 + Math.abs(expected)), `${actual} is not ${expected}`)
      assert.equal(
        sum((group) => group.tasks),
        tasks.length,
      )
      assert.equal(
        sum((group) => group.done),
        done.length,
      )
      assert.equal(
        sum((group) => group.erred),
        tasks.length - done.length,
      )
      near(
        sum((group) => group.running),
        done.reduce((all, { seconds }) => all + seconds, 0),
      )
      near(
        sum((group) => group.held),
        done.reduce((all, { bytes, released }) => all + (released ? 0 : bytes), 0),
      )
      for (const group of accounts.groups) assert.ok(group.peak >= group.held - 1e-6 && group.queued >= 0)
      assert.ok(accounts.paths.running <= time + 1e-3 * time + 1e-9 && accounts.paths.elapsed <= time + 1e-9)
    }),
  )
})

test('however the events are cut into batches, the accounts are the same', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (kinds, every) => {
        const accountsOf = (flushes: number): Accounts => {
          const { log, fold } = recorded()
          join(log, 0, 0, 1)
          log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, kinds.length, { labels: ['a'], sizes: [kinds.length] })
          kinds.forEach((kind, task) => {
            log.record(EventKind.taskReady, task, 1, task, 0, -1, 0)
            if (kind > 0) run(log, 1, task, 0, 0, task + 1, 0.5, kind)
            if (kind > 1) log.record(EventKind.taskReleased, task + 1, 1, task, 0, 0, kind)
            if (task % flushes === 0) log.flush()
          })
          log.flush()
          return fold.accounts()
        }
        assert.deepEqual(accountsOf(every), accountsOf(1000))
      },
    ),
  )
})

test('who wants to know of single tasks is told of each once, with what it has in common with others, however they alternate', () => {
  const ends = fc.array(
    fc.record({
      layer: fc.nat(2),
      worker: fc.nat(1),
      later: fc.boolean(),
      bytes: fc.oneof(
        fc.nat(9),
        fc.nat(9).map((n) => n * 2 ** 32),
      ),
      next: fc.nat(3),
    }),
    {
      minLength: 1,
      maxLength: 40,
    },
  )
  fc.assert(
    fc.property(ends, fc.nat(5), (tasks, batch) => {
      const { log, fold } = recorded()
      join(log, 0, 0, 1)
      join(log, 0, 1, 1)
      const told: (readonly number[])[] = []
      // There is room for two only, so that it is used up now and then.
      const room = 2
      const places: {
        readonly same: readonly number[]
        readonly rows: RunRows & { took: number; beyond: Map<number, number> }
      }[] = []
      fold.runs = {
        rowsFor: ({ graph, layer, worker, time }, i) => {
          const same = [graph[i]!, layer[i]!, worker[i]!, time[i]!]
          const place = places.at(-1)
          if (place && place.rows.count < room && place.same.join() === same.join()) return place.rows
          const rows = {
            task: new Int32Array(room),
            seconds: new Float32Array(room),
            bytes: new Uint32Array(room),
            room,
            count: 0,
            took: 0,
            beyond: new Map<number, number>(),
            large: (row: number, bytes: number) => void rows.beyond.set(row, bytes),
            add(tasks: number, seconds: number) {
              rows.count += tasks
              rows.took += seconds
            },
          }
          places.push({ same, rows })
          return rows
        },
        other: ({ kind, graph, layer, worker, time, task, value }, n) => {
          // A batch may end between the end of a task and its result.
          if (kind[n] === EventKind.taskFinished) told.push([graph[n]!, layer[n]!, worker[n]!, time[n]!, task[n]!, value[n]!])
        },
      }
      log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, tasks.length, { labels: ['a', 'b', 'c'], sizes: [0, 0, tasks.length] })
      let time = 0
      const expected = tasks.map(({ layer, worker, later, bytes, next }, task) => {
        if (later) time++
        run(log, 1, task, layer, worker, time, task / 8, bytes)
        if (next === 1) log.record(EventKind.taskReady, time, 1, task, layer, -1, 0)
        if (next === 2) log.record(EventKind.taskReleased, time, 1, task, layer, 0, bytes)
        if (next === 3) log.record(EventKind.taskReleased, time, 1, 0, tasks[0]!.layer, 0, tasks[0]!.bytes)
        if (batch > 0 && task % batch === 0) log.flush()
        return [1, layer, worker, time, task, task / 8]
      })
      log.flush()
      for (const { same, rows } of places) {
        let took = 0
        for (let row = 0; row < rows.count; row++) {
          told.push([...same, rows.task[row]!, rows.seconds[row]!])
          took += rows.seconds[row]!
          assert.equal(rows.beyond.get(row) ?? rows.bytes[row], tasks[rows.task[row]!]!.bytes)
        }
        assert.equal(rows.took, took)
      }
      const byTask = (all: readonly (readonly number[])[]): (readonly number[])[] => [...all].sort((a, b) => a[4]! - b[4]!)
      assert.deepEqual(byTask(told), byTask(expected))
    }),
  )
})

test('what is held is known to the end, also when hardly anything of a graph is left', () => {
  const results = fc.array(fc.record({ task: fc.nat(199), again: fc.boolean() }), { minLength: 200, maxLength: 400 })
  fc.assert(
    fc.property(results, (drops) => {
      const { log, fold } = recorded()
      join(log, 0, 0, 2)
      log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 200, { labels: ['load'], sizes: [200] })
      const held = new Map<number, number>()
      for (let task = 0; task < 200; task++) {
        run(log, 1, task, 0, 0, 1, 0.5, task + 1)
        held.set(task, task + 1)
      }
      for (const { task, again } of drops) {
        const bytes = held.get(task)
        if (bytes !== undefined) {
          log.record(again ? EventKind.taskReleased : EventKind.taskLost, 2, 1, task, 0, 0, bytes)
          held.delete(task)
        } else if (again) {
          log.record(EventKind.taskStored, 3, 1, task, 0, 0, task + 7)
          held.set(task, task + 7)
        }
      }
      log.flush()
      let total = 0
      for (const bytes of held.values()) total += bytes
      assert.equal(fold.accounts().groups[0]!.held, total)
    }),
    { numRuns: 50 },
  )
})
