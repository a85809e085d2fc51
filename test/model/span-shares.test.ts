import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventKind, EventLog } from '../../src/events/index.js'
import { AccountingFold, spanAccounts } from '../../src/model/index.js'

function recorded(): { log: EventLog; fold: AccountingFold } {
  const log = new EventLog(1 << 12)
  const fold = new AccountingFold()
  log.listen(fold.listener)
  return { log, fold }
}

function submit(log: EventLog, time: number, graph: number, path: readonly string[]): void {
  log.recordDetail(EventKind.graphSubmitted, time, graph, -1, 1, { labels: [path.at(-1)!], sizes: [1], spans: [path] })
}

function finish(log: EventLog, time: number, graph: number, seconds = 0, bytes = 0): void {
  log.record(EventKind.taskFinished, time, graph, 0, 0, 0, seconds)
  log.record(EventKind.taskStored, time, graph, 0, 0, 0, bytes)
}

test('what a span held at most is what all in it held at one time', () => {
  const { log, fold } = recorded()
  log.recordDetail(EventKind.workerJoined, 0, -1, 0, 0, { name: 'w', host: 'here', threads: 1 })
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 3, {
    labels: ['read', 'parse', 'sum'],
    sizes: [1, 1, 1],
    spans: [['all', 'load'], ['all', 'load'], ['all']],
  })
  const run = (task: number, bytes: number): void => {
    log.record(EventKind.taskFinished, task, 1, task, task, 0, 0)
    log.record(EventKind.taskStored, task, 1, task, task, 0, bytes)
  }
  run(0, 100)
  run(1, 60)
  log.record(EventKind.taskReleased, 1, 1, 0, 0, 0, 100)
  run(2, 30)
  log.flush()
  const { groups, spans } = fold.accounts()
  assert.deepEqual(
    spanAccounts(groups, spans).map(({ span, peak }) => [span.join('/'), peak]),
    [
      ['all', 160],
      ['all/load', 160],
    ],
  )
  assert.deepEqual(
    groups.map(({ label, peak }) => [label, peak]),
    [
      ['read', 100],
      ['parse', 60],
      ['sum', 30],
    ],
  )
})

test('idle threads are those of the span that is under way, with their reasons', () => {
  const { log, fold } = recorded()
  log.recordDetail(EventKind.workerJoined, 0, -1, 0, 0, { name: 'w', host: 'here', threads: 2 })
  submit(log, 10, 1, ['load'])
  log.record(EventKind.idleForDisk, 12, -1, -1, -1, 0, 1.5)
  finish(log, 14, 1, 4)
  log.record(EventKind.idleForInputs, 15, -1, -1, -1, 0, 9) // nobody was computing
  submit(log, 20, 2, ['train'])
  log.record(EventKind.idleForInputs, 21, -1, -1, -1, 0, 0.5)
  log.record(EventKind.idleForMemory, 22, -1, -1, -1, 0, 0.25)
  finish(log, 23, 2, 2)
  log.flush()
  const { groups, spans } = fold.accounts()
  const of = spanAccounts(groups, spans).map((one) => [
    one.label,
    one.reserved,
    one.idle,
    one.idleForInputs,
    one.idleForDisk,
    one.idleForMemory,
  ])
  assert.deepEqual(of, [
    ['load', 8, 4, 0, 1.5, 0],
    ['train', 6, 4, 0.5, 0, 0.25],
  ])
})

const PATHS = [['a'], ['b'], ['b', 'c']]

test('threads are divided equally among the spans that are under way, whatever begins and ends when', () => {
  const graphs = fc.array(
    fc.record({ path: fc.nat(PATHS.length - 1), begins: fc.nat(30), lasts: fc.integer({ min: 1, max: 20 }) }),
    { minLength: 1, maxLength: 12 },
  )
  const workers = fc.array(fc.record({ joins: fc.nat(40), threads: fc.integer({ min: 1, max: 4 }) }), { maxLength: 4 })
  fc.assert(
    fc.property(graphs, workers, fc.nat(50), (all, joining, now) => {
      const { log, fold } = recorded()
      const events: { readonly time: number; readonly record: () => void }[] = [
        ...all.flatMap(({ path, begins, lasts }, graph) => [
          { time: begins, record: () => submit(log, begins, graph, PATHS[path]!) },
          { time: begins + lasts, record: () => finish(log, begins + lasts, graph) },
        ]),
        ...joining.map(({ joins, threads }, worker) => ({
          time: joins,
          record: () =>
            log.recordDetail(EventKind.workerJoined, joins, -1, worker, 0, { name: `w${worker}`, host: 'here', threads }),
        })),
      ].sort((a, b) => a.time - b.time)
      const past = events.filter(({ time }) => time <= now)
      for (const { record } of past) record()
      log.flush()
      const { groups, spans } = fold.accounts(undefined, now)
      // Second by second: nothing changes but at whole ones.
      const expected = PATHS.map(() => 0)
      for (let second = 0; second < now; second++) {
        const underWay = PATHS.map((_, p) => all.some((g) => g.path === p && g.begins <= second && second < g.begins + g.lasts))
        const count = underWay.filter(Boolean).length
        const threads = joining.reduce((sum, one) => sum + (one.joins <= second ? one.threads : 0), 0)
        underWay.forEach((is, p) => {
          if (is) expected[p]! += threads / count
        })
      }
      // An outer span has what those in it have.
      expected[1]! += expected[2]!
      const listed = spanAccounts(groups, spans)
      PATHS.forEach((path, p) => {
        const found = listed.find(({ span }) => span.join('/') === path.join('/'))
        assert.ok(
          Math.abs((found?.reserved ?? 0) - expected[p]!) < 1e-6,
          `${path.join('/')}: ${found?.reserved} is not ${expected[p]}`,
        )
      })
    }),
    { numRuns: 200 },
  )
})
