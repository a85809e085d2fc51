import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ArgumentError } from '../../src/base/index.js'
import { type Graph, GraphBuilder } from '../../src/graph/index.js'
import { Rig, graphOf, independent, upTo } from './rig.js'

/** 64 chains of two tasks: the first ones are 0 … 63, the second ones 64 … 127. */
const chains = graphOf({ x: upTo(64).map(() => []), y: upTo(64).map((t) => [t]) })

/** A graph of which only task 100 is wanted, which is in memory on worker 0; archived. */
function archived(options = {}): { rig: Rig; g: number } {
  const rig = new Rig({ archiveFrom: 128, archiveAfter: 1, ...options })
  rig.worker(200)
  const g = rig.submit(chains, { wanted: upTo(64).map((t) => 64 + t) })
  while (rig.flush().some((line) => line.startsWith('run')))
    for (const t of upTo(128)) if (rig.scheduler.stateOf(g, t) === 'processing') rig.finish(g, t)
  rig.scheduler.release(
    g,
    upTo(64)
      .map((t) => 64 + t)
      .filter((t) => t !== 100),
  )
  rig.flush()
  rig.time += 0.5
  rig.says()
  rig.time += 0.6
  rig.says('archived 1')
  return { rig, g }
}

test('of a large graph at rest only what is wanted is kept, with what it is computed from; names stay the same', () => {
  const { rig, g } = archived()
  const graph = rig.scheduler.graphOf(g)!
  assert.equal(graph.size, 2)
  assert.deepEqual([graph.keyOf(0), graph.keyOf(1)], ['x:36', 'y:36'])
  assert.deepEqual([...graph.dependenciesOf(1)], [0])
  assert.deepEqual(
    upTo(128).filter((t) => rig.scheduler.knows(g, t)),
    [36, 100],
  )
  assert.equal(rig.states(g, [36, 37, 100, 101]), 'released released memory released')
  assert.deepEqual(rig.scheduler.holdersOf(g, 100), [0])
  assert.deepEqual(rig.scheduler.addressOf(g, 100), { graph: g, task: 100 })
  assert.deepEqual(rig.scheduler.clientsOf(g, 100), [0])
  assert.deepEqual(rig.scheduler.clientsOf(g, 101), [])
  rig.scheduler.release(g, [100])
  rig.says('free 1/100#1 on 0', 'forgotten 1')
})

test('what is lost of an archived graph is computed again', () => {
  const { rig, g } = archived()
  rig.worker(1, { name: 'other' })
  rig.lose(0, true)
  rig.says('lost 1/100', 'run 1/36#2 on 1')
  rig.finish(g, 36)
  rig.says('run 1/100#2 on 1')
  rig.throw(g, 100)
  rig.says('erred 1/100', 'free 1/36#2 on 1')
  assert.match(String(rig.scheduler.errorOf(g, 100)), /of 1\/100/)
  rig.scheduler.retry(g, 100)
  rig.says('run 1/36#3 on 1')
  rig.finish(g, 36)
  rig.says('run 1/100#3 on 1')
  rig.finish(g, 100)
  rig.says('free 1/36#3 on 1', 'memory 1/100')
  assert.deepEqual(rig.log.story(g, 100).at(-2)?.layer, 1)
})

test('failures in an archived graph are told of the tasks by their names', () => {
  const { rig, g } = archived()
  rig.worker(1, { name: 'other' })
  rig.lose(0, true)
  rig.flush()
  rig.throw(g, 36)
  rig.flush()
  assert.equal(rig.log.story(g, 36).at(-1)!.kind, 'taskErred')
  const failed = rig.log.story(g, 100).at(-1)!
  assert.deepEqual([failed.kind, failed.value], ['taskUpstreamErred', 36])
  rig.scheduler.retry(g, 100)
  rig.flush()
  rig.finish(g, 36)
  rig.flush()
  rig.missing(g, 100, { graph: g, task: 36, attempt: rig.sent(g, 36).attempt, holder: 1 })
  const missing = rig.log.story(g, 100).findLast(({ kind }) => kind === 'inputMissing')
  assert.equal(missing?.value, 36)
})

