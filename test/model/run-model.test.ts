import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventKind, EventLog, ProgressFold } from '../../src/events/index.js'
import { AccountingFold, type Digest, Digester, RunModel, RunStatus, decodeDigest, encodeDigest } from '../../src/model/index.js'

/** Something that may happen to a task, whether or not a scheduler would let it. */
interface Step {
  readonly kind: keyof typeof EventKind
  readonly graph: number
  readonly task: number
  readonly worker: number
  readonly value: number
  readonly pause: number
}

const LABELS = ['load', 'sum', 'load']
const SIZES = [4, 3, 2]
const layerOf = (task: number): number => (task < 4 ? 0 : task < 7 ? 1 : 2)

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(
    'taskReady',
    'taskSent',
    'taskFinished',
    'taskStored',
    'taskErred',
    'taskUpstreamErred',
    'taskRetried',
    'taskLost',
    'taskRequired',
    'taskForgiven',
    'replicaAdded',
    'taskReleased',
    'graphForgotten',
  ),
  graph: fc.nat({ max: 2 }),
  task: fc.nat({ max: 8 }),
  worker: fc.nat({ max: 2 }),
  value: fc.integer({ min: 0, max: 3 }),
  pause: fc.constantFrom(0, 0.01, 1),
})

/** Plays the steps into a log; gives what happened, as the test counts it. */
function play(
  log: EventLog,
  steps: readonly Step[],
): { readonly finished: number; readonly seconds: number; readonly erred: number } {
  let time = 100
  const sums = { finished: 0, seconds: 0, erred: 0 }
  const forgotten = new Set<number>()
  for (let w = 0; w < 3; w++)
    log.recordDetail(EventKind.workerJoined, time, -1, w, 0, { name: `w${w}`, host: 'here', threads: 2 })
  for (let g = 0; g < 3; g++) {
    const spans = LABELS.map((_, l) => (l === 1 ? ['all', 'inner'] : ['all']))
    log.recordDetail(EventKind.graphSubmitted, time, g, -1, 9, { labels: LABELS, sizes: SIZES, spans })
  }
  for (const { kind, graph, task, worker, value, pause } of steps) {
    if (forgotten.has(graph)) continue
    time += pause
    const layer = layerOf(task)
    if (kind === 'graphForgotten') {
      forgotten.add(graph)
      log.record(EventKind.graphForgotten, time, graph, -1, -1, -1, 0)
    } else if (kind === 'taskErred') {
      sums.erred++
      log.recordDetail(EventKind.taskErred, time, graph, worker, 0, { message: `no ${value}` }, task, layer)
    } else {
      if (kind === 'taskFinished') {
        sums.finished++
        sums.seconds += value
      }
      log.record(EventKind[kind], time, graph, task, layer, worker, value)
    }
    if (pause === 1) log.flush()
  }
  log.flush()
  return sums
}

/** A task of one graph ends, and a value of another graph's task of the same number is there. */
const ofTwoGraphs: Step[] = [
  { kind: 'taskFinished', graph: 0, task: 5, worker: 0, value: 0, pause: 0 },
  { kind: 'taskStored', graph: 1, task: 5, worker: 0, value: 0, pause: 0 },
  { kind: 'graphForgotten', graph: 0, task: 0, worker: 0, value: 0, pause: 0 },
]

test('a model counts what a fold over the events themselves counts, however they are cut into digests', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 120 }),
      fc.constantFrom(0.005, 0.5, 100),
      fc.constantFrom(2, 8, 1000),
      (steps, interval, mostRuns) => {
        const log = new EventLog(1 << 12)
        const progress = new ProgressFold()
        const model = new RunModel({ mostRuns: 16 })
        const digests: Digest[] = []
        const digester = new Digester({ interval, mostRuns, emit: (digest) => digests.push(decodeDigest(encodeDigest(digest))) })
        log.listen(progress.listener)
        log.listen(digester.listener)
        const sums = play(log, steps)
        digester.flush(1e6)
        for (const digest of digests) model.apply(digest)
        for (const [label, { total, done, erred, seconds }] of progress.groups) {
          const group = model.groups.get(label)!
          assert.deepEqual(
            { total: group.total, done: group.done, erred: group.erred, seconds: group.seconds },
            { total, done, erred, seconds },
            label,
          )
        }
        assert.equal(model.groups.size, progress.groups.size)
        assert.equal(model.finished, sums.finished)
        assert.equal(model.failed, sums.erred)
        assert.equal(
          model.workers.reduce((sum, worker) => sum + worker!.seconds, 0),
          sums.seconds,
        )
        // The outermost span has all, the inner one its layer.
        const all = model.spans.get('["all"]')!
        const inner = model.spans.get('["all","inner"]')!
        assert.equal(all.seconds, sums.seconds)
        assert.equal(inner.done, progress.groups.get('sum')!.done)
        const errors = [...model.errors.values()].reduce((sum, { count }) => sum + count, 0)
        assert.equal(errors, sums.erred)
        assert.equal(
          model.bins.columns.finished.reduce((a, b) => a + b, 0),
          sums.finished,
        )
      },
    ),
    { numRuns: 300, examples: [[ofTwoGraphs, 0.005, 2]] },
  )
})

