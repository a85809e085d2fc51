import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventKind, EventLog, ProgressFold, eventKindName } from '../../src/events/index.js'

function record(log: EventLog, n: number, graph = 1): void {
  log.record(EventKind.taskReady, n / 10, graph, n, 0, 3, n * 2)
}

test('events are kept in their order, the last so many of them', () => {
  const log = new EventLog(10) // 16: a power of two
  for (let n = 0; n < 40; n++) record(log, n)
  assert.equal(log.length, 40)
  assert.equal(log.oldest, 24)
  assert.deepEqual(log.at(24), { kind: 'taskReady', time: 2.4, graph: 1, task: 24, layer: 0, worker: 3, value: 48 })
  assert.deepEqual(log.story(1, 39), [log.at(39)])
  assert.deepEqual(log.story(1, 23), []) // forgotten
  assert.deepEqual(log.story(2, 39), [])
})

test('details live as long as their events', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (withDetail) => {
      const log = new EventLog(16)
      withDetail.forEach((detail, n) => {
        if (detail) log.recordDetail(EventKind.taskErred, 0, 1, -1, 0, { message: `${n}` }, n, 0)
        else record(log, n)
      })
      for (let n = 0; n < log.length; n++) {
        const expected = withDetail[n] && n >= log.oldest ? { message: `${n}` } : undefined
        assert.deepEqual(log.detail(n), expected)
      }
    }),
  )
})

test('listeners get every event once, with its detail, however many come in a tick', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 30 }), (ticks) => {
      const log = new EventLog(16)
      const seen: number[] = []
      let n = 0
      log.listen((l, from, to) => {
        for (let i = from; i < to; i++) {
          seen.push(l.task[i & l.mask]!)
          if (l.kind[i & l.mask] === EventKind.taskErred) assert.deepEqual(l.detail(i), { message: `${l.task[i & l.mask]}` })
        }
      })
      for (const tick of ticks) {
        for (let i = 0; i < tick; i++, n++) {
          if (n % 3 === 0) log.recordDetail(EventKind.taskErred, 0, 1, -1, 0, { message: `${n}` }, n, 0)
          else record(log, n)
        }
        log.flush()
      }
      assert.deepEqual(
        seen,
        Array.from({ length: n }, (_, i) => i),
      )
    }),
  )
})

test('a listener hears what comes after it, and nothing once it stopped', () => {
  const log = new EventLog(16)
  record(log, 0)
  const batches: [number, number][] = []
  const stop = log.listen((_, from, to) => batches.push([from, to]))
  log.flush()
  record(log, 1)
  record(log, 2)
  log.flush()
  log.flush()
  stop()
  record(log, 3)
  log.flush()
  assert.deepEqual(batches, [[1, 3]])
})

test('no two kinds have one number, and each has its name', () => {
  const numbers = Object.values(EventKind)
  assert.equal(new Set(numbers).size, numbers.length)
  for (const [name, number] of Object.entries(EventKind)) assert.equal(eventKindName(number), name)
})

test('progress: the groups of equal label over all graphs', () => {
  const log = new EventLog(64)
  const fold = new ProgressFold()
  log.listen(fold.listener)
  const submit = (graph: number, labels: string[], sizes: number[]): void =>
    log.recordDetail(EventKind.graphSubmitted, 0, graph, -1, 0, { labels, sizes })
  submit(1, ['load', 'sum'], [10, 1])
  submit(2, ['sum', 'load'], [2, 5])
  const happens = (kind: number, graph: number, layer: number, value = 0): void => log.record(kind, 0, graph, 0, layer, -1, value)
  happens(EventKind.taskFinished, 1, 0, 0.5)
  happens(EventKind.taskStored, 1, 0)
  happens(EventKind.taskFinished, 2, 1, 0.25)
  happens(EventKind.taskStored, 2, 1)
  happens(EventKind.taskStored, 2, 1)
  happens(EventKind.taskLost, 2, 1)
  happens(EventKind.taskStored, 1, 1)
  happens(EventKind.taskRequired, 1, 1, 1)
  happens(EventKind.taskRequired, 1, 0, 0)
  happens(EventKind.taskErred, 1, 1)
  happens(EventKind.taskUpstreamErred, 2, 0)
  happens(EventKind.taskForgiven, 1, 1)
  happens(EventKind.graphForgotten, 1, -1)
  happens(EventKind.taskStored, 1, 0) // of a graph that is gone
  log.flush()
  assert.deepEqual(
    [...fold.groups.values()],
    [
      // What graph 1 did not come to, nine loads and the sum, is not waited for any more.
      { label: 'load', total: 15 - 9, done: 2, erred: 0, seconds: 0.75 },
      { label: 'sum', total: 3 - 1, done: 0, erred: 1, seconds: 0 },
    ],
  )
})