test('news of tasks that an archived graph has not kept', () => {
  const { rig, g } = archived()
  rig.scheduler.finished(0, g, 70, 1, 8, 1)
  rig.scheduler.hasReplica(0, g, 6, 1)
  rig.says('free 1/70#1 on 0', 'free 1/6#1 on 0')
  rig.scheduler.erred(0, g, 70, 1, new Error('late'), 'late')
  rig.scheduler.suspended(0, g, 70, 1)
  rig.scheduler.interrupted(0, g, 70, 1, true, 'late')
  rig.scheduler.inputMissing(0, g, 70, 1, { graph: g, task: 6 }, 1, 0)
  rig.scheduler.lacks(0, g, 70, 1)
  rig.scheduler.stolen(0, g, 70, 1)
  rig.scheduler.release(g, [70])
  assert.equal(rig.scheduler.errorOf(g, 70), undefined)
  assert.throws(
    () => rig.scheduler.want(g, [100, 70]),
    (e) => e instanceof ArgumentError && /task 70 of graph 1 is forgotten/.test(e.message),
  )
  assert.throws(() => rig.scheduler.retry(g, 70), ArgumentError)
  rig.says()
})

test('other graphs use an archived one; another client wants of it what is there', () => {
  const { rig, g } = archived()
  const use = graphOf({ given: [[]], use: [[0]] })
  const h = rig.submit(use, { sources: new Map([[0, { graph: g, task: 100 }]]) })
  rig.says('run 2/1#1 on 0')
  rig.scheduler.want(g, [100, 36], 4)
  rig.says('memory 1/100', 'run 1/36#2 on 0')
  rig.finish(g, 36)
  rig.finish(h, 1)
  rig.says('memory 1/36', 'memory 2/1')
  assert.throws(() => rig.submit(use, { sources: new Map([[0, { graph: g, task: 99 }]]) }), /task 99 of graph 1 is forgotten/)
  rig.scheduler.dropClient(4)
  rig.scheduler.release(g, [100])
  rig.says('free 1/36#2 on 0', 'free 1/100#1 on 0')
  rig.scheduler.release(h, [1])
  rig.says('free 2/1#1 on 0', 'forgotten 2', 'forgotten 1')
})

test('a graph is not archived while something goes on in it, or others use it', () => {
  const rig = new Rig({ archiveFrom: 128, archiveAfter: 0 })
  rig.worker(200)
  const g = rig.submit(independent(128), { wanted: upTo(128) })
  rig.flush()
  for (const t of upTo(127)) rig.finish(g, t)
  rig.scheduler.release(g, upTo(126))
  assert.ok(!rig.flush().includes('archived 1'))
  const h = rig.submit(graphOf({ given: [[]], use: [[0]] }), { sources: new Map([[0, { graph: g, task: 126 }]]) })
  rig.flush()
  rig.finish(g, 127)
  rig.says('memory 1/127')
  rig.finish(h, 1)
  rig.scheduler.release(h, [1])
  rig.says('memory 2/1', 'free 2/1#1 on 0', 'forgotten 2', 'archived 1')
})

