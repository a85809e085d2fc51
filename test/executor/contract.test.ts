// What every executor must do, run over all of them.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type ExecutorChoice, TaskError, annotate, chooseExecutor, compute, config, delayed, persist, value } from 'heddle'
import { InProcessCluster } from '../cluster/in-process-cluster.js'

const executors = ['inline', 'threads', 'processes', 'cluster'] as const

class Point {
  readonly x: number
  readonly y: number
  constructor(x: number, y: number) {
    this.x = x
    this.y = y
  }
  norm() {
    return Math.hypot(this.x, this.y)
  }
}

class Oops extends Error {
  override name = 'Oops'
  readonly detail: number
  constructor(message: string, detail: number) {
    super(message)
    this.detail = detail
  }
}

for (const executor of executors) {
  describe(`the executor ${executor}`, () => {
    let cluster: InProcessCluster | undefined
    const options = {
      get executor(): ExecutorChoice {
        return executor === 'cluster' ? cluster!.client : executor
      },
    }
    if (executor === 'cluster') {
      before(async () => {
        cluster = await InProcessCluster.start()
      })
      after(() => cluster?.close())
    }
    const inc = delayed((x: number) => x + 1)
    const add = delayed((a: number, b: number) => a + b)

    test('computes a small graph', async () => {
      assert.equal(await add(inc(1), inc(2)).compute(options), 1 + 1 + (2 + 1))
    })

    test('computes a tree of many tasks', async () => {
      const n = 2000
      let level = Array.from({ length: n }, (_, i) => inc(i))
      while (level.length > 1)
        level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) =>
          level[2 * i + 1] ? add(level[2 * i]!, level[2 * i + 1]!) : level[2 * i]!,
        )
      assert.equal(await level[0]!.compute(options), (n * (n - 1)) / 2 + n)
    })

    test('a chain is as long as it likes', async () => {
      let x = inc(0)
      for (let i = 1; i < 1500; i++) x = inc(x)
      assert.equal(await x.compute(options), 1500)
    })

    test('shared parts are computed once', async () => {
      const stamp = delayed(() => process.hrtime.bigint())()
      const [a, b] = await compute(
        stamp.map((t) => t),
        stamp.map((t) => t),
        options,
      )
      assert.equal(a, b)
    })

    test('values of all kinds come through, also as inputs', async () => {
      const same = delayed((x: unknown) => x)
      const values = [
        undefined,
        null,
        true,
        -0,
        NaN,
        12.5,
        'text',
        'x'.repeat(5000),
        10n ** 30n,
        [1, [2, 'three']],
        { a: { b: 1 } },
        new Date(5),
        /x+/gi,
        new Map<unknown, unknown>([[1, { a: 2 }]]),
        new Set([1, 'a']),
        new Float64Array([1, 2, 3]),
        new Uint8Array(300_000).fill(7),
        new Error('an error'),
      ]
      const results = await compute(
        values.map((v) => same(same(v))),
        options,
      )
      results.forEach((r, i) => {
        const v = values[i]
        if (v instanceof Error) assert.equal((r as Error).message, v.message)
        else assert.deepEqual(r, v)
      })
      assert.ok(Object.is(results[3], -0))
    })

    test('results are memory of their own', async () => {
      const make = delayed((n: number) => new Float64Array(n).fill(n))
      const first = await make(1000).compute(options)
      const buffer: unknown = first.buffer
      assert.ok(!(buffer instanceof SharedArrayBuffer))
      await compute(
        Array.from({ length: 50 }, (_, i) => make(1000 + i)),
        options,
      )
      assert.ok(first.every((x) => x === 1000))
    })

    test('instances come back as instances of the class they left as', async () => {
      const double = delayed((p: Point) => new Point(p.x * 2, p.y * 2))
      const p = await double(double(new Point(3, 4))).compute(options)
      assert.ok(p instanceof Point)
      assert.equal(p.norm(), 20)
    })

    test('functions capture variables, functions and classes', async () => {
      const factor = 7
      const times = (x: number) => x * factor
      const f = delayed((x: number) => new Point(times(x), 0).norm())
      assert.equal(await f(6).compute(options), 42)
    })

    test('asynchronous tasks overlap their waits', async () => {
      // Each thread has its own count.
      let running = 0
      const meet = delayed(async (i: number) => {
        let most = ++running
        await new Promise((resolve) => setTimeout(resolve, 20))
        most = Math.max(most, running--)
        return { i, most }
      })
      const n = 40
      const results = await compute(
        Array.from({ length: n }, (_, i) => meet(i)),
        options,
      )
      assert.deepEqual(
        results.map(({ i }) => i),
        Array.from({ length: n }, (_, i) => i),
      )
      // The tasks of a call are there long before the first of them has waited: each thread has several of them.
      if (executor !== 'inline') assert.ok(Math.max(...results.map(({ most }) => most)) > 1, 'they waited one after the other')
    })

    test('an error names the task, its function and the line; its cause is what was thrown', async () => {
      const fail = delayed(function explode(x: number): number {
        throw new Oops(`boom ${x}`, x)
      })
      const error = await inc(fail(3))
        .compute(options)
        .then(
          () => assert.fail('it did not fail'),
          (e: unknown) => e,
        )
      assert.ok(error instanceof TaskError)
      assert.equal(error.label, 'explode')
      assert.match(
        error.message,
        /^explode failed at .*contract\.test\.(js|ts):\d+:\d+: Oops: boom 3\n {4}in task explode-\w+:0, on /,
      )
      assert.ok(error.cause instanceof Oops)
      assert.equal(error.cause.detail, 3)
      assert.match(error.cause.stack ?? '', /contract\.test/)
    })

    test('a task that throws no Error', async () => {
      const fail = delayed(() => {
        throw 'just text'
      })
      const error = await fail()
        .compute(options)
        .then(
          () => assert.fail('it did not fail'),
          (e: unknown) => e,
        )
      assert.ok(error instanceof TaskError)
      assert.match(error.message, /a value that is not an Error was thrown: "just text"/)
    })

    test('one failure fails the computation, and the executor goes on', async () => {
      const odd = delayed((i: number) => {
        if (i === 13) throw new RangeError('thirteen')
        return i
      })
      await assert.rejects(
        compute(
          Array.from({ length: 100 }, (_, i) => odd(i)),
          options,
        ),
        /thirteen/,
      )
      assert.equal(await odd(1).compute(options), 1)
    })

    test('annotate({retries}) runs a task that throws again', async () => {
      const { mkdtempSync, readFileSync, rmSync } = await import('node:fs')
      const folder = mkdtempSync('/tmp/heddle-test-')
      try {
        const flaky = delayed(async (path: string) => {
          const fs = await import('node:fs')
          fs.appendFileSync(path, 'x')
          if (fs.readFileSync(path).length < 3) throw new Error('not yet')
          return 'done'
        })
        assert.equal(await annotate({ retries: 2 }, () => flaky(`${folder}/a`)).compute(options), 'done')
        await assert.rejects(annotate({ retries: 1 }, () => flaky(`${folder}/b`)).compute(options), /not yet/)
        assert.equal(readFileSync(`${folder}/b`, 'utf8'), 'xx')
      } finally {
        rmSync(folder, { recursive: true })
      }
    })

    test('an aborted computation rejects with the reason, at once', async () => {
      const controller = new AbortController()
      const forever = delayed((x: number) => new Promise<number>((resolve) => setTimeout(() => resolve(x), 2_000).unref?.()))
      const promise = compute(
        Array.from({ length: 5 }, (_, i) => inc(forever(i))),
        { ...options, signal: controller.signal },
      )
      const reason = new Error('enough')
      setImmediate(() => controller.abort(reason))
      if (executor === 'inline') return assert.rejects(promise, reason)
      const started = performance.now()
      await assert.rejects(promise, reason)
      assert.ok(performance.now() - started < 1_500)
      assert.equal(await inc(1).compute(options), 2)
    })

    test('a signal that is aborted already starts nothing', async () => {
      await assert.rejects(inc(1).compute({ ...options, signal: AbortSignal.abort(new Error('before')) }), /before/)
    })

    test('persisted values stay, and are inputs of later graphs', async () => {
      const held = inc(41).persist(options)
      assert.equal(await held.compute(options), 42)
      assert.equal(await add(held, held).compute(options), 84)
      const [a, b] = persist(inc(held), value('text'), options)
      assert.equal(await compute(a!, options).then(([x]) => x), 43)
      assert.equal(await b!.compute(options), 'text')
    })

    test('what fails when it is persisted fails for who asks', async () => {
      const held = delayed((): number => {
        throw new Error('lost')
      })().persist(options)
      await assert.rejects(held.compute(options), /lost/)
      await assert.rejects(inc(held).compute(options), /lost/)
    })

    test('a closure that captures something persisted depends on it', async () => {
      const base = inc(9).persist(options)
      const f = delayed(async (x: number) => x + (await base.compute()))
      assert.equal(await f(5).compute(options), 15)
    })

    test('nothing that ran here died on the way', () => {
      const { log } = cluster?.scheduler ?? chooseExecutor(options.executor)
      for (let n = log.oldest; n < log.length; n++) assert.notEqual(log.at(n).kind, 'taskInterrupted')
    })

    test('what a task returns may be lazy itself', async () => {
      const make = value(20)
      const f = delayed(() => make)
      assert.equal(await f().compute({ executor: 'inline' }), 20)
    })
  })
}

describe('isolated executors', () => {
  for (const executor of ['threads', 'processes'] as const) {
    test(`${executor}: a closure that captures something lazy is an error that names it`, async () => {
      const lazy = value(1)
      const f = delayed(() => lazy.compute())
      await assert.rejects(f().compute({ executor }), /lazy.*Delayed.*persist/s)
    })
  }

  test('values move between executors', async () => {
    const held = value(5).persist({ executor: 'threads' })
    assert.equal(await held.map((x) => x + 1).compute({ executor: 'inline' }), 6)
    assert.equal(await held.map((x) => x + 1).compute({ executor: 'processes' }), 6)
  })

  test('inline freezes what tasks give', async () => {
    const push = delayed((xs: number[]) => xs.push(1))
    await assert.rejects(push(value([1])).compute({ executor: 'inline' }), /not extensible|read only/)
    assert.equal(await config.with({ inline: { freeze: false } }, () => push(value([1])).compute({ executor: 'inline' })), 2)
  })
})
