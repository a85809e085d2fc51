import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { NonError, Random, failedStep, rememberFailedPart } from '../../src/base/index.js'
import {
  type Annotations,
  type Graph,
  GraphBuilder,
  type TaskContext,
  type TaskFunction,
  fuse,
  stepsOf,
} from '../../src/graph/index.js'
import { decode, encode, prepare } from '../../src/transfer/index.js'
import { MODULUS, addUp, evaluate, expectedValues, makeGraph, randomGraph } from './random-graph.js'

const sum = (inputs: readonly unknown[]): number => (inputs as number[]).reduce((a, b) => a + b, 0)

/** Four kinds of layers: with and without parameters of their own, waiting, and asking for their index. */
const KINDS: readonly { owns: boolean; run: TaskFunction<number, number> }[] = [
  { owns: true, run: (inputs, own, shared) => (sum(inputs) * 3 + own + shared) % MODULUS },
  { owns: false, run: (inputs, own, shared) => (sum(inputs) * 5 + (own === undefined ? 1 : 2) + shared) % MODULUS },
  { owns: true, run: async (inputs, own, shared) => (sum(inputs) * 7 + own + shared) % MODULUS },
  { owns: false, run: (inputs, _own, shared, { index }) => (sum(inputs) * 11 + index + shared) % MODULUS },
]

/** Mostly chains, through layers of all kinds and annotations, of which some values exist already. */
const chains = fc
  .record({
    kinds: fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }),
    annotations: fc.array(fc.constantFrom<Annotations | undefined>(undefined, undefined, undefined, { retries: 1 }), {
      minLength: 6,
      maxLength: 6,
    }),
    tasks: fc.array(
      fc.record({ layer: fc.nat(5), back: fc.array(fc.nat(3), { maxLength: 2 }), own: fc.nat(99), wanted: fc.nat(9) }),
      { minLength: 1, maxLength: 40 },
    ),
  })
  .map(({ kinds, annotations, tasks }) => {
    const builder = new GraphBuilder()
    const layers = kinds.map((kind, l) =>
      builder.layer({ name: `l${l}`, run: KINDS[kind]!.run, shared: l, annotations: annotations[l] && { ...annotations[l] } }),
    )
    const wanted: number[] = []
    for (const { layer, back, own, wanted: w } of tasks) {
      const size = builder.size
      const dependencies = size === 0 ? [] : back.map((d) => size - 1 - (d % size))
      const task = builder.task(layers[layer]!, dependencies, KINDS[kinds[layer]!]!.owns ? own : undefined)
      if (w === 0) wanted.push(task)
    }
    if (wanted.length === 0) wanted.push(builder.size - 1)
    return { graph: builder.finish(), wanted: Int32Array.from(wanted) }
  })

/** The number of tasks that fusing must leave, by its definition. */
function tasksLeft(graph: Graph, wanted: ArrayLike<number>): number {
  const stays = new Set(Array.from(wanted))
  let left = graph.size
  for (let t = 0; t < graph.size; t++) {
    const users = graph.dependentsOf(t)
    if (users.length !== 1 || stays.has(t) || graph.dependenciesOf(users[0]!).length !== 1) continue
    const text = (task: number): string => JSON.stringify(graph.layer(task).annotations ?? {})
    if (text(t) === text(users[0]!)) left--
  }
  return left
}

function line(names: readonly string[], run: (name: string) => TaskFunction, own?: (name: string) => unknown): Graph {
  const builder = new GraphBuilder()
  let last: number | undefined
  for (const name of names) {
    const layer = builder.find(name) ?? builder.layer({ name, run: run(name), source: run(name) })
    last = builder.task(layer, last === undefined ? [] : [last], own?.(name))
  }
  return builder.finish()
}