test('wants of several clients, copies and failures of an archived graph stay what they are', () => {
  const rig = new Rig({ archiveFrom: 100, archiveAfter: 0, archiveShare: 0.05 })
  rig.worker(200, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const g = rig.submit(independent(100, 'x', { workers: ['a'] }), { wanted: upTo(100), client: 2 })
  rig.flush()
  for (const t of upTo(99)) rig.finish(g, t)
  const error = rig.throw(g, 99)
  rig.flush()
  rig.scheduler.want(g, [50, 99], 3)
  rig.scheduler.want(g, [60], 4)
  rig.scheduler.hasReplica(1, g, 50, 1)
  rig.scheduler.release(
    g,
    upTo(100).filter((t) => t !== 99),
    2,
  )
  assert.ok(rig.flush().includes('archived 1'))
  assert.deepEqual(
    [50, 60, 70, 99].map((t) => rig.scheduler.clientsOf(g, t)),
    [[3], [4], [], [2, 3]],
  )
  assert.deepEqual(rig.scheduler.holdersOf(g, 50), [0, 1])
  assert.equal(rig.scheduler.errorOf(g, 99), error)
  rig.scheduler.dropClient(3)
  rig.says('free 1/50#1 on 0', 'free 1/50#1 on 1')
  rig.scheduler.release(g, [99], 2)
  rig.scheduler.release(g, [60], 4)
  rig.says('free 1/60#1 on 0', 'forgotten 1')
})

test('a graph that uses another one is archived with that; a stand-in stays one', () => {
  const rig = new Rig({ archiveFrom: 100, archiveAfter: 0 })
  rig.worker(200)
  const a = rig.submit(independent(2), { wanted: [0, 1] })
  rig.flush()
  rig.finish(a, 0)
  rig.finish(a, 1)
  rig.flush()
  const graph = graphOf({ given: [[], []], x: upTo(198).map((t) => [t % 2]) })
  const b = rig.submit(graph, {
    wanted: upTo(200).filter((t) => t !== 1),
    sources: new Map([0, 1].map((t) => [t, { graph: a, task: t }])),
  })
  rig.flush()
  for (const t of upTo(198)) rig.finish(b, t + 2)
  rig.flush()
  rig.scheduler.release(a, [0, 1])
  rig.scheduler.release(
    b,
    upTo(200).filter((t) => t > 1),
  )
  const lines = rig.flush()
  assert.ok(lines.includes('archived 2') && !lines.includes('forgotten 1'))
  assert.deepEqual(rig.scheduler.holdersOf(b, 0), [0])
  rig.lose(0, true)
  rig.worker()
  rig.says('lost 2/0', 'run 1/0#2 on 1')
  rig.finish(a, 0)
  rig.says('memory 2/0')
  rig.scheduler.release(b, [0])
  rig.says('free 1/0#2 on 1', 'forgotten 2', 'forgotten 1')
})

test('one result of a released graph of a million tasks keeps less than 1 MB', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const bytes = (): number => {
    collect()
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  const make = (): Graph => {
    const builder = new GraphBuilder()
    const layer = builder.layer({ name: 'x', run: () => 0 })
    for (let t = 0; t < 1_000_000; t++) builder.task(layer, [], t)
    return builder.finish()
  }
  const rig = new Rig({ validate: false })
  const { scheduler } = rig
  rig.worker()
  const g = rig.submit(make(), { wanted: upTo(1_000_000), ranks: Int32Array.from(upTo(1_000_000)) })
  scheduler.flush()
  scheduler.finished(0, g, 0, 1, 8, 0.001)
  scheduler.release(
    g,
    Int32Array.from({ length: 999_999 }, (_, t) => t + 1),
  )
  scheduler.flush()
  scheduler.instructions.clear()
  const before = bytes()
  rig.time += 1
  scheduler.flush()
  const freed = before - bytes()
  assert.ok(freed > 30e6, `${freed} bytes freed`)
  scheduler.release(g, [0])
  scheduler.flush()
  const empty = bytes()
  const again = rig.submit(make(), { wanted: upTo(1_000_000), ranks: Int32Array.from(upTo(1_000_000)) })
  scheduler.flush()
  scheduler.finished(0, again, 0, 1, 8, 0.001)
  scheduler.release(
    again,
    Int32Array.from({ length: 999_999 }, (_, t) => t + 1),
  )
  scheduler.flush()
  rig.time += 1
  scheduler.flush()
  scheduler.instructions.clear()
  assert.equal(scheduler.stateOf(again, 0), 'memory')
  assert.ok(bytes() - empty < 1e6, `${bytes() - empty} bytes`)
})
