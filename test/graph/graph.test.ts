import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { ArgumentError } from '../../src/base/index.js'
import { GraphBuilder, describeGraph } from '../../src/graph/index.js'
import { addUp, evaluate, expectedValues, randomGraph } from './random-graph.js'

describe('GraphBuilder', () => {
  it('builds the tasks it was told, with keys, own parameters and dependencies', () => {
    const task = fc.record({ layer: fc.nat(3), dependencies: fc.array(fc.nat(1000), { maxLength: 5 }), own: fc.option(fc.nat()) })
    fc.assert(
      fc.property(fc.array(task, { maxLength: 60 }), (tasks) => {
        const builder = new GraphBuilder()
        for (let l = 0; l < 4; l++) builder.layer({ name: `l${l}`, run: addUp, shared: l })
        const indexOf = [0, 0, 0, 0]
        const model = tasks.map(({ layer, dependencies, own }, t) => ({
          key: `l${layer}:${indexOf[layer]!++}`,
          dependencies: t === 0 ? [] : dependencies.map((d) => d % t),
          own: own ?? undefined,
          layer,
        }))
        model.forEach(({ layer, dependencies, own }, t) => assert.equal(builder.task(layer, dependencies, own), t))
        assert.equal(builder.size, tasks.length)
        const graph = builder.finish()
        assert.equal(graph.size, tasks.length)
        model.forEach(({ key, dependencies, own, layer }, t) => {
          assert.equal(graph.keyOf(t), key)
          assert.equal(graph.own(t), own)
          assert.equal(graph.layer(t).shared, layer)
          assert.deepEqual([...graph.dependenciesOf(t)], dependencies)
        })
      }),
    )
  })

  it('refuses a layer name twice, a layer that is not there and a dependency that comes later', () => {
    const builder = new GraphBuilder()
    const layer = builder.layer({ name: 'a', run: addUp })
    assert.equal(builder.find('a'), layer)
    assert.equal(builder.find('b'), undefined)
    assert.throws(() => builder.layer({ name: 'a', run: addUp }), ArgumentError)
    assert.throws(() => builder.task(1, []), ArgumentError)
    assert.throws(() => builder.task(layer, [0]), { message: 'task a:0 depends on task 0, which was not added before it' })
    assert.throws(() => builder.task(layer, [-1]), ArgumentError)
  })

  it('keeps layer numbers beyond 65536', () => {
    const builder = new GraphBuilder()
    for (let l = 0; l < 65_540; l++) builder.task(builder.layer({ name: `l${l}`, run: addUp }), [], l)
    const graph = builder.finish()
    assert.equal(graph.keyOf(65_539), 'l65539:0')
    assert.equal(graph.own(65_539), 65_539)
  })
})

describe('Graph', () => {
  it('knows the dependents of each task: the dependencies turned around', () => {
    fc.assert(
      fc.property(randomGraph(fc), ({ graph }) => {
        const model: number[][] = Array.from({ length: graph.size }, () => [])
        for (let t = 0; t < graph.size; t++) for (const d of graph.dependenciesOf(t)) model[d]!.push(t)
        for (let t = 0; t < graph.size; t++) assert.deepEqual([...graph.dependentsOf(t)], model[t])
      }),
    )
  })

  it('has results that two ways of evaluation agree on', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph(fc), async ({ graph }) => assert.deepEqual(await evaluate(graph), expectedValues(graph))),
    )
  })

  it('prints its layers, their sizes and where their inputs come from', () => {
    const builder = new GraphBuilder()
    const load = builder.layer({ name: 'load-1f', label: 'load', run: undefined })
    const sum = builder.layer({ name: 'sum', run: addUp, annotations: { priority: 2, resources: { gpu: 1 } } })
    const loads = Array.from({ length: 1234 }, () => builder.task(load, []))
    const part = builder.task(sum, loads)
    builder.task(sum, [part, loads[0]!])
    const text = describeGraph(builder.finish())
    assert.equal(
      text,
      [
        'Graph of 1,236 tasks, 2 layers, 1,236 dependencies',
        '  load-1f  1,234  load  (values that exist)',
        '  sum          2        ← 1,235 × load-1f, 1 × sum  { priority: 2, resources: { gpu: 1 } }',
      ].join('\n'),
    )
    assert.equal(inspect(builder.finish()), text)
  })

  it('prints an empty graph, and at most twenty layers', () => {
    assert.equal(describeGraph(new GraphBuilder().finish()), 'Graph of 0 tasks, 0 layers, 0 dependencies')
    const builder = new GraphBuilder()
    const tasks = Array.from({ length: 23 }, (_, l) => builder.task(builder.layer({ name: `l${l}`, run: addUp }), [], l))
    builder.task(builder.layer({ name: 'last', run: addUp }), tasks)
    const lines = describeGraph(builder.finish()).split('\n')
    assert.equal(lines.length, 22)
    assert.equal(lines[21], '  … 4 more layers')
  })
})