describe('fuse', () => {
  it('gives the same results under the same keys, from as few tasks as possible', async () => {
    await fc.assert(
      fc.asyncProperty(chains, async ({ graph, wanted }) => {
        const fused = fuse(graph, wanted)
        assert.equal(fused.graph.size, tasksLeft(graph, wanted))
        assert.deepEqual(
          Array.from(fused.wanted, (t) => fused.graph.keyOf(t)),
          Array.from(wanted, (t) => graph.keyOf(t)),
        )
        const [before, after] = [await evaluate(graph), await evaluate(fused.graph)]
        assert.deepEqual(
          Array.from(fused.wanted, (t) => after[t]),
          Array.from(wanted, (t) => before[t]),
        )
        const keys = Array.from({ length: fused.graph.size }, (_, t) => fused.graph.keyOf(t))
        assert.equal(new Set(keys).size, keys.length)
      }),
      { numRuns: 300 },
    )
  })

  it('finds nothing more to fuse the second time', () => {
    fc.assert(
      fc.property(chains, ({ graph, wanted }) => {
        const once = fuse(graph, wanted)
        assert.equal(fuse(once.graph, once.wanted).graph, once.graph)
      }),
    )
  })

  it('fuses what was fused before with what follows, once that is possible', async () => {
    await fc.assert(
      fc.asyncProperty(chains, async ({ graph }) => {
        const last = graph.size - 1
        const inTwo = fuse(graph, [last >> 1, last])
        const again = fuse(inTwo.graph, [inTwo.wanted[1]!])
        const atOnce = fuse(graph, [last])
        assert.equal(again.graph.size, atOnce.graph.size)
        assert.deepEqual((await evaluate(again.graph))[again.wanted[0]!], (await evaluate(graph))[last])
        const steps = (g: Graph): unknown => Array.from({ length: g.size }, (_, t) => stepsOf(g.layer(t)))
        assert.deepEqual(steps(again.graph), steps(atOnce.graph))
      }),
    )
  })

  it('agrees on graphs of every form', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph(fc, { dependencies: 2 }), async ({ graph, wanted }) => {
        const fused = fuse(graph, wanted)
        const values = await evaluate(fused.graph)
        const expected = expectedValues(graph)
        assert.deepEqual(
          Array.from(fused.wanted, (t) => values[t]),
          Array.from(wanted, (t) => expected[t]),
        )
      }),
    )
  })

  it('gives the same graph back where there is no chain', () => {
    const graph = makeGraph('tree', 100, new Random(1))
    assert.equal(fuse(graph, [graph.size - 1]).graph, graph)
  })

  it('makes one layer of the chains through the same layers, named by the last and labelled by all', () => {
    const builder = new GraphBuilder()
    const [load, inc, add] = ['load', 'inc', 'add'].map((name) => builder.layer({ name: `${name}-7f`, label: name, run: addUp }))
    const ends: number[] = []
    for (let i = 0; i < 10; i++) {
      const a = builder.task(load!, [], i)
      ends.push(i % 2 === 0 ? builder.task(add!, [builder.task(inc!, [a], i)], i) : builder.task(add!, [a], i))
    }
    const { graph } = fuse(builder.finish(), ends)
    assert.deepEqual(
      graph.layers.map(({ name, label }) => [name, label]),
      [
        ['add-7f', 'load-inc-add'],
        ['add-7f', 'load-add'],
      ],
    )
  })

  it('names each label once and keeps the two ends of a long one', () => {
    const run = (): TaskFunction => addUp as TaskFunction
    const label = (names: string[]): string =>
      fuse(
        line(names, run, () => 1),
        [names.length - 1],
      ).graph.layers[0]!.label
    assert.equal(label(['a', 'b', 'a', 'b', 'c']), 'a-b-c')
    const long = label(Array.from({ length: 40 }, (_, i) => `step${i}`))
    assert.ok(long.length <= 60 && long.startsWith('step0-step1-') && long.endsWith('-step39'), long)
  })

  it('leaves tasks apart whose annotations differ, and values that exist', () => {
    const chain = (
      first: { annotations?: Annotations; run?: TaskFunction | undefined },
      second: Annotations | undefined,
    ): number => {
      const builder = new GraphBuilder()
      const a = builder.task(builder.layer({ name: 'a', run: addUp as TaskFunction, ...first }), [], 1)
      const b = builder.task(builder.layer({ name: 'b', run: addUp, annotations: second }), [a], 1)
      return fuse(builder.finish(), [b]).graph.size
    }
    assert.equal(chain({}, undefined), 1)
    assert.equal(chain({}, {}), 1)
    assert.equal(chain({ annotations: { workers: ['x'] } }, { workers: ['x'] }), 1)
    assert.equal(chain({ annotations: { workers: ['x'] } }, { workers: ['y'] }), 2)
    assert.equal(chain({ annotations: { retries: 1 } }, undefined), 2)
    assert.equal(chain({ run: undefined }, undefined), 2)
  })

  it('makes one task of a chain of 200,000, and of a task that uses a result twice none', async () => {
    const graph = makeGraph('chain', 200_000, new Random(1))
    const fused = fuse(graph, [199_999])
    assert.equal(fused.graph.size, 1)
    assert.deepEqual(await evaluate(fused.graph), expectedValues(graph).slice(-1))
    const builder = new GraphBuilder()
    const layer = builder.layer({ name: 'twice', run: addUp })
    const a = builder.task(layer, [], 1)
    const b = builder.task(layer, [a, a], 1)
    assert.equal(fuse(builder.finish(), [b]).graph.size, 2)
  })

  it('carries the parameter of the only step that has one as it is', () => {
    const path = { path: 'x' }
    const graph = line(
      ['read', 'parse'],
      () => addUp as TaskFunction,
      (name) => (name === 'read' ? path : undefined),
    )
    assert.equal(fuse(graph, [1]).graph.own(0), path)
  })
})

