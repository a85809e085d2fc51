import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compute, delayed } from '../../src/delayed/index.js'
import { type Callbacks, withCallbacks } from '../../src/diagnostics/index.js'
import { TaskError, chooseExecutor } from '../../src/executor/index.js'

const inc = delayed(function inc(x: number) {
  return x + 1
})
const fail = delayed(function fail(_x: number): number {
  throw new Error('no luck')
})

/** Writes down what is called. */
function recorder(): { calls: string[]; callbacks: Required<Callbacks> } {
  const calls: string[] = []
  return {
    calls,
    callbacks: {
      onStart: ({ graph }) => calls.push(`start ${graph.size}`),
      onTask: ({ label }) => calls.push(`task ${label}`),
      onTaskEnd: ({ label, outcome, seconds }) => {
        assert.ok(outcome === 'finished' ? seconds >= 0 : seconds === 0)
        calls.push(`${outcome} ${label}`)
      },
      onFinish: (_run, error) => calls.push(error === undefined ? 'over' : `over: ${(error as Error).name}`),
    },
  }
}

for (const executor of ['inline', 'threads', 'processes'] as const) {
  test(`${executor}: every task of every run is told of, between beginning and end`, async () => {
    const { calls, callbacks } = recorder()
    const keys = new Set<string>()
    const onTaskEnd: Callbacks['onTaskEnd'] = (task) => {
      callbacks.onTaskEnd(task)
      assert.ok(task.key.startsWith('inc'))
      keys.add(task.key)
    }
    assert.equal(await withCallbacks({ ...callbacks, onTaskEnd }, () => inc(inc(inc(1))).compute({ executor })), 4)
    assert.equal(keys.size, 3)
    assert.equal(calls[0], 'start 3')
    assert.equal(calls.at(-1), 'over')
    assert.deepEqual(calls.slice(1, -1).sort(), [...Array<string>(3).fill('finished inc'), ...Array<string>(3).fill('task inc')])
  })

  test(`${executor}: a failure is told of, and is still thrown`, async () => {
    const { calls, callbacks } = recorder()
    await assert.rejects(
      withCallbacks(callbacks, () => fail(inc(1)).compute({ executor, optimize: false })),
      TaskError,
    )
    assert.deepEqual(
      calls.filter((call) => !call.startsWith('task')),
      ['start 2', 'finished inc', 'failed fail', 'over: TaskError'],
    )
  })
}

test('what depends on a task that failed was skipped', async () => {
  const { calls, callbacks } = recorder()
  await assert.rejects(withCallbacks(callbacks, () => inc(fail(1)).compute({ executor: 'threads' })))
  assert.ok(calls.includes('skipped inc'))
})

test('runs outside are not told of, even at the same time and in the same executor', async () => {
  const one = recorder()
  const two = recorder()
  const run = (n: number, { callbacks }: { callbacks: Callbacks }) =>
    withCallbacks(callbacks, () =>
      compute(
        Array.from({ length: n }, () => inc(1)),
        { executor: 'threads' },
      ),
    )
  await Promise.all([run(5, one), inc(1).compute({ executor: 'threads' }), run(7, two)])
  const ended = ({ calls }: { calls: string[] }): number => calls.filter((call) => call === 'finished inc').length
  assert.deepEqual([ended(one), ended(two)], [5, 7])
})

test('scopes nest: the outer one hears of what the inner one starts', async () => {
  const outer = recorder()
  const inner = recorder()
  await withCallbacks(outer.callbacks, async () => {
    await inc(1).compute({ executor: 'inline' })
    await withCallbacks(inner.callbacks, () => inc(2).compute({ executor: 'inline' }))
  })
  assert.deepEqual(inner.calls, ['start 1', 'task inc', 'finished inc', 'over'])
  assert.deepEqual(outer.calls, [...inner.calls, ...inner.calls])
})

test('a callback that throws does not disturb the computation, and its error comes out', async () => {
  let ran = 0
  let calls = 0
  const onTask = (): void => {
    calls++
    throw new RangeError('the callback is wrong')
  }
  await assert.rejects(
    withCallbacks({ onTask }, async () => {
      ran = (await compute([inc(1), inc(2)], { executor: 'threads' })).length
    }),
    RangeError,
  )
  assert.deepEqual([ran, calls], [2, 1])
  // Both are to be known when both went wrong.
  const both = await withCallbacks({ onTask }, () => fail(1).compute({ executor: 'inline' })).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(both instanceof AggregateError)
  assert.deepEqual(
    both.errors.map((error: Error) => error.name),
    ['TaskError', 'RangeError'],
  )
})

test('afterwards nobody listens', async () => {
  const { calls, callbacks } = recorder()
  await withCallbacks(callbacks, () => inc(1).compute({ executor: 'inline' }))
  const { length } = calls
  await inc(1).compute({ executor: chooseExecutor('inline') })
  assert.equal(calls.length, length)
})