test('digests are the same whether a digester goes through the events itself, or is told by the accounts', () => {
  // As machines tell of it: what ends a task is followed by its result.
  const whole = fc.array(step, { maxLength: 150 }).map((steps) =>
    steps.flatMap((one): Step[] => {
      if (one.kind === 'taskStored') return []
      return one.kind === 'taskFinished' ? [one, { ...one, kind: 'taskStored', pause: 0 }] : [one]
    }),
  )
  const sameTime = whole.map((steps) => steps.map((one) => ({ ...one, pause: 0, worker: 0, graph: 0 })))
  fc.assert(
    fc.property(fc.oneof(whole, sameTime), fc.constantFrom(2, 8, 1000), fc.boolean(), (steps, mostRuns, late) => {
      const digestsOf = (follow: (log: EventLog, digester: Digester) => void): Digest[] => {
        const log = new EventLog(1 << 12)
        const digests: Digest[] = []
        const digester = new Digester({ interval: 0.5, mostRuns, emit: (digest) => digests.push(digest) })
        // It may come to know of a graph in its middle.
        if (late) digester.graph({ graph: 0, time: 99, labels: LABELS, sizes: SIZES }, (task) => task % 2 === 0)
        follow(log, digester)
        play(log, steps)
        digester.flush(1e6)
        return digests
      }
      const told = digestsOf((log, digester) => {
        const accounting = new AccountingFold()
        log.listen(accounting.listener)
        accounting.watch(digester)
      })
      assert.deepEqual(
        told,
        digestsOf((log, digester) => log.listen(digester.listener)),
      )
    }),
    { numRuns: 300 },
  )
})

test('what is sampled is at most so much, and says how much it stands for', () => {
  const log = new EventLog(1 << 16)
  const digests: Digest[] = []
  const digester = new Digester({ mostRuns: 100, interval: 1000, emit: (digest) => digests.push(digest) })
  log.listen(digester.listener)
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 10_000, { labels: ['f'], sizes: [10_000] })
  for (let t = 0; t < 10_000; t++) log.record(EventKind.taskFinished, t / 1e6, 1, t, 0, 0, 1e-6)
  log.flush()
  digester.flush(1)
  assert.equal(digests.length, 1)
  const { runs, stride, counts } = digests[0]!
  assert.ok(runs.length / 8 <= 100 && runs.length / 8 >= 50)
  assert.equal(stride, 128)
  // Evenly spread.
  const tasks = Array.from({ length: runs.length / 8 }, (_, r) => runs[r * 8 + 1]!)
  assert.ok(tasks.every((task, i) => i === 0 || task - tasks[i - 1]! === 128))
  assert.deepEqual([...counts.subarray(0, 4)], [1, 0, EventKind.taskFinished, 10_000])
})

test('a graph that is followed from its middle is counted once', () => {
  const log = new EventLog(1 << 10)
  const model = new RunModel()
  const digester = new Digester({ emit: (digest) => model.apply(digest) })
  log.listen(digester.listener)
  // Tasks below 5 have been looked at; what happens to the others will be seen when they are.
  digester.graph({ graph: 1, time: 0, labels: ['f'], sizes: [10] }, (task) => task >= 5)
  digester.count(1, 0, EventKind.taskStored, 3, 30)
  log.record(EventKind.taskStored, 1, 1, 4, 0, 0, 10)
  log.record(EventKind.taskStored, 1, 1, 7, 0, 0, 10)
  log.flush()
  digester.count(1, 0, EventKind.taskStored, 1, 10)
  digester.countAll(1)
  log.record(EventKind.taskStored, 1, 1, 8, 0, 0, 10)
  log.flush()
  digester.flush(2)
  assert.equal(model.groups.get('f')!.done, 6)
  assert.equal(model.groups.get('f')!.bytes, 60)
})

test('workers come, do badly, and go; their numbers are used again', () => {
  const log = new EventLog(1 << 10)
  const model = new RunModel()
  const digester = new Digester({ emit: (digest) => model.apply(digest) })
  log.listen(digester.listener)
  const join = (time: number, name: string): void =>
    log.recordDetail(EventKind.workerJoined, time, -1, 0, 0, { name, host: 'h', threads: 2 })
  join(0, 'a')
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 2, { labels: ['f'], sizes: [2] })
  log.record(EventKind.taskFinished, 0.1, 1, 0, 0, 0, 0.1)
  log.recordDetail(EventKind.workerLost, 0.11, -1, 0, 0, { reason: 'killed' })
  join(0.12, 'b')
  log.record(EventKind.taskFinished, 0.2, 1, 1, 0, 0, 0.05)
  log.record(EventKind.workerPaused, 0.21, -1, -1, -1, 0, 0)
  log.flush()
  digester.flush(1)
  const seen = model.workers.map((w) => [w!.facts.name, w!.state, w!.finished, w!.seconds])
  assert.deepEqual(seen, [
    ['a', 'lost', 1, 0.1],
    ['b', 'paused', 1, 0.05],
  ])
  assert.deepEqual(
    model.present.map(({ facts }) => facts.name),
    ['b'],
  )
  assert.deepEqual([model.runs.at(0).worker, model.runs.at(1).worker], [0, 1])
  assert.ok(model.lines.some(({ level, text }) => level === 'error' && text === 'worker a is lost: killed'))
})

