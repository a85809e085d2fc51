import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ArgumentError, Random } from '../../src/base/index.js'
import { CycleError, UnknownTaskError, call, graphFromTasks } from '../../src/graph/index.js'
import { evaluate, expectedValues, makeGraph } from './random-graph.js'

const inc = (x: number): number => x + 1
const add = (a: number, b: number): number => a + b
const total = (xs: readonly number[], scale: number): number => xs.reduce(add, 0) * scale

async function resultOf(tasks: Record<string, unknown>, key: string): Promise<unknown> {
  const { graph, keys } = graphFromTasks(tasks)
  return (await evaluate(graph))[keys.get(key)!]
}

describe('graphFromTasks', () => {
  it('takes values, calls and lists of keys, in any order', async () => {
    const tasks = {
      scaled: call(total, ['a', 'b', 'c'], 'a'),
      none: call(total, [], 'a'),
      c: call(add, 'a', 'b'),
      b: call(inc, 'a'),
      a: 10,
    }
    assert.equal(await resultOf(tasks, 'c'), 21)
    assert.equal(await resultOf(tasks, 'scaled'), 420)
    assert.equal(await resultOf(tasks, 'none'), 0)
  })

  it('keeps values of every kind as they are', async () => {
    for (const value of [undefined, null, false, inc, [1], { run: inc, dependencies: ['x'] }]) {
      assert.equal(await resultOf({ value }, 'value'), value)
    }
  })

  it('makes a layer of each function and one of the values', () => {
    const { graph, keys } = graphFromTasks({ a: 1, b: 2, c: call(inc, 'a'), d: call(inc, 'b'), e: call((x: number) => x, 'c') })
    assert.deepEqual(
      graph.layers.map((layer) => layer.label),
      ['value', 'inc', 'anonymous'],
    )
    assert.equal(graph.layer(keys.get('d')!).source, inc)
    assert.equal(graph.layer(keys.get('c')!), graph.layer(keys.get('d')!))
  })

  it('shares no layer name with another graph, nor between functions of one name', () => {
    const make = (): string[] => {
      const { graph } = graphFromTasks({ a: call(() => 1), b: call(() => 2), c: call(() => 3), v: 1 })
      return graph.layers.map((layer) => layer.name)
    }
    const names = [...make(), ...make()]
    assert.equal(new Set(names).size, 8)
  })

  it('gives what direct evaluation gives, for any graph written down in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(), fc.nat(40), async (seed, n) => {
        const random = new Random(seed)
        const made = makeGraph('random', n + 1, random)
        const calls = Array.from({ length: made.size }, (_, t): [string, unknown] => {
          const own = made.own(t) as number
          const keys = Array.from(made.dependenciesOf(t), (d) => `t${d}`)
          return [`t${t}`, call((...xs: number[]) => (xs.reduce(add, 0) + own) % 1_000_003, ...keys)]
        })
        const { graph, keys } = graphFromTasks(Object.fromEntries(random.shuffle(calls)))
        const values = await evaluate(graph)
        assert.deepEqual(
          Array.from({ length: made.size }, (_, t) => values[keys.get(`t${t}`)!]),
          expectedValues(made),
        )
      }),
    )
  })

  it('names the circle', () => {
    const circle = (tasks: Record<string, unknown>): readonly string[] => {
      try {
        graphFromTasks(tasks)
      } catch (error) {
        assert.ok(error instanceof CycleError)
        assert.ok(error.message.includes(error.path.join(' → ')))
        return error.path
      }
      return []
    }
    assert.deepEqual(circle({ a: call(inc, 'b'), b: call(inc, 'a') }), ['a', 'b', 'a'])
    assert.deepEqual(circle({ a: call(inc, 'a') }), ['a', 'a'])
    assert.deepEqual(circle({ start: call(inc, 'x'), x: call(add, 'one', 'y'), one: 1, y: call(total, ['one', 'x'], 'one') }), [
      'x',
      'y',
      'x',
    ])
    assert.deepEqual(circle({ a: call(add, 'b', 'c'), b: call(inc, 'd'), c: call(inc, 'd'), d: 1 }), [])
  })

  it('shortens a long circle in the message, not in `path`', () => {
    const tasks = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`t${i}`, call(inc, `t${(i + 1) % 1000}`)]))
    assert.throws(
      () => graphFromTasks(tasks),
      (error: CycleError) =>
        error.path.length === 1001 && error.message.includes('t5 → (990 more) → t996') && error.message.length < 200,
    )
  })

  it('names the nearest key where one is not there', () => {
    assert.throws(() => graphFromTasks({ load: 1, sum: call(inc, 'laod') }), {
      name: 'UnknownTaskError',
      message: 'task "sum" depends on "laod", which is not among the tasks given. Did you mean "load"?',
    })
    assert.throws(() => graphFromTasks({ load: 1, sum: call(inc, 'zebra') }), {
      message: 'task "sum" depends on "zebra", which is not among the tasks given. Add a task with that key',
    })
    assert.throws(() => graphFromTasks({ sum: call(inc, 'toString') }), UnknownTaskError)
  })

  it('refuses promises, and calls of what is no function or with what are no keys', () => {
    assert.throws(() => graphFromTasks({ a: Promise.resolve(1) }), { name: 'ArgumentError', message: /"a" is a Promise/ })
    assert.throws(() => call(1 as unknown as () => void), ArgumentError)
    // @ts-expect-error a key is text
    assert.throws(() => call(inc, 1), ArgumentError)
  })

  it('checks the number of keys by the parameters of the function', () => {
    // @ts-expect-error one key is missing
    call(add, 'a')
    // @ts-expect-error one key is too many
    call(inc, 'a', 'b')
    // @ts-expect-error no list for a number
    call(inc, ['a'])
    call(Math.max, 'a', 'b', 'c')
    call((a: number, b?: number) => a + (b ?? 0), 'a')
  })

  it('goes down a chain of 100,000 tasks', async () => {
    const tasks = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, i) => [`t${i}`, i === 99_999 ? 0 : call(inc, `t${i + 1}`)]),
    )
    assert.equal(await resultOf(tasks, 't0'), 99_999)
  })
})
