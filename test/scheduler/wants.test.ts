import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Rig, independent, upTo } from './rig.js'

test('what two clients want is kept until both have released it', () => {
  const rig = new Rig()
  rig.worker(4)
  const g = rig.submit(independent(2), { wanted: [0, 1], client: 3 })
  rig.flush()
  rig.finish(g, 0)
  rig.says('memory 1/0')
  rig.scheduler.want(g, [0], 5)
  rig.says('memory 1/0') // for the one that did not know
  rig.scheduler.want(g, [0], 5)
  rig.says()
  assert.deepEqual(rig.scheduler.clientsOf(g, 0), [3, 5])
  assert.deepEqual(rig.scheduler.clientsOf(g, 1), [3])
  rig.scheduler.release(g, [0], 3)
  rig.says()
  rig.scheduler.release(g, [0], 9) // who never wanted it
  rig.says()
  assert.deepEqual(rig.scheduler.clientsOf(g, 0), [5])
  rig.scheduler.release(g, [0], 5)
  rig.says('free 1/0#1 on 0')
  assert.deepEqual(rig.scheduler.clientsOf(g, 0), [])
})

test('a client that is gone: what only it wanted is given up, in all graphs', () => {
  const rig = new Rig()
  rig.worker(1)
  const a = rig.submit(independent(3), { wanted: upTo(3), client: 1 })
  const b = rig.submit(independent(1), { wanted: [0], client: 2 })
  rig.says('run 1/0#1 on 0', 'run 1/1#1 on 0')
  rig.scheduler.want(a, [2], 2)
  rig.scheduler.want(b, [0], 1)
  assert.equal(rig.scheduler.dropClient(1), true)
  rig.says('cancel 1/0#1 on 0', 'cancel 1/1#1 on 0', 'run 1/2#1 on 0', 'run 2/0#1 on 0')
  assert.equal(rig.scheduler.dropClient(2), true)
  rig.says('cancel 2/0#1 on 0', 'forgotten 2', 'cancel 1/2#1 on 0', 'forgotten 1')
  assert.equal(rig.scheduler.dropClient(7), true) // there is none
  rig.says()
})

test('a client with much is dropped little by little', () => {
  const rig = new Rig()
  rig.submit(independent(100), { wanted: upTo(100), client: 1 })
  rig.submit(independent(1), { wanted: [0], client: 1 })
  let calls = 1
  while (!rig.scheduler.dropClient(1, 10)) calls++
  assert.ok(calls >= 10 && calls < 15, `${calls} calls`)
  rig.says('forgotten 1', 'forgotten 2')
})

test('a client that is dropped while its graph comes in', () => {
  const rig = new Rig()
  rig.worker()
  const admission = rig.scheduler.admit(independent(4), { wanted: upTo(4), ranks: Int32Array.of(0, 1, 2, 3), client: 1 })
  admission.step(2)
  rig.scheduler.dropClient(1)
  assert.equal(admission.step(2), true)
  rig.says('forgotten 1')
})

test('random wants of several clients against sets', () => {
  const step = fc.record({
    kind: fc.constantFrom('want', 'release', 'drop'),
    client: fc.integer({ min: 0, max: 3 }),
    tasks: fc.uniqueArray(fc.nat({ max: 5 })),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const rig = new Rig()
      const g = rig.submit(independent(6), { wanted: upTo(6), client: 0 })
      const model = new Map([[0, new Set(upTo(6))]])
      const anything = (): boolean => [...model.values()].some((tasks) => tasks.size > 0)
      for (const { kind, client, tasks } of steps) {
        if (!anything()) break
        let own = model.get(client)
        if (!own) model.set(client, (own = new Set()))
        if (kind === 'want') {
          rig.scheduler.want(g, tasks, client)
          for (const t of tasks) own.add(t)
        } else if (kind === 'release') {
          rig.scheduler.release(g, tasks, client)
          for (const t of tasks) own.delete(t)
        } else {
          rig.scheduler.dropClient(client)
          own.clear()
        }
        for (let t = 0; t < 6; t++) {
          const expected = [...model].filter(([, wanted]) => wanted.has(t)).map(([c]) => c)
          assert.deepEqual(new Set(rig.scheduler.clientsOf(g, t)), new Set(expected))
        }
      }
      assert.equal(rig.scheduler.graphCount, anything() ? 1 : 0)
    }),
  )
})