test('tasks whose ends are told together are laid out one after the other', () => {
  const model = new RunModel()
  const digester = new Digester({ emit: (digest) => model.apply(digest) })
  const log = new EventLog()
  log.listen(digester.listener)
  log.recordDetail(EventKind.workerJoined, 0, -1, 0, 0, { name: 'w', host: 'h', threads: 3 })
  log.recordDetail(EventKind.graphSubmitted, 0, 1, -1, 60, { labels: ['f'], sizes: [60] })
  // Three threads, ten milliseconds each, twenty times; told every hundred milliseconds.
  for (let batch = 0, t = 0; batch < 2; batch++)
    for (let i = 0; i < 30; i++) log.record(EventKind.taskFinished, 0.1 * (batch + 1), 1, t++, 0, 0, 0.01)
  log.flush()
  digester.flush(1)
  const rows = new Map<number, { start: number; end: number }[]>()
  for (let n = 0; n < model.runs.length; n++) {
    const { lane, start, end, status } = model.runs.at(n)
    assert.equal(status, RunStatus.finished)
    rows.set(lane, [...(rows.get(lane) ?? []), { start, end }])
  }
  assert.equal(rows.size, 3)
  for (const runs of rows.values()) {
    runs.sort((a, b) => a.start - b.start)
    assert.equal(runs.length, 20)
    runs.forEach(({ start }, i) => assert.ok(i === 0 || start >= runs[i - 1]!.end - 1e-9))
    assert.ok(runs[0]!.start >= -1e-9)
  }
})

test('two hours of events take no more room than ten minutes', () => {
  const log = new EventLog(1 << 12)
  const model = new RunModel({ mostRuns: 1 << 12, mostLines: 500, mostGroups: 64 })
  const digester = new Digester({ mostRuns: 32, emit: (digest) => model.apply(digest) })
  log.listen(digester.listener)
  let graph = 0
  const minutes = (from: number, to: number): void => {
    for (let second = from * 60; second < to * 60; second++) {
      // Every second a graph of other names and spans, an error, and every ten seconds another worker.
      if (second % 10 === 0) {
        if (second > 0) log.recordDetail(EventKind.workerLost, second, -1, (second / 10 - 1) % 5, 0, { reason: 'gone' })
        const detail = { name: `w${second}`, host: 'h', threads: 2 }
        log.recordDetail(EventKind.workerJoined, second, -1, (second / 10) % 5, 0, detail)
      }
      const g = graph++
      const spans = [[`span ${g}`]]
      log.recordDetail(EventKind.graphSubmitted, second, g, -1, 40, { labels: [`f${g}`], sizes: [40], spans })
      for (let t = 0; t < 39; t++) {
        log.record(EventKind.taskFinished, second + t / 100, g, t, 0, t % 5, 0.01)
        log.record(EventKind.taskStored, second + t / 100, g, t, 0, t % 5, 8)
      }
      log.recordDetail(EventKind.taskErred, second + 0.5, g, 0, 0, { message: `error ${g}` }, 39, 0)
      log.record(EventKind.graphForgotten, second + 0.6, g, -1, -1, -1, 0)
      log.flush()
      const samples = [
        { worker: 0, tasks: 1, silent: 0, held: 1, spilled: 0, memory: 1, cpu: 1, executing: 1, ready: 0, paused: false },
      ]
      digester.say({ samples })
    }
    digester.flush(to * 60)
  }
  const sizes = (): Record<string, number> => ({
    groups: model.groups.size,
    labels: model.labels.length,
    spans: model.spans.size,
    workers: model.workers.length,
    errors: model.errors.size,
    graphs: model.graphs.size,
    ring: model.runs.mask,
  })
  minutes(0, 40)
  const before = sizes()
  minutes(40, 120)
  const after = sizes()
  assert.ok(after.groups! <= 65 && after.labels! <= 66 && after.spans! <= 65 && after.errors! <= 200, JSON.stringify(after))
  assert.deepEqual({ ...after, spans: 0, errors: 0, groups: 0 }, { ...before, spans: 0, errors: 0, groups: 0 })
  assert.ok(model.lines.length <= 500 && model.bins.length <= 1200)
  assert.equal(model.finished, 7200 * 39)
  const done = [...model.groups.values()].reduce((sum, group) => sum + group.done, 0)
  assert.equal(done, 7200 * 39)
})
