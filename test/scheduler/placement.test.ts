import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Rig, graphOf, independent, upTo } from './rig.js'

test('a task goes where the bytes of its inputs are', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b' })
  const graph = graphOf({ x: [[]], y: [[]], z: [[0, 1]] }, { x: { workers: ['a'] }, y: { workers: ['b'] } })
  for (const [small, large, holder] of [
    [0, 1, 1],
    [1, 0, 0],
  ] as const) {
    const g = rig.submit(graph)
    rig.flush()
    rig.finish(g, small, { bytes: 1 })
    rig.finish(g, large, { bytes: 1e9 })
    rig.says(`run ${g}/2#1 on ${holder} < ${g}/${small}#1@${1 - holder}`)
    rig.scheduler.release(g, [2])
    rig.flush()
  }
})

test('a busy holder loses against an idle worker when the move is cheaper than the wait', () => {
  for (const [bytes, expected] of [
    [100, 1], // the holder has 10 ms to do, moving takes about 1 ms
    [1e9, 0], // moving would take a second
  ] as const) {
    const rig = new Rig()
    rig.worker(1, { name: 'a' })
    const g = rig.submit(graphOf({ x: [[]], y: [[0]] }))
    rig.flush()
    rig.submit(independent(1, 'other'))
    rig.flush()
    rig.worker(1, { name: 'b' })
    rig.flush()
    rig.finish(g, 0, { bytes })
    assert.equal(
      rig
        .flush()
        .find((line) => line.startsWith('run'))
        ?.replace(/ <.*/, ''),
      `run 1/1#1 on ${expected}`,
    )
  }
})

test('tasks that share their inputs come together when that is shorter than moving them, and no others', () => {
  for (const [seconds, workers] of [
    [1e-6, 1],
    [0.01, 4],
  ] as const) {
    const rig = new Rig()
    for (const name of ['a', 'b', 'c', 'd']) rig.worker(1, { name })
    const first = rig.submit(independent(1, 'sum'))
    rig.flush()
    rig.finish(first, 0, { seconds })
    rig.scheduler.release(first, [0])
    rig.flush()
    const sums = upTo(4).map((i) => [i, (i + 1) % 4, (i + 2) % 4])
    const graph = graphOf(
      { a: [[]], b: [[]], c: [[]], d: [[]], sum: sums },
      { a: { workers: ['a'] }, b: { workers: ['b'] }, c: { workers: ['c'] }, d: { workers: ['d'] } },
    )
    const g = rig.submit(graph, { wanted: [4, 5, 6, 7] })
    rig.flush()
    for (const t of upTo(4)) rig.finish(g, t)
    rig.flush()
    assert.equal(new Set([4, 5, 6, 7].map((t) => rig.sent(g, t).worker)).size, workers)
  }
})

test('resources: no more tasks than fit, on workers that have them', () => {
  const rig = new Rig()
  rig.worker(10, { name: 'plain' })
  rig.worker(10, { name: 'gpus', resources: { gpu: 2 } })
  const g = rig.submit(independent(5, 'train', { resources: { gpu: 1 } }), { wanted: upTo(5) })
  rig.says('run 1/0#1 on 1', 'run 1/1#1 on 1')
  rig.suspend(g, 0) // it holds on to what it has
  rig.says()
  rig.finish(g, 1)
  rig.says('memory 1/1', 'run 1/2#1 on 1')
  rig.throw(g, 0)
  rig.says('erred 1/0', 'run 1/3#1 on 1')
  rig.scheduler.release(g, [2])
  rig.says('cancel 1/2#1 on 1', 'run 1/4#1 on 1')
})

test('resources are shared by the classes of tasks that ask for them', () => {
  const rig = new Rig()
  rig.worker(10, { resources: { memory: 10, gpu: 1 } })
  const graph = graphOf(
    { a: [[], []], b: [[], []] },
    { a: { resources: { memory: 6 } }, b: { resources: { memory: 4, gpu: 1 } } },
  )
  const g = rig.submit(graph, { wanted: upTo(4) })
  rig.says('run 1/0#1 on 0', 'run 1/2#1 on 0')
  rig.finish(g, 0)
  rig.says('memory 1/0', 'run 1/1#1 on 0')
  rig.finish(g, 2)
  rig.says('memory 1/2', 'run 1/3#1 on 0')
})

