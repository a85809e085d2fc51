import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { bench } from './places.js'

describe('with', () => {
  test('gives back what the function returns, and throws what it throws', async (t) => {
    const { config } = bench(t)
    assert.equal(
      config.with({ threads: 2 }, () => config.get('threads')),
      2,
    )
    assert.equal(await config.with({ threads: 2 }, async () => config.get('threads')), 2)
    const mine = new Error('mine')
    assert.throws(
      () =>
        config.with({ threads: 2 }, () => {
          throw mine
        }),
      mine,
    )
    await assert.rejects(
      config.with({ threads: 2 }, async () => {
        throw mine
      }),
      mine,
    )
    assert.equal(config.get('threads'), 'auto')
  })

  test('concurrent calls do not see each other', async (t) => {
    const { config } = bench(t)
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const seen = [1, 2, 3].map((threads) =>
      config.with({ threads }, async () => {
        const before = config.get('threads')
        await gate
        const inner = await config.with({ executor: 'inline' }, async () => {
          await gate
          return [config.get('threads'), config.get('executor')]
        })
        return [before, ...inner, config.get('threads'), config.get('executor')]
      }),
    )
    assert.equal(config.get('threads'), 'auto')
    open()
    assert.deepEqual(
      await Promise.all(seen),
      [1, 2, 3].map((threads) => [threads, threads, 'inline', threads, 'threads']),
    )
  })

  test('a set inside is for the whole process, and shows inside only where the scope is silent', (t) => {
    const { config } = bench(t)
    config.with({ threads: 2 }, () => {
      assert.equal(config.get('processes'), 'auto')
      config.set({ threads: 5, processes: 6 })
      assert.equal(config.get('threads'), 2)
      assert.equal(config.get('processes'), 6)
    })
    assert.equal(config.get('threads'), 5)
  })

  test('does not follow later changes of the object it was given', async (t) => {
    const { config } = bench(t)
    const patch = { threads: 2 }
    await config.with(patch, async () => {
      patch.threads = 3
      await Promise.resolve()
      assert.equal(config.get('threads'), 2)
    })
  })

  test('any nesting of with and set shows what merging objects gives', (t) => {
    const patch = fc.record(
      {
        threads: fc.integer({ min: 1, max: 9 }),
        scheduler: fc.record({ validate: fc.boolean(), allowedFailures: fc.nat(9) }, { requiredKeys: [] }),
        inline: fc.record({ freeze: fc.boolean() }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    )
    type Patch = typeof patch extends fc.Arbitrary<infer P> ? P : never
    const step = fc.record({ call: fc.constantFrom('set' as const, 'with' as const), patch })
    const merge = (base: object, top: object): object => {
      const entries = Object.entries(top).map(([key, value]: [string, unknown]) => {
        const below = (base as Record<string, unknown>)[key]
        return [key, typeof value === 'object' ? merge(below as object, value as object) : value]
      })
      return { ...base, ...(Object.fromEntries(entries) as object) }
    }
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const { config } = bench(t)
        const defaults = config.all()
        const code: Patch[] = []
        const scopes: Patch[] = []
        const check = () => assert.deepEqual(config.all(), [...code, ...scopes].reduce(merge, defaults))
        const run = (i: number): void => {
          check()
          if (i === steps.length) return
          if (steps[i].call === 'set') {
            code.push(steps[i].patch)
            config.set(steps[i].patch)
            run(i + 1)
          } else {
            scopes.push(steps[i].patch)
            config.with(steps[i].patch, () => run(i + 1))
            scopes.pop()
          }
          check()
        }
        run(0)
      }),
      { numRuns: 50 },
    )
  })
})