describe('runFused', () => {
  const context: TaskContext = { key: 'k:0', index: 0, scratch: () => '/scratch' }
  const call = (graph: Graph, inputs: readonly unknown[] = []): unknown =>
    (graph.layers[0]!.run as TaskFunction<unknown, unknown>)(
      inputs,
      graph.own(0) as never,
      graph.layers[0]!.shared as never,
      context,
    )

  it('is a promise only where a step is', async () => {
    const steps: Record<string, TaskFunction> = {
      plain: (inputs) => sum(inputs) + 1,
      later: async (inputs) => sum(inputs) * 10,
    }
    const run = (name: string): TaskFunction => steps[name.split(' ')[0]!]!
    assert.equal(call(fuse(line(['plain 1', 'plain 2', 'plain 3'], run), [2]).graph), 3)
    const mixed = call(fuse(line(['plain 1', 'later 1', 'plain 2', 'later 2', 'plain 3'], run), [4]).graph)
    assert.ok(mixed instanceof Promise)
    assert.equal(await mixed, 111)
  })

  it('says which step failed, at once and later', async () => {
    const error = new Error('no')
    const fail: Record<string, TaskFunction> = {
      good: () => 1,
      bad: () => {
        throw error
      },
      badLater: () => Promise.reject(error),
      goodLater: async () => 1,
    }
    for (const names of [
      ['good', 'bad'],
      ['goodLater', 'bad'],
      ['good', 'badLater'],
      ['goodLater', 'badLater', 'good'],
    ]) {
      const { graph } = fuse(
        line(names, (name) => fail[name]!),
        [names.length - 1],
      )
      await assert.rejects(async () => call(graph), error)
      assert.deepEqual(failedStep(error), { number: 1, label: names[1], source: fail[names[1]!] })
      assert.deepEqual(
        stepsOf(graph.layers[0]!),
        names.map((name) => ({ label: name, source: fail[name] })),
      )
    }
    assert.equal(failedStep(new Error('another')), undefined)
    assert.equal(failedStep('text'), undefined)
  })

  it('wraps what is not an Error, and keeps what a step said of its own parts', async () => {
    const throwing: Record<string, TaskFunction> = {
      good: () => 1,
      text: () => {
        throw 'text' // oxlint-disable-line no-throw-literal -- the case under test
      },
      parts: () => {
        const error = new Error('inside')
        rememberFailedPart(error, { number: 0, label: 'a part', source: undefined })
        throw error
      },
    }
    const failure = (name: string): unknown => {
      try {
        return call(
          fuse(
            line(['good', name], (n) => throwing[n]!),
            [1],
          ).graph,
        )
      } catch (thrown) {
        return thrown
      }
    }
    const text = failure('text')
    assert.ok(text instanceof NonError && text.thrown === 'text')
    assert.equal(failedStep(text)!.label, 'text')
    assert.deepEqual(failedStep(failure('parts')), { number: 1, label: 'a part', source: undefined })
  })

  it('gives each step its own index', () => {
    const builder = new GraphBuilder()
    const indices: number[] = []
    const run: TaskFunction = (_inputs, _own, _shared, c) => {
      indices.push(c.index)
      assert.equal(c.key, 'k:0')
      assert.equal(c.scratch(), '/scratch')
    }
    const [a, b] = [builder.layer({ name: 'a', run }), builder.layer({ name: 'b', run })]
    builder.task(a, [])
    const end = builder.task(b, [builder.task(a, [])])
    const { graph, wanted } = fuse(builder.finish(), [end])
    const fused = graph.layer(wanted[0]!) as unknown as { run: TaskFunction<unknown, unknown>; shared: unknown }
    fused.run([], graph.own(wanted[0]!) as never, fused.shared as never, context)
    assert.deepEqual(indices, [1, 0])
  })

  it('travels with its steps', async () => {
    const { graph } = fuse(makeGraph('chain', 5, new Random(3)), [4])
    const { run, shared } = graph.layers[0]!
    const bytes = encode({ run, shared, own: graph.own(0) })
    await prepare(bytes)
    const there = decode(bytes) as { run: TaskFunction<unknown, unknown>; shared: unknown; own: unknown }
    assert.equal(
      there.run([], there.own as never, there.shared as never, context),
      expectedValues(makeGraph('chain', 5, new Random(3)))[4],
    )
  })
})