test('tasks that no worker may run wait, and say so, until one joins that may', () => {
  const rig = new Rig()
  rig.worker(10)
  const g = rig.submit(graphOf({ gpu: [[]], cpu: [[]] }, { gpu: { resources: { gpu: 1 } } }), { wanted: [0, 1] })
  rig.says('run 1/1#1 on 0')
  assert.deepEqual(rig.story(g, 0), ['taskReady', 'taskUnrunnable'])
  rig.worker(1, { resources: { gpu: 0.5 } })
  rig.says()
  rig.worker(1, { resources: { gpu: 1 } })
  rig.says('run 1/0#1 on 2')
})

test('restrictions: by name or host of the worker', () => {
  const rig = new Rig()
  rig.worker(2, { name: 'a', host: 'h1' })
  rig.worker(2, { name: 'b', host: 'h2' })
  rig.worker(2, { name: 'c', host: 'h2' })
  const graph = graphOf({ x: [[]], y: upTo(4).map(() => []) }, { x: { workers: ['a'] }, y: { workers: ['h2'] } })
  const g = rig.submit(graph, { wanted: upTo(5) })
  const lines = rig.flush()
  assert.ok(lines.includes('run 1/0#1 on 0'))
  const elsewhere = lines.filter((line) => !line.includes('1/0')).map((line) => line.at(-1))
  assert.deepEqual(new Set(elsewhere), new Set(['1', '2']))
  rig.lose(0, true)
  rig.says() // 'a' is gone, and nobody else may
  assert.equal(rig.scheduler.stateOf(g, 0), 'ready')
  rig.worker(1, { name: 'a' })
  rig.says('run 1/0#2 on 0')
})

test('preferences: others may run it only while none of the named is there', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'b' })
  const preference = { workers: ['a'], allowOtherWorkers: true }
  const g = rig.submit(independent(6, 'x', preference), { wanted: upTo(6) })
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0')
  rig.worker(1, { name: 'a' })
  rig.says('run 1/2#1 on 1', 'run 1/3#1 on 1')
  rig.finish(g, 0, { seconds: 1 })
  rig.says('memory 1/0')
  rig.lose(1, true)
  rig.says('run 1/2#2 on 0')
})

test('a preference with resources: a named worker without them does not count', () => {
  const rig = new Rig()
  rig.worker(1, { name: 'a' })
  rig.worker(1, { name: 'b', resources: { gpu: 1 } })
  rig.submit(independent(1, 'x', { workers: ['a'], allowOtherWorkers: true, resources: { gpu: 1 } }))
  rig.says('run 1/0#1 on 1')
})

test('restricted tasks have their priority among the others', () => {
  const rig = new Rig()
  const graph = graphOf({ x: [[], []], gpu: [[]] }, { gpu: { resources: { gpu: 1 }, priority: 1 } })
  rig.submit(graph, { wanted: [0, 1, 2] })
  rig.worker(1, { resources: { gpu: 1 } })
  rig.says('run 1/2#1 on 0', 'run 1/0#1 on 0')
})

test('many classes and many workers: every task ends up where it may', () => {
  const rig = new Rig()
  for (let i = 0; i < 20; i++) rig.worker(1 + (i % 3), { name: `w${i}`, host: `h${i % 4}`, resources: { r: i % 5 } })
  const layers = Object.fromEntries(upTo(30).map((i) => [`x${i}`, upTo(7).map(() => [])]))
  const annotations = Object.fromEntries(
    upTo(30).map((i) => [`x${i}`, { resources: { r: i % 5 }, workers: i % 3 === 0 ? [`h${i % 4}`] : [], priority: i % 2 }]),
  )
  const graph = graphOf(layers, annotations)
  const g = rig.submit(graph, { wanted: upTo(graph.size) })
  const ran = new Map<number, number>()
  for (let lines = rig.flush(); ran.size < graph.size; lines = rig.flush()) {
    assert.ok(lines.length > 0)
    for (const line of lines) {
      const [, task, worker] = /^run 1\/(\d+)#1 on (\d+)/.exec(line)?.map(Number) ?? []
      if (task === undefined) continue
      ran.set(task, worker!)
      const i = Math.floor(task / 7)
      assert.ok(worker! % 5 >= i % 5)
      if (i % 3 === 0) assert.equal(worker! % 4, i % 4)
      rig.finish(g, task)
    }
  }
})
